#include "tests/cli/demo.hpp"

#include "eventstore/import/byte_source.hpp"

#include <array>
#include <csignal>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <thread>
#include <utility>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace upline::tests {

namespace fs = std::filesystem;

const std::vector<std::string> expected_days{"1997-03-01", "1999-01-01"};

namespace {

constexpr std::array demo_tables{"products", "keys", "members", "purchases", "refunds"};

std::string at(const std::string& day) { return day + "T00:00:00Z"; }

/// Where two texts part; empty where they are equal. They are too long to be shown whole.
std::string difference(const std::string& expected, const std::string& actual) {
  if (expected == actual) return "";
  std::istringstream expected_lines(expected);
  std::istringstream actual_lines(actual);
  for (int number = 1;; ++number) {
    std::string wanted = "(nothing)";
    std::string got = "(nothing)";
    const bool has_wanted = static_cast<bool>(std::getline(expected_lines, wanted));
    const bool has_got = static_cast<bool>(std::getline(actual_lines, got));
    if (!has_wanted && !has_got) return "the line ends differ";
    if (has_wanted != has_got || wanted != got) {
      return fmt::format("line {}: expected \"{}\", got \"{}\"", number, wanted, got);
    }
  }
}

std::uintmax_t bytes_of_log(const ShopUnderTest& shop) {
  std::uintmax_t bytes = 0;
  for (const auto* file : {"events.db", "events.db-wal"}) {
    std::error_code missing;
    const auto size = fs::file_size(shop.shop_folder() / file, missing);
    if (!missing) bytes += size;
  }
  return bytes;
}

}  // namespace

fs::path demo_folder() { return fs::path(UPLINE_SOURCE_DIR) / "demo"; }

std::string read_text(const fs::path& file) {
  const auto source = eventstore::import::open_file(file);
  std::string text;
  std::vector<char> buffer(65536);
  while (const auto bytes = source->read(buffer)) text.append(buffer.data(), bytes);
  return text;
}

void write_text(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + file.string());
}

std::vector<std::string> demo_lines(const std::string& table) {
  std::istringstream text(read_text(demo_folder() / (table + ".csv.gz")));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells{""};
  for (const char sign : line) {
    if (sign == ',') {
      cells.emplace_back();
    } else {
      cells.back() += sign;
    }
  }
  return cells;
}

void must_be_equal(const std::string& expected, const std::string& actual) {
  const auto first_difference = difference(expected, actual);
  CAPTURE(first_difference);
  CHECK(first_difference.empty());
}

void copy_demo(const fs::path& folder, const ChangeText& change) {
  fs::create_directories(folder);
  const auto copy = [&](const std::string& name, const fs::path& from) {
    if (const auto text = change(name, read_text(from)); !text.empty()) write_text(folder / name, text);
  };
  copy("plan.toml", demo_folder() / "plan.toml");
  for (const std::string table : demo_tables) copy(table + ".csv", demo_folder() / (table + ".csv.gz"));
}

ShopUnderTest::ShopUnderTest(const std::string& currency) { ask({"init", "--currency", currency}); }

Arguments ShopUnderTest::with_shop(Arguments arguments) {
  arguments.insert(arguments.end(), {"--data", "D", "--shop", "S"});
  return arguments;
}

std::string ShopUnderTest::ask(Arguments arguments) const {
  const auto finished = run_upline(folder(), with_shop(arguments));
  CAPTURE(arguments, finished.out.substr(0, 1000), finished.err);
  REQUIRE(finished.exit_code == 0);
  REQUIRE(finished.err.empty());
  return finished.out;
}

nlohmann::json ShopUnderTest::stats() const { return nlohmann::json::parse(ask({"stats", "--format", "json"})); }

std::unique_ptr<Program> ShopUnderTest::start_import(const fs::path& from) const {
  return std::make_unique<Program>(folder(), with_shop({"import", from.string()}));
}

bool kill_import(const ShopUnderTest& shop, std::uintmax_t bytes) {
  const auto enough = bytes_of_log(shop) + bytes;
  const auto program = shop.start_import(demo_folder());
  while (bytes_of_log(shop) < enough && program->is_running()) std::this_thread::yield();
  program->kill();
  const auto exit_code = program->wait().exit_code;
  constexpr int killed = 128 + SIGKILL;
  REQUIRE((exit_code == killed || exit_code == 0));
  return exit_code == killed;
}

void books_must_be_as_expected(const ShopUnderTest& shop, const fs::path& expected, const std::string& currency) {
  static const std::regex expected_currency(",USD,");
  for (const auto& day : expected_days) {
    CAPTURE(day);
    const auto balances = read_text(expected / ("balances-" + day + ".csv.gz"));
    must_be_equal(std::regex_replace(balances, expected_currency, "," + currency + ","),
                  shop.ask({"balances", "--as-of", at(day), "--format", "csv"}));
    must_be_equal(read_text(expected / ("tree-" + day + ".csv.gz")),
                  shop.ask({"tree", "--as-of", at(day), "--format", "csv"}));
  }
}

void totals_must_be_as_expected(const ShopUnderTest& shop, const fs::path& expected) {
  for (const auto& day : expected_days) {
    CAPTURE(day);
    const auto totals = nlohmann::json::parse(read_text(expected / ("totals-" + day + ".json")));
    std::map<std::string, std::int64_t> sums;
    const auto balances = shop.ask({"balances", "--as-of", at(day), "--format", "json"});
    for (const auto& row : nlohmann::json::parse(balances)) {
      for (const auto* column : {"earned", "reversed", "pending", "available", "scheduled", "paid"}) {
        sums[column] += row.at(std::string(column) + "_minor").get<std::int64_t>();
      }
    }
    for (const auto* column : {"earned", "reversed", "pending", "available"}) CHECK(totals.at(column) == sums[column]);
    CHECK(sums["scheduled"] + sums["paid"] == 0);
  }
  // The last day lies behind the whole history, and stats tells of all of it.
  const auto totals = nlohmann::json::parse(read_text(expected / ("totals-" + expected_days.back() + ".json")));
  const auto stats = shop.stats();
  std::vector<std::string> keys;
  for (const auto& item : stats.items()) keys.push_back(item.key());
  CHECK(keys == std::vector<std::string>{"events", "last_position", "liabilities", "members", "orders",
                                         "orders_by_state", "root_hash", "totals"});
  CHECK(stats.at("members") == totals.at("members"));
  CHECK(stats.at("orders") == totals.at("orders"));
  std::int64_t orders = 0;
  for (const auto& [state, count] : stats.at("orders_by_state").items()) orders += count.get<std::int64_t>();
  CHECK(stats.at("orders") == orders);
  CHECK(stats.at("liabilities").empty());
  CHECK(stats.at("events") == stats.at("last_position"));
  CHECK(stats.at("totals") == nlohmann::json{{"USD",
                                              {{"sales_minor", totals.at("gross").at("USD")},
                                               {"refunded_minor", totals.at("refunded").at("USD")},
                                               {"earned_minor", totals.at("earned")},
                                               {"reversed_minor", totals.at("reversed")}}}});
}

}  // namespace upline::tests
