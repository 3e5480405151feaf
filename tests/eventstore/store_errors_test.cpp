// What SQLite says of a disk that is full, damaged or in use reaches the caller as what it means.
#include "eventstore/sqlite/database.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/sqlite_work.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

constexpr const char* event_rows = "SELECT count(*) FROM bundles";

/// A shop whose connections a test can spoil: the first is the log's, the second the vault's.
class SpoiltShop {
 public:
  SpoiltShop() : shop_(folder_.path()) { set_up_worked_example(shop_); }

  ShopProcess& shop() { return shop_; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  void on_log(const char* sql) const { must_run(0, sql); }
  void on_vault(const char* sql) const { must_run(1, sql); }

 private:
  void must_run(std::size_t connection, const char* sql) const {
    REQUIRE(sqlite3_exec(work_.connections().at(connection), sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  }

  TempFolder folder_;
  SqliteWork work_;
  ShopProcess shop_;
};

std::vector<Command> many_sales() {
  std::vector<Command> sales;
  for (int i = 0; i < 200; ++i) sales.push_back(purchase({.order = "o" + std::to_string(i), .product = "course"}));
  return sales;
}

}  // namespace

TEST_CASE("a full device is said so, and takes nothing that was there", "[store]") {
  SpoiltShop spoilt;
  const auto before = spoilt.shop().store().head().position;
  spoilt.on_log("PRAGMA max_page_count=1");  // that is: no page more than now
  CHECK_THROWS_AS(spoilt.shop().run_batch(many_sales()), StoreUnwritable);
  CHECK_THROWS_WITH(spoilt.shop().run_batch(many_sales()),
                    Catch::Contains("no room left") && Catch::Contains("events.db"));
  CHECK(spoilt.shop().store().head().position == before);
  spoilt.on_log("PRAGMA max_page_count=1000000");
  CHECK(spoilt.shop().run_batch(many_sales()).back().answer == Answer::appended);
}

TEST_CASE("a store that may not be written says so, and still answers", "[store]") {
  SpoiltShop spoilt;
  const bool log = GENERATE(true, false);
  INFO("log " << log);
  log ? spoilt.on_log("PRAGMA query_only=ON") : spoilt.on_vault("PRAGMA query_only=ON");
  const auto before = spoilt.shop().store().head().position;
  CHECK_THROWS_AS(spoilt.shop().run(import_keys("game", "b2"), {}, {"a new key"}), StoreUnwritable);
  CHECK_THROWS_WITH(spoilt.shop().run(import_keys("game", "b2"), {}, {"a new key"}),
                    Catch::Contains("cannot be written") && Catch::Contains(log ? "events.db" : "vault.db"));
  CHECK(spoilt.shop().store().head().position == before);
  CHECK(all_events(spoilt.shop().store()).size() == before.value);
}

TEST_CASE("an append that breaks in the middle takes its batch, also where keys are imported", "[store]") {
  SpoiltShop spoilt;
  const auto before = spoilt.shop().store().head().position;
  spoilt.on_log("CREATE TEMP TRIGGER broken AFTER UPDATE ON main.head BEGIN DELETE FROM nowhere; END");
  CHECK_THROWS_AS(spoilt.shop().run(import_keys("game", "b2"), {}, {"a new key"}), DamagedStore);
  spoilt.on_log("DROP TRIGGER broken");
  CHECK(spoilt.shop().store().head().position == before);
  CHECK(spoilt.shop().store().event_count() == before.value);
  CHECK(spoilt.shop().run(import_keys("game", "b2"), {}, {"a new key"}).answer == Answer::appended);
}

TEST_CASE("damage that a reading comes upon is damage", "[store]") {
  const TempFolder folder;
  const auto file = folder.path() / "events.db";
  {
    ShopProcess shop(folder.path());
    set_up_worked_example(shop);
    shop.run_batch(many_sales());
  }
  const auto store = sqlite::open_event_store(folder.path());
  {
    std::fstream bytes(file, std::ios::binary | std::ios::in | std::ios::out);
    for (auto page = 8; page < static_cast<int>(std::filesystem::file_size(file) / 4096); ++page) {
      bytes.seekp(page * 4096);
      bytes << std::string(4096, 'x');
    }
  }
  CHECK_THROWS_AS(store->read({1}, {1000}, [](const StoredEvent&) { return true; }), DamagedStore);
  CHECK_THROWS_AS(store->event_count(), DamagedStore);
  CHECK_THROWS_AS(store->read_stream("order/o7"), DamagedStore);
}

TEST_CASE("a table that is gone is damage", "[store]") {
  SpoiltShop spoilt;
  spoilt.shop().store().claimed(ClaimKind::refund_id, claim_key("r1"));
  tamper(spoilt.folder(), "DROP TABLE claims");
  CHECK_THROWS_AS(spoilt.shop().store().claimed(ClaimKind::return_id, claim_key("r1")), DamagedStore);
  CHECK_THROWS_AS(spoilt.shop().store().claim_count(), DamagedStore);
}

TEST_CASE("a database that another has locked is busy", "[store]") {
  const TempFolder folder;
  sqlite::Database first(folder.path() / "events.db", {.migrations = "events"});
  sqlite::Database second(folder.path() / "events.db", {.migrations = "events"});
  first.execute("BEGIN IMMEDIATE");
  second.execute("PRAGMA busy_timeout=0");
  CHECK_THROWS_AS(second.execute("BEGIN IMMEDIATE"), StoreBusy);
  CHECK_THROWS_AS(second.statement("DELETE FROM imports").exec(), StoreBusy);
  CHECK(second.number(event_rows) == 0);
}

TEST_CASE("the readings of ranges and the counts are statements too", "[store]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  const auto before = shop.store().statements_run();
  shop.store().read({1}, {5}, [](const StoredEvent&) { return true; });
  CHECK(shop.store().statements_run() == before + 1);
  shop.store().event_count();
  CHECK(shop.store().statements_run() == before + 2);
}
