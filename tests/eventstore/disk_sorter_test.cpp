#include "eventstore/sqlite/disk_sorter.hpp"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

namespace {

using upline::domain::timestamp_max;
using upline::domain::timestamp_min;
using upline::eventstore::sqlite::DiskSorter;

using Row = std::pair<std::int64_t, std::string>;

std::vector<std::string> sorted_on_disk(const std::vector<Row>& rows) {
  DiskSorter sorter;
  for (const auto& [time, bytes] : rows) sorter.add({time}, bytes);
  std::vector<std::string> sorted;
  for (std::string row; sorter.next(row);) sorted.push_back(row);
  return sorted;
}

/// By time, then by place.
std::vector<std::string> sorted_in_memory(const std::vector<Row>& rows) {
  std::vector<std::pair<std::int64_t, std::size_t>> order;
  for (std::size_t place = 0; place < rows.size(); ++place) order.emplace_back(rows[place].first, place);
  std::ranges::sort(order);
  std::vector<std::string> sorted;
  for (const auto& [time, place] : order) sorted.push_back(rows[place].second);
  return sorted;
}

}  // namespace

TEST_CASE("sorting nothing gives nothing, as often as it is asked", "[import]") {
  DiskSorter sorter;
  std::string row = "before";
  CHECK(!sorter.next(row));
  CHECK(!sorter.next(row));
}

TEST_CASE("rows come in the order of time, from the first instant to the last", "[import]") {
  CHECK(sorted_on_disk({{timestamp_max.microseconds, "last"},
                        {0, "1970"},
                        {INT64_MAX, "beyond"},
                        {-1, "just before"},
                        {INT64_MIN, "before all"},
                        {timestamp_min.microseconds, "first"}}) ==
        std::vector<std::string>{"before all", "first", "just before", "1970", "last", "beyond"});
}

TEST_CASE("rows of one time keep the order in which they came", "[import]") {
  std::vector<Row> rows;
  for (int i = 0; i < 1000; ++i) rows.emplace_back(i % 3, std::to_string(i));
  CHECK(sorted_on_disk(rows) == sorted_in_memory(rows));
}

TEST_CASE("a row is bytes: empty, with NUL, no text at all, or long", "[import]") {
  std::string every_byte;
  for (int byte = 255; byte >= 0; --byte) every_byte.push_back(static_cast<char>(byte));
  const std::vector<Row> rows{{5, every_byte}, {4, std::string(300'000, '\0')}, {3, ""}, {2, std::string("\0\0", 2)},
                              {1, "\xFF\xFE"}, {3, "behind the empty one"}};
  CHECK((sorted_on_disk(rows) == sorted_in_memory(rows)));
}

TEST_CASE("the row that was given may change while its sorter keeps it", "[import]") {
  DiskSorter sorter;
  std::string row = "first";
  sorter.add({2}, row);
  row = "other";
  sorter.add({1}, row);
  row = "gone";
  CHECK(sorter.next(row));
  CHECK(row == "other");
  CHECK(sorter.next(row));
  CHECK(row == "first");
}

TEST_CASE("any rows are sorted by time, and stay in order where the time is the same", "[import]") {
  rc::prop("disk and memory agree", [](const std::vector<std::pair<std::int8_t, std::string>>& some) {
    const std::vector<Row> rows(some.begin(), some.end());
    RC_ASSERT(sorted_on_disk(rows) == sorted_in_memory(rows));
  });
}

TEST_CASE("two hundred thousand rows in random order are sorted", "[import]") {
  std::mt19937_64 random(42);
  std::vector<Row> rows;
  for (int i = 0; i < 200'000; ++i) {
    rows.emplace_back(static_cast<std::int64_t>(random() % 50'000), std::to_string(random()) + std::string(40, 'x'));
  }
  CHECK((sorted_on_disk(rows) == sorted_in_memory(rows)));
}

TEST_CASE("two sorters at once do not meet", "[import]") {
  DiskSorter one;
  DiskSorter other;
  one.add({1}, "one");
  other.add({0}, "other");
  std::string row;
  CHECK((one.next(row) && row == "one"));
  CHECK((other.next(row) && row == "other"));
  CHECK(!one.next(row));
}
