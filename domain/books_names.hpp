// Numbers for the names that the books keep meeting, so that their records hold four bytes instead of a string.
#pragma once

#include "domain/ids.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace upline::domain {

struct Name {
  std::uint32_t value{};
  auto operator<=>(const Name&) const = default;
};

/// A pair of names as the key of a table.
inline std::uint64_t both(Name first, Name second) { return std::uint64_t{first.value} << 32 | second.value; }

class BookNames {
 public:
  /// A name keeps its number; a new one gets the next.
  Name number_of(std::string_view text) {
    if (const auto known = numbers_.find(text); known != numbers_.end()) return known->second;
    const Name next{static_cast<std::uint32_t>(texts_.size())};
    const auto added = numbers_.emplace(text, next).first;
    texts_.push_back(&added->first);
    return next;
  }

  std::optional<Name> find(std::string_view text) const {
    const auto known = numbers_.find(text);
    return known == numbers_.end() ? std::nullopt : std::optional(known->second);
  }

  /// Valid as long as the table.
  std::string_view text(Name name) const { return *texts_[name.value]; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  std::unordered_map<std::string, Name, Hash, std::equal_to<>> numbers_;
  std::vector<const std::string*> texts_;
};

}  // namespace upline::domain
