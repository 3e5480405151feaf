// The numbers that a table gives to texts, in memory for as long as one process carries the table on: most events name
// members who were named before.
#pragma once

#include "projections/read_model_database.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace upline::projections {

/// Texts and their numbers. A text takes some 40 bytes and its own: finding one is two reads of memory.
class NumbersOfTexts {
 public:
  std::optional<std::int64_t> find(std::string_view text) const;
  /// Nothing where the text is here already.
  void add(std::string_view text, std::int64_t number);
  std::size_t size() const { return size_; }
  void clear() { *this = {}; }

 private:
  struct Slot {
    std::uint32_t text{};  // where it begins in texts_, behind its length; 0 where the slot is free
    std::uint32_t hash{};
    std::int64_t number{};
  };

  std::string_view text_of(const Slot& slot) const;
  std::size_t slot_of(std::string_view text, std::uint32_t hash) const;
  void grow();

  std::string texts_{};
  std::vector<Slot> slots_{};  // a power of two, half of them free at least
  std::size_t size_{};
};

/// Numbers are given from 1 on, in order. Some 15 MB at the most.
class KnownNumbers {
 public:
  /// What answers with the last number that was given, or 0; and with all texts and their numbers.
  struct Statements {
    const char* last{};
    const char* all{};
  };

  KnownNumbers(ReadModelDatabase& database, Statements statements) : database_(database), statements_(statements) {}

  /// The text's number. Where it is not here, what `look_up` finds in the table, unless all of that is here.
  template <class LookUp>
  std::optional<std::int64_t> find(std::string_view text, const LookUp& look_up) {
    if (const auto known = numbers_.find(text)) return known;
    if (has_all()) return std::nullopt;
    const std::optional<std::int64_t> stored = look_up();
    if (stored) numbers_.add(text, *stored);
    note_looked_up();
    return stored;
  }

  /// The next number, or the first of so many, which is the text's from here on. To be called behind find().
  std::int64_t give(std::string_view text, std::int64_t count = 1);

  /// The last that was given; behind give().
  std::int64_t last() const { return *last_; }

  /// Where there are many.
  void forget_many();

 private:
  bool has_all();
  void note_looked_up();

  ReadModelDatabase& database_;
  Statements statements_;
  NumbersOfTexts numbers_{};
  std::optional<std::int64_t> last_{};
  std::int64_t looked_up_{};
  bool has_all_{};
};

}  // namespace upline::projections
