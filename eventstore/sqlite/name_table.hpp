// Values by name, as a batch and the log's tail keep them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace upline::eventstore::sqlite {

/// They lie side by side, with all that belongs to them, in memory that grows and is given back as a whole: it is
/// mostly another thread that does so, and piece by piece that costs both.
template <class Value>
class NameTable {
 public:
  NameTable() = default;
  // Assigned to, the names would lie in memory that is gone.
  NameTable(NameTable&&) = default;
  NameTable& operator=(NameTable&&) = delete;
  NameTable(const NameTable&) = delete;
  NameTable& operator=(const NameTable&) = delete;
  ~NameTable() = default;

  /// The value, or null. Stays where it is.
  const Value* find(std::string_view name) const {
    const auto known = by_name_.find(name);
    return known == by_name_.end() ? nullptr : &known->second;
  }
  Value* find(std::string_view name) { return const_cast<Value*>(std::as_const(*this).find(name)); }

  /// One that was not found.
  Value& add(std::string_view name, const Value& value) {
    auto* letters = static_cast<char*>(memory_->allocate(name.size(), 1));
    std::ranges::copy(name, letters);
    return by_name_.emplace(std::string_view(letters, name.size()), value).first->second;
  }

  /// The name has this value from now on.
  void put(std::string_view name, const Value& value) {
    if (auto* known = find(name)) {
      *known = value;
    } else {
      add(name, value);
    }
  }

  void erase(std::string_view name) { by_name_.erase(name); }

  void reserve(std::size_t names) { by_name_.reserve(names); }
  std::size_t size() const { return by_name_.size(); }
  auto begin() const { return by_name_.begin(); }
  auto end() const { return by_name_.end(); }

 private:
  using Memory = std::pmr::monotonic_buffer_resource;
  static constexpr std::size_t first_bytes = 4096;

  std::unique_ptr<Memory> memory_{std::make_unique<Memory>(first_bytes)};
  std::pmr::unordered_map<std::string_view, Value> by_name_{memory_.get()};
};

}  // namespace upline::eventstore::sqlite
