#include "projections/read_model_database.hpp"

#include "eventstore/stored_event.hpp"
#include "tests/eventstore/cached_file.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace upline::projections;
using namespace upline::tests;
namespace fs = std::filesystem;

namespace {

constexpr const char* insert_count = "INSERT INTO counts (name, value) VALUES ($1, $2)";
constexpr const char* select_counts = "SELECT name, value FROM counts ORDER BY name";
constexpr const char* delete_counts = "DELETE FROM counts";

/// The tables of shop_totals, since some migrations a file must have.
ReadModelDatabase open(const fs::path& file) { return {file, "shop_totals"}; }

std::vector<std::string> names(ReadModelDatabase& database) {
  std::vector<std::string> names;
  for (auto rows = database.query(select_counts); rows.next();) names.emplace_back(rows.text(0));
  return names;
}

/// A process that has done the first part of its work when this is made, and does the rest when asked whether it ended
/// well.
class AnotherProcess {
 public:
  template <class Work>
  explicit AnotherProcess(const Work& work) {
    if (::pipe(to_child_.data()) != 0 || ::pipe(from_child_.data()) != 0) throw std::runtime_error("no pipe");
    child_ = ::fork();
    if (child_ == 0) run(work);
    char ready{};
    if (::read(from_child_[0], &ready, 1) != 1) throw std::runtime_error("the other process did not start");
  }
  AnotherProcess(const AnotherProcess&) = delete;
  AnotherProcess& operator=(const AnotherProcess&) = delete;
  ~AnotherProcess() {
    if (child_ > 0) ends_well();
    for (const int end : {to_child_[0], to_child_[1], from_child_[0], from_child_[1]}) ::close(end);
  }

  bool ends_well() {
    if (::write(to_child_[1], "!", 1) != 1) return false;
    int status{};
    ::waitpid(std::exchange(child_, 0), &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  template <class Work>
  [[noreturn]] void run(const Work& work) {
    int status = 0;
    try {
      work([&] {
        char go{};
        if (::write(from_child_[1], "!", 1) != 1 || ::read(to_child_[0], &go, 1) != 1) std::_Exit(2);
      });
    } catch (...) {
      status = 1;
    }
    std::_Exit(status);
  }

  std::array<int, 2> to_child_{};
  std::array<int, 2> from_child_{};
  ::pid_t child_{};
};

}  // namespace

TEST_CASE("values come back as they went in", "[database]") {
  const TempFolder folder;
  auto database = open(folder.path() / "views" / "a.db");
  const std::string bytes{"\0b\xff", 3};
  constexpr const char* echo = "SELECT $1, $2, $3, $4, $5, $6, $7";
  auto row = database.query(echo, {INT64_MIN, INT64_MAX, std::string_view{}, bytes, Blob{bytes}, Blob{}, SqlValue{}});
  REQUIRE(row.next());
  CHECK(row.columns() == 7);
  CHECK(row.integer(0) == INT64_MIN);
  CHECK(row.integer(1) == INT64_MAX);
  CHECK(row.text(2).empty());
  CHECK_FALSE(row.is_null(2));
  CHECK(row.text(3) == bytes);
  CHECK(row.blob(4) == Blob{bytes});
  CHECK(row.value(4) == SqlValue(Blob{bytes}));
  CHECK_FALSE(row.is_null(5));
  CHECK(row.is_null(6));
  CHECK(row.value(6) == SqlValue{});
  CHECK(row.value(3) == SqlValue(bytes));
  CHECK(row.value(1) == SqlValue(INT64_MAX));
  CHECK(row.optional_time(6) == std::nullopt);
  CHECK_FALSE(row.next());
}

TEST_CASE("a query keeps a copy of the texts that it was given", "[database]") {
  const TempFolder folder;
  auto database = open(folder.path() / "views" / "a.db");
  constexpr const char* echo = "SELECT $1";
  auto row = database.query(echo, {std::string(100, 'a')});
  const std::string in_its_place(100, 'b');
  REQUIRE(row.next());
  CHECK(row.text(0) == std::string(100, 'a'));
  CHECK(row.text(0) != in_its_place);
}

TEST_CASE("parameters that two engines would number differently are refused", "[database]") {
  const TempFolder folder;
  auto database = open(folder.path() / "views" / "a.db");
  CHECK_THROWS_AS(database.query("SELECT $2, $1", {1, 2}), std::logic_error);
  CHECK_THROWS_AS(database.query("SELECT ?", {1}), std::logic_error);
  CHECK_THROWS_AS(database.query("SELECT ?1", {1}), std::logic_error);
  CHECK(database.query("SELECT $1, $2, $1", {1, 2}).next());
}

TEST_CASE("the same query may run inside itself", "[database]") {
  const TempFolder folder;
  auto database = open(folder.path() / "views" / "a.db");
  for (const auto* name : {"a", "b", "c"}) database.run(insert_count, {std::string_view(name), 1});
  int pairs = 0;
  for (auto outer = database.query(select_counts); outer.next();) {
    for (auto inner = database.query(select_counts); inner.next();) ++pairs;
  }
  CHECK(pairs == 9);
}

TEST_CASE("a statement that fails can be run again", "[database]") {
  const TempFolder folder;
  auto database = open(folder.path() / "views" / "a.db");
  database.run(insert_count, {std::string_view("a"), 1});
  CHECK_THROWS_WITH(database.run(insert_count, {std::string_view("a"), 1}), Catch::Contains("a.db"));
  database.run(insert_count, {std::string_view("b"), 1});
  CHECK(names(database) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a statement for one row that finds none or several is an error", "[database]") {
  const TempFolder folder;
  auto database = open(folder.path() / "views" / "a.db");
  constexpr const char* update = "UPDATE counts SET value = $1";
  CHECK_THROWS_AS(database.run_on_one_row(update, {1}), upline::eventstore::DamagedStore);
  database.run(insert_count, {std::string_view("a"), 1});
  CHECK_NOTHROW(database.run_on_one_row(update, {2}));
  database.run(insert_count, {std::string_view("b"), 1});
  CHECK_THROWS_AS(database.run_on_one_row(update, {3}), upline::eventstore::DamagedStore);
}

TEST_CASE("what is not committed is undone", "[database]") {
  const TempFolder folder;
  auto database = open(folder.path() / "views" / "a.db");
  {
    auto transaction = database.begin_write();
    database.run(insert_count, {std::string_view("kept"), 1});
    transaction.commit();
  }
  {
    const auto transaction = database.begin_write();
    database.run(delete_counts);
    CHECK(names(database).empty());
  }
  CHECK(names(database) == std::vector<std::string>{"kept"});
}

TEST_CASE("what is committed is on its way to the disk before anybody waits for it", "[database][writeback]") {
  const TempFolder folder;
  if (!tells_what_is_unwritten(folder.path())) return;
  const auto file = folder.path() / "views" / "a.db";
  auto database = open(file);
  auto transaction = database.begin_write();
  database.run(insert_count, {std::string(1 << 20, 'x'), 1});
  transaction.commit();
  CHECK(CachedFile(file.string() + "-wal").unwritten_pages() == 0U);
}

TEST_CASE("readers keep their snapshot while another writes", "[database]") {
  const TempFolder folder;
  auto reader = open(folder.path() / "views" / "a.db");
  auto writer = open(folder.path() / "views" / "a.db");
  {
    const auto snapshot = reader.begin_read();
    CHECK(names(reader).empty());
    writer.run(insert_count, {std::string_view("a"), 1});
    CHECK(names(reader).empty());
  }
  CHECK(names(reader).size() == 1);
}

TEST_CASE("a deleted file is made anew, and rows that are being read go on", "[database]") {
  const TempFolder folder;
  const auto file = folder.path() / "views" / "a.db";
  auto database = open(file);
  for (const auto* name : {"a", "b", "c"}) database.run(insert_count, {std::string_view(name), 1});
  auto rows = database.query(select_counts);
  REQUIRE(rows.next());

  database.reopen_if_replaced();
  CHECK(names(database).size() == 3);
  const bool whole_folder = GENERATE(true, false);
  if (whole_folder) {
    fs::remove_all(folder.path() / "views");
  } else {
    fs::remove(file);
  }
  database.reopen_if_replaced();
  CHECK(names(database).empty());
  CHECK(fs::exists(file));
  database.run(insert_count, {std::string_view("new"), 1});
  CHECK(rows.next());
  CHECK(rows.text(0) == "b");
  CHECK(rows.next());
  CHECK_FALSE(rows.next());
  auto other = open(file);
  CHECK(names(other) == std::vector<std::string>{"new"});
}

TEST_CASE("the journal of a deleted file is not taken for the new file's", "[database]") {
  const TempFolder folder;
  const auto file = folder.path() / "views" / "a.db";
  auto first = open(file);
  first.run(insert_count, {std::string_view("old"), 1});
  REQUIRE(fs::file_size(folder.path() / "views" / "a.db-wal") > 0);
  fs::remove(file);
  auto second = open(file);
  CHECK(names(second).empty());
  second.run(insert_count, {std::string_view("new"), 1});
  CHECK(names(first) == std::vector<std::string>{"old"});
  first.reopen_if_replaced();
  CHECK(names(first) == std::vector<std::string>{"new"});
}

TEST_CASE("a file that was deleted under another process starts anew for everybody else", "[database]") {
  const TempFolder folder;
  const auto file = folder.path() / "views" / "a.db";
  open(file).run(insert_count, {std::string_view("first"), 1});
  AnotherProcess holder([&](const auto& wait) {
    auto database = open(file);
    for (int i = 0; i < 20; ++i) database.run(insert_count, {fmt::format("old {}", i), 1});
    wait();
    if (names(database).size() != 21) throw std::runtime_error("the deleted file's rows are gone");
  });
  fs::remove(file);
  auto database = open(file);
  CHECK(names(database).empty());
  database.run(insert_count, {std::string_view("new"), 1});
  auto another = open(file);
  CHECK(names(another) == std::vector<std::string>{"new"});
  CHECK(holder.ends_well());
  CHECK(names(another) == std::vector<std::string>{"new"});
  CHECK(names(database) == std::vector<std::string>{"new"});
}

TEST_CASE("a file that is no database says which one to delete", "[database]") {
  const TempFolder folder;
  const auto file = folder.path() / "views" / "a.db";
  fs::create_directories(file.parent_path());
  std::ofstream(file) << std::string(8192, 'x');
  CHECK_THROWS_WITH(open(file), Catch::Contains("a.db") && Catch::Contains("delete this file"));
}
