// Names and their numbers, whoever carries the table on and however much of it is in memory.
#include "projections/names.hpp"

#include "tests/projections/memory_folder.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::projections;
using namespace upline::tests;

namespace {

struct NamedTable {
  MemoryFolder folder;
  ReadModelDatabase database{folder.path() / "views" / "orders.db", "orders"};
};

/// Of one length and of many, one the end of another.
std::string name(std::int64_t number) { return fmt::format("{:0>{}}", number, 1 + number % 7); }

}  // namespace

TEST_CASE("names are numbered in the order in which they were first named", "[names]") {
  NamedTable table;
  NumbersOfNames numbers(table.database);
  for (const auto round : {1, 2}) {
    CAPTURE(round);
    CHECK(numbers.of("alice") == 1);
    CHECK(numbers.of("ice") == 2);
    CHECK(numbers.of("") == 3);
    CHECK(numbers.of("bob") == 4);
  }
}

TEST_CASE("names keep their numbers for who comes later, and new ones go on behind them", "[names]") {
  NamedTable table;
  constexpr std::int64_t many = 1'000;
  std::vector<std::int64_t> given;
  {
    NumbersOfNames first(table.database);
    for (std::int64_t i = 0; i < many; ++i) given.push_back(first.of(name(i)));
  }
  NumbersOfNames later(table.database);
  auto last = given.back();
  for (std::int64_t i = many - 1; i >= 0; --i) {
    REQUIRE(later.of(name(i)) == given[static_cast<std::size_t>(i)]);
    if (i % 100 == 0) REQUIRE(later.of(fmt::format("new {}", i)) == ++last);
  }
  NamesOfNumbers names(table.database);
  for (std::int64_t i = 0; i < many; ++i) REQUIRE(names.of(given[static_cast<std::size_t>(i)]) == name(i));
}

TEST_CASE("names are found again when there were too many to be kept", "[names]") {
  NamedTable table;
  auto filling = table.database.begin_write();
  NumbersOfNames numbers(table.database);
  constexpr std::int64_t more_than_are_kept = 200'500;
  for (std::int64_t i = 1; i <= more_than_are_kept; ++i) REQUIRE(numbers.of(fmt::format("m{}", i)) == i);
  numbers.forget_many();
  CHECK(numbers.of("m7") == 7);
  CHECK(numbers.of("m200001") == 200'001);
  CHECK(numbers.of("another") == more_than_are_kept + 1);
}
