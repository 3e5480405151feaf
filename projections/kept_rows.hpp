// Rows that a transaction changes, in memory: each is looked up once and written once, however many events change it.
#pragma once

#include "eventstore/stored_event.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace upline::projections {

template <class Row>
class KeptRows {
 public:
  /// The row, to be changed; null where neither memory nor `load`, which answers std::optional<Row>, has it.
  template <class Load>
  Row* find(std::string_view key, const Load& load) {
    if (const auto known = by_key_.find(key); known != by_key_.end()) return &known->second->row;
    std::optional<Row> loaded = load();
    if (!loaded) return nullptr;
    return &keep(key, std::move(*loaded), false);
  }

  /// A row that is not in the table yet. Where it is there all the same, flush() throws, if not this.
  Row& add(std::string_view key, Row row) {
    if (by_key_.contains(key)) throw eventstore::DamagedStore(fmt::format("{} is there already", key));
    return keep(key, std::move(row), true);
  }

  /// Writes the rows in the order in which they were first asked for, and forgets them.
  template <class Insert, class Update>
  void flush(const Insert& insert, const Update& update) {
    for (const auto& kept : rows_) {
      if (kept.is_new) {
        insert(kept.key, kept.row);
      } else {
        update(kept.key, kept.row);
      }
    }
    by_key_.clear();
    rows_.clear();
  }

 private:
  struct Kept {
    std::string key;
    Row row;
    bool is_new;
  };

  Row& keep(std::string_view key, Row row, bool is_new) {
    auto& kept =
        rows_.emplace_back(std::string(key), std::move(row), is_new);  // a deque's elements stay where they are
    by_key_.emplace(kept.key, &kept);
    return kept.row;
  }

  std::deque<Kept> rows_{};
  std::unordered_map<std::string_view, Kept*> by_key_{};
};

}  // namespace upline::projections
