#include "projections/compare.hpp"

#include "domain/ids.hpp"
#include "domain/overloaded.hpp"
#include "projections/packed_id.hpp"

#include <compare>

#include <fmt/format.h>

namespace upline::projections {

namespace {

using Rows = ReadModelDatabase::Rows;

/// Blobs that are not ids are not to be read.
std::string printed_blob(Blob blob) {
  const auto id = unpacked_id(blob);
  return domain::is_well_formed_id(id) ? id : fmt::format("{} bytes", blob.bytes.size());
}

std::string printed(const SqlValue& value) {
  return std::visit(domain::Overloaded{
                        [](std::monostate) { return std::string("null"); },
                        [](std::int64_t number) { return fmt::format("{}", number); },
                        [](std::string_view text) { return std::string(text); },
                        [](Blob blob) { return printed_blob(blob); },
                    },
                    value.content());
}

std::string key_of(const Rows& row, int key_columns) {
  std::string key = printed(row.value(0));
  for (int column = 1; column < key_columns; ++column) key += " " + printed(row.value(column));
  return key;
}

std::strong_ordering compare(const Rows& a, const Rows& b, int from, int to) {
  for (int column = from; column < to; ++column) {
    if (const auto order = a.value(column) <=> b.value(column); order != 0) return order;
  }
  return std::strong_ordering::equal;
}

/// A walk along both tables, always at the smaller key.
class TableComparison {
 public:
  TableComparison(const OwnedTable& table, ReadModelDatabase& live, ReadModelDatabase& fresh)
      : key_columns_(table.key_columns), live_(live.query(table.select_all)), fresh_(fresh.query(table.select_all)) {}

  Difference run() {
    bool live_left = live_.next();
    bool fresh_left = fresh_.next();
    while (live_left || fresh_left) {
      const auto order = !fresh_left  ? std::strong_ordering::less
                         : !live_left ? std::strong_ordering::greater
                                      : compare(live_, fresh_, 0, key_columns_);
      if (order < 0) note(live_, "is not in the log");
      if (order > 0) note(fresh_, "is missing");
      if (order == 0 && compare(live_, fresh_, key_columns_, live_.columns()) != 0) note(live_, "differs");
      if (order <= 0) live_left = live_.next();
      if (order >= 0) fresh_left = fresh_.next();
    }
    return std::move(found_);
  }

 private:
  void note(const Rows& row, std::string_view how) {
    ++found_.rows;
    if (found_.keys.size() < differing_keys_max) {
      found_.keys.push_back(fmt::format("{}: {}", key_of(row, key_columns_), how));
    }
  }

  int key_columns_;
  Rows live_;
  Rows fresh_;
  Difference found_{};
};

}  // namespace

std::vector<Difference> differences(const Projection& projection, ReadModelDatabase& live, ReadModelDatabase& fresh) {
  std::vector<Difference> all;
  for (const auto& table : projection.tables()) {
    auto difference = TableComparison(table, live, fresh).run();
    if (difference.rows == 0) continue;
    difference.projection = projection.name();
    difference.table = table.name;
    all.push_back(std::move(difference));
  }
  return all;
}

}  // namespace upline::projections
