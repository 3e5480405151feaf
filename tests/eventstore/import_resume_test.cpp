// An import that is cut off, wherever that is, and run again ends like one that was not.
#include "tests/eventstore/import_eventful.hpp"
#include "tests/eventstore/tamper.hpp"

#include <random>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace {

using namespace upline::tests;
using upline::eventstore::DamagedStore;
using upline::eventstore::import::import_report_from;
using upline::eventstore::import::ImportOptions;
using upline::eventstore::import::ImportReport;
using upline::eventstore::import::open_import_folder;
using upline::eventstore::import::PlanRefused;

/// Pulls the plug.
struct Cut {};

/// Cut off behind the n-th commit.
ImportOptions cut_behind(int commit, std::size_t rows_per_commit) {
  return {.rows_per_commit = rows_per_commit, .progress = [left = commit](std::uint64_t, std::uint64_t) mutable {
            if (--left == 0) throw Cut{};
          }};
}

/// The report, or nothing where the import was cut off.
std::optional<ImportReport> try_import(ImportShop& shop, const std::filesystem::path& folder,
                                       const ImportOptions& options) {
  try {
    return shop.import_from(folder, options);
  } catch (const Cut&) {
    return std::nullopt;
  }
}

const ImportEnd& expected_end() {
  static const auto end = uninterrupted(eventful_files());
  return end;
}

/// How many events the import itself says that it has brought.
std::uint64_t known_events(ImportShop& shop, const std::filesystem::path& folder) {
  const auto known = shop.store().import_progress(open_import_folder(folder).id);
  return known ? import_report_from(*known).events : 0;
}

/// Runs it again with the plug in.
void check_ends_as_expected(ImportShop& shop, const std::filesystem::path& folder) {
  check_same_end(end_of(shop, shop.import_from(folder)), expected_end());
}

}  // namespace

TEST_CASE("the eventful import has something to lose at every step", "[import]") {
  const auto& end = expected_end();
  CHECK(end.rejects.size() > 30);
  CHECK(end.events.size() > 80);
  for (const auto* code : {"unknown_product", "conflict", "duplicate_key", "invalid_id", "wrong_column_count",
                           "invalid_time", "unknown_referrer", "invalid_quantity", "unknown_order"}) {
    INFO(code);
    CHECK(std::ranges::any_of(end.rejects, [&](const std::string& line) { return line.contains(code); }));
  }
}

TEST_CASE("an import that is cut off behind every single commit ends like an uninterrupted one", "[import]") {
  for (const std::size_t rows_per_commit : {1U, 3U, 7U}) {
    INFO(rows_per_commit);
    ImportShop shop;
    const auto folder = shop.put(eventful_files());
    int runs = 1;
    auto report = try_import(shop, folder, cut_behind(1, rows_per_commit));
    for (; !report; ++runs) {
      shop.reopen();
      report = try_import(shop, folder, cut_behind(1, rows_per_commit));
    }
    CHECK(runs > 10);
    check_same_end(end_of(shop, *report), expected_end());
  }
}

TEST_CASE("an import that is cut off once, behind any of its commits, ends like an uninterrupted one", "[import]") {
  const auto files = eventful_files();
  bool complete = false;
  for (int commit = 1; !complete; ++commit) {
    INFO(commit);
    ImportShop shop;
    const auto folder = shop.put(files);
    complete = try_import(shop, folder, cut_behind(commit, 7)).has_value();
    check_ends_as_expected(shop, folder);  // in the same process: nothing of the broken run may linger
  }
}

TEST_CASE("how many rows a commit takes makes no difference, not even from run to run", "[import]") {
  std::mt19937 random(20260501);
  const auto files = eventful_files();
  for (int attempt = 0; attempt < 6; ++attempt) {
    ImportShop shop;
    const auto folder = shop.put(files);
    std::optional<ImportReport> report;
    while (!report) {
      const auto rows_per_commit = std::size_t{1} << random() % 12;
      report = try_import(shop, folder, cut_behind(static_cast<int>(1 + random() % 4), rows_per_commit));
      if (random() % 2 == 0) shop.reopen();
    }
    check_same_end(end_of(shop, *report), expected_end());
  }
}

TEST_CASE("a commit that fails before anything is decided takes nothing, and the next run goes on from there",
          "[import]") {
  ImportShop shop;
  const auto folder = shop.put(eventful_files());
  int calls = 0;
  int cuts = 0;
  auto options = fixed_clock();
  options.clock = [&calls, usual = options.clock] {
    if (++calls % 2 == 0) throw Cut{};
    return usual();
  };
  shop.reopen(options);
  auto before = shop.head();
  while (!try_import(shop, folder, {.rows_per_commit = 5})) {
    ++cuts;
    CHECK(shop.head() >= before);
    before = shop.head();
  }
  CHECK(cuts > 5);
  check_ends_as_expected(shop, folder);
}

TEST_CASE("a commit that fails half-way takes back what stands before the failure", "[import]") {
  ImportShop shop;
  const auto folder = shop.put(eventful_files());
  for (int enrolment = 1; enrolment <= 12; ++enrolment) {
    int left = enrolment;
    auto options = fixed_clock();
    options.propose_code = [&left] {
      if (--left == 0) throw Cut{};
      return upline::eventstore::random_referral_code();
    };
    shop.reopen(options);
    CHECK_THROWS_AS(shop.import_from(folder, {.rows_per_commit = 1000}), Cut);
    CHECK(shop.head() == 1 + known_events(shop, folder));
  }
  CHECK(shop.events_with("MemberEnrolled").empty());
  shop.reopen();
  check_ends_as_expected(shop, folder);
}

TEST_CASE("a stream that cannot be read stops the import at its batch, and mending it lets the import go on",
          "[import]") {
  ImportShop shop;
  shop.import(healthy_files());
  const auto head = shop.head();
  const auto folder =
      shop.put({{"members.csv",
                 "member_id,joined_at,referrer_id\ndave,2026-06-01T12:00:00Z,\nerin,2026-06-02T12:00:00Z,bob\n"}});
  tamper(shop.location().folder(),
         "CREATE TABLE saved AS SELECT position, salt FROM events WHERE stream = 'member/bob'; "
         "UPDATE events SET salt = zeroblob(16) WHERE stream = 'member/bob'");
  shop.reopen();
  CHECK_THROWS_AS(shop.import_from(folder), DamagedStore);
  CHECK(shop.head() == head);
  CHECK_THROWS_AS(shop.import_from(folder, {.rows_per_commit = 1}), DamagedStore);
  CHECK(shop.head() == head + 1);  // dave
  tamper(shop.location().folder(),
         "UPDATE events SET salt = (SELECT salt FROM saved WHERE saved.position = events.position) "
         "WHERE stream = 'member/bob'; DROP TABLE saved");
  shop.reopen();
  const auto report = shop.import_from(folder);
  CHECK(report.rejects == 0);
  CHECK(report.events == 2);
  CHECK(shop.head() == head + 2);
}

TEST_CASE("a vault that cannot be read stops the import, and no key is refused for it", "[import]") {
  ImportShop shop;
  shop.import(healthy_files());
  const auto head = shop.head();
  const auto folder = shop.put({{"keys.csv", "product_id,batch_id,secret\ngame,b9,N-1\ngame,b1,N-2\n"}});
  tamper(shop.location().folder(),
         "CREATE TABLE saved AS SELECT * FROM subject_keys WHERE subject = 'batch/game/b1'; "
         "UPDATE subject_keys SET sealed = zeroblob(72) WHERE subject = 'batch/game/b1'",
         "vault.db");
  shop.reopen();
  CHECK_THROWS_AS(shop.import_from(folder), DamagedStore);
  CHECK(shop.head() == head);
  tamper(shop.location().folder(),
         "UPDATE subject_keys SET sealed = (SELECT sealed FROM saved) WHERE subject = 'batch/game/b1'; "
         "DROP TABLE saved",
         "vault.db");
  shop.reopen();
  CHECK(shop.import_from(folder).rejects == 0);
  CHECK(shop.secrets("game", 6) == Lines{"S-1", "S-2", "S-3", "S-4", "N-1", "N-2"});
}

TEST_CASE("a folder whose plan was refused is imported once the policy allows it", "[import]") {
  ImportShop shop;
  auto files = healthy_files();
  files["plan.toml"] = "id = \"deep\"\nrates_bp = [1, 1, 1]\nhold = \"7d\"\n";
  CHECK_THROWS_AS(shop.import(files), PlanRefused);
  shop.import({{"plan.toml",
                "id = \"flat\"\nrates_bp = [1]\nhold = \"7d\"\n[policy]\nmax_levels = 3\n"
                "max_levels_reason = \"asked\"\n"}});
  const auto report = shop.import(files);
  CHECK(report.complete);
  CHECK(report.rejects == 0);
}

TEST_CASE("a shop that nobody opened takes no import, and takes it whole once it is open", "[import]") {
  TempFolder temp;
  const auto data = temp.path() / "data";
  const upline::eventstore::ShopLocation location{data, "shop", data / "vault.key"};
  prepare_shop(location);
  ImportShop shop(location);
  const auto folder = shop.put(healthy_files_but({{"plan.toml", ""}}));
  CHECK_THROWS_AS(shop.import_from(folder), upline::eventstore::ShopNotFound);
  CHECK(shop.head() == 0);
  const std::vector<upline::eventstore::Request> opening{{.command = upline::domain::OpenShop{{"CNY"}, {0}}}};
  shop.shop().handler().execute(opening);
  CHECK(shop.import_from(folder).rejects == 0);
}

TEST_CASE("progress rises to exactly the number of rows, also when resumed", "[import]") {
  ImportShop shop;
  const auto folder = shop.put(eventful_files());
  std::uint64_t reached = 0;
  std::uint64_t total = 0;
  const auto watch = [&](std::uint64_t rows_done, std::uint64_t rows) {
    CHECK(rows_done >= reached);
    CHECK(rows_done <= rows);
    CHECK((total == 0 || rows == total));
    reached = rows_done;
    total = rows;
    if (rows_done > rows / 2 && rows_done < rows) throw Cut{};
  };
  while (!try_import(shop, folder, {.rows_per_commit = 100, .progress = watch})) shop.reopen();
  CHECK(reached == total);
  CHECK(total == shop.import_from(folder).rows_done);
}

TEST_CASE("rows that are refused by the thousand are committed in bounded batches like any others", "[import]") {
  constexpr std::size_t rows = 20'000;
  std::string broken;
  for (std::size_t i = 0; i < rows; ++i) broken += "broken\n";
  for (const auto* file : {"products.csv", "keys.csv", "members.csv", "purchases.csv", "refunds.csv"}) {
    INFO(file);
    auto files = healthy_files();
    files.at(file) += broken;
    std::uint64_t reached = 0;
    ImportShop shop;
    const auto report =
        shop.import(files, {.rows_per_commit = 1000, .progress = [&](std::uint64_t rows_done, std::uint64_t) {
                              CHECK(rows_done - reached <= 2000);  // a command of keys may be in the batch
                              reached = rows_done;
                            }});
    CHECK(report.rejects == rows);
  }
}
