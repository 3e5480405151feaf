// Snapshots are disposable: whoever finds none, or those of another program version, makes the same ones again.
#include "tests/eventstore/selling.hpp"
#include "tests/eventstore/whole_log.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// So that what is stored is as of the head.
constexpr std::uint64_t with_every_commit = 1;

/// Open orders, a scheduled release, a queue, counted units, keys at every stage.
void make_busy(SellingShop& shop) {
  must_append(shop.run(limit_purchases("game", 5)));
  shop.make_wait("waits", 2);
  const auto now = shop.clock().now;
  must_append(shop.run(import_keys("game", "b2", false), {}, secrets_of("b2", 3)));
  must_append(shop.run(release_keys("game", "b2", now + minutes(60))));
  must_append(shop.run(place({.order = "open-1", .product = "course", .at = now})));
  must_append(shop.run(place({.order = "open-2", .member = "carol", .product = "licence", .at = now})));
  must_append(shop.run(place({.order = "closed", .member = "carol", .product = "course", .at = now})));
  must_append(shop.run(cancel("closed", now)));
}

using Rows = std::vector<std::pair<std::string, std::vector<std::uint8_t>>>;

Rows rows_of(EventStore& store) {
  Rows rows;
  for (const auto& [name, snapshot] : store.snapshots()) {
    CHECK(snapshot.schema == snapshot_schema);
    rows.emplace_back(name, snapshot.state);
  }
  return rows;
}

/// The rows that a scan of the log would leave.
Rows folded_rows(EventStore& store) {
  GrowingStates folded;
  for (const auto& event : all_events(store)) folded.apply(event);
  std::map<std::string, Snapshot> rows{{std::string(as_of_snapshot), to_snapshot(store.head().position)},
                                       {std::string(turnover_snapshot), to_snapshot(folded.turnover)}};
  for (const auto& [id, pool] : folded.pools) rows.emplace(pool_snapshot(id), to_snapshot(pool));
  for (const auto& [id, order] : folded.agenda.orders()) rows.emplace(open_order_snapshot(id), to_snapshot(order));
  for (const auto& [batch, at] : folded.agenda.releases()) rows.emplace(release_snapshot(batch), to_snapshot(at));
  for (const auto& [buying, units] : folded.counted) rows.emplace(counted_snapshot(buying), to_snapshot(units));
  Rows list;
  for (auto& [name, snapshot] : rows) list.emplace_back(name, std::move(snapshot.state));
  return list;
}

void check_rows(SellingShop& shop) {
  auto process = shop.fresh();
  CHECK(rows_of(process.store()) == folded_rows(process.store()));
  CHECK(what_is_wrong_with(process.store(), &process.vault()).empty());
}

const std::vector<std::string> damages_of_all{
    "DELETE FROM snapshots",
    "UPDATE snapshots SET schema = 99",
    "UPDATE snapshots SET schema = 99, state = x'07'",
    "DELETE FROM snapshots WHERE name = 'as_of'",
    "UPDATE snapshots SET schema = 3 WHERE name = 'as_of'",
    "UPDATE snapshots SET state = x'01ffffff0000000000' WHERE name = 'as_of'",
    "DELETE FROM snapshots WHERE name < 'o'",
};

const std::vector<std::string> damages_of_some{
    "UPDATE snapshots SET schema = 99 WHERE name LIKE 'open/%'",
    "UPDATE snapshots SET schema = 99 WHERE name LIKE 'pool/%'",
    "UPDATE snapshots SET state = x'07' WHERE name LIKE 'release/%'",
    "DELETE FROM snapshots WHERE name = 'turnover'",
    "DELETE FROM snapshots WHERE name LIKE 'pool/%'",
    "INSERT INTO snapshots SELECT 'open/gone', 99, state FROM snapshots WHERE name = 'open/open-1'",
};

void decides_as_before(SellingShop& shop, ShopProcess& process) {
  const auto now = shop.clock().now;
  CHECK(refusal(process.run(place({.order = "o1", .at = now}))) == "out_of_stock");
  CHECK(refusal(process.run(place({.order = "o1", .member = "alice", .at = now}))) == "purchase_limit_exceeded");
  must_append(process.run(enrol("erin")));
  check_rows(shop);
  shop.clock().now = now + minutes(61);
  process.run_batch({});
  CHECK(shop.state_of("open-1") == "expired");
  CHECK(shop.state_of("open-2") == "expired");
  CHECK(shop.state_of("waits") == "delivered");
  check_rows(shop);
}

}  // namespace

TEST_CASE("what is stored beside a busy log is what a scan of the log says", "[selling][snapshot]") {
  SellingShop shop(with_every_commit);
  make_busy(shop);
  check_rows(shop);
  CHECK(rows_of(shop.store()).size() == 10);
}

TEST_CASE("without its snapshots a busy shop decides as before, and has them again with the next append",
          "[selling][snapshot]") {
  for (const auto* damages : {&damages_of_all, &damages_of_some}) {
    for (const auto& damage : *damages) {
      INFO(damage);
      SellingShop shop(with_every_commit);
      make_busy(shop);
      tamper(shop.folder(), damage);
      auto fresh = shop.fresh();
      decides_as_before(shop, fresh);
    }
  }
}

TEST_CASE("snapshots that disappear under a process that lives on mislead neither it nor a later one",
          "[selling][snapshot]") {
  for (const auto& damage : damages_of_all) {
    INFO(damage);
    SellingShop shop(with_every_commit);
    make_busy(shop);
    tamper(shop.folder(), damage);
    decides_as_before(shop, shop.process());
  }
}

TEST_CASE("a process that made everything anew but wrote nothing gives way to those who write", "[selling][snapshot]") {
  SellingShop shop(with_every_commit);
  make_busy(shop);
  tamper(shop.folder(), "DELETE FROM snapshots");
  auto reader = shop.fresh();
  const auto now = shop.clock().now;
  CHECK(refusal(reader.run(place({.order = "o1", .at = now}))) == "out_of_stock");
  CHECK(reader.store().snapshots().empty());
  auto writer = shop.fresh();
  must_append(writer.run(cancel("open-1", now)));
  check_rows(shop);
  must_append(reader.run(cancel("open-2", now)));
  check_rows(shop);
}

TEST_CASE("a batch that breaks down after everything was made anew leaves nothing behind", "[selling][snapshot]") {
  SellingShop shop(with_every_commit);
  make_busy(shop);
  tamper(shop.folder(), "DELETE FROM snapshots");
  auto process = shop.fresh();
  const auto now = shop.clock().now;
  const std::vector<Request> requests{{.command = cancel("open-1", now)}};
  const auto break_down = [](Pen&, std::span<const Outcome>) { throw std::runtime_error("the disk is full"); };
  CHECK_THROWS(process.handler().execute(requests, break_down));
  CHECK(process.store().snapshots().empty());
  must_append(process.handler().execute(requests).front());
  check_rows(shop);
}

TEST_CASE("a whole batch is decided on what it makes anew in its midst", "[selling][snapshot]") {
  SellingShop shop(with_every_commit);
  make_busy(shop);
  tamper(shop.folder(), "UPDATE snapshots SET schema = 99 WHERE name LIKE 'pool/%' OR name LIKE 'counted/%'");
  auto process = shop.fresh();
  const auto now = shop.clock().now;
  const auto outcomes = process.run_batch({enrol("erin"), cancel("open-1", now),
                                           purchase({.order = "o1", .member = "erin", .product = "licence"}),
                                           place({.order = "o2", .member = "erin", .product = "licence", .at = now})});
  for (const auto& outcome : outcomes) must_append(outcome);
  must_append(process.run(import_keys("game", "b3"), {}, secrets_of("b3", 2)));
  CHECK(shop.state_of("waits") == "delivered");
  check_rows(shop);
}
