// What live selling keeps beside the log, each changed in one place: the check says what is wrong.
#include "tests/eventstore/selling.hpp"
#include "tests/eventstore/whole_log.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// Claims of every kind, open orders, a scheduled release, counted units, a contact and a delivered text.
void sell(SellingShop& shop) {
  auto& process = shop.process();
  const auto run = [&](Request request) {
    const std::vector<Request> requests{std::move(request)};
    must_append(process.handler().execute(requests).front());
  };
  must_append(process.run(limit_purchases("game", 5)));
  run({.command = place("o1"),
       .command_id = "place-1",
       .address = "203.0.113.7",
       .contact = "dave@example.org",
       .query_secret = "blue horse"});
  must_append(process.run(place({.order = "v1", .product = "visit"})));
  must_append(process.run(pay("p1", "v1", 1000)));
  run({.command = deliver("v1"), .text = "the password"});
  process.run(pay("p1", "v1", 1));
  must_append(process.run(ReturnPayment{{"back-1"}, {"v1"}, {1}, {"CNY"}, "", opening_time}));
  must_append(process.run(refund("r1", "v1", 1, opening_time)));
  must_append(process.run(import_keys("game", "b2", false), {}, secrets_of("b2", 2)));
  must_append(process.run(release_keys("game", "b2", may(3))));
}

std::string findings_after(const std::string& sql, const char* file = nullptr) {
  SellingShop shop;
  sell(shop);
  shop.restart();
  tamper(shop.folder(), sql, file != nullptr ? file : file_named_by(sql));
  auto process = shop.fresh();
  std::string all;
  for (const auto& finding : what_is_wrong_with(process.store(), &process.vault())) all += finding + '\n';
  return all;
}

void is_found(const std::string& sql, const std::string& finding, const char* file = nullptr) {
  INFO(sql);
  CHECK_THAT(findings_after(sql, file), Catch::Contains(finding));
}

}  // namespace

TEST_CASE("a shop that sells live is found to be right, with and without its vault", "[check][selling]") {
  SellingShop shop;
  sell(shop);
  auto process = shop.fresh();
  CHECK(what_is_wrong_with(process.store(), &process.vault()).empty());
  CHECK(what_is_wrong_with(process.store(), nullptr).empty());
}

TEST_CASE("a wrong row of open orders is found", "[check][selling]") {
  is_found("DELETE FROM snapshots WHERE name = 'open/o1'", "an open order is not on the agenda");
  is_found("UPDATE snapshots SET name = 'open/o2' WHERE name = 'open/o1'", "snapshot open/o2 is wrong");
  is_found("INSERT INTO snapshots SELECT 'open/v1', schema, state FROM snapshots WHERE name = 'open/o1'",
           "snapshot open/v1 is wrong");
  is_found("UPDATE snapshots SET state = x'010464617665' WHERE name = 'open/o1'", "snapshot open/o1 is wrong");
}

TEST_CASE("a wrong row of scheduled releases is found", "[check][selling]") {
  is_found("DELETE FROM snapshots WHERE name = 'release/game/b2'", "scheduled releases on the agenda are wrong");
  is_found("UPDATE snapshots SET name = 'release/game/b3' WHERE name = 'release/game/b2'",
           "scheduled releases on the agenda are wrong");
  is_found("UPDATE snapshots SET state = x'010000000000000000' WHERE name = 'release/game/b2'",
           "scheduled releases on the agenda are wrong");
}

TEST_CASE("a wrong row of counted units is found", "[check][selling]") {
  is_found("DELETE FROM snapshots WHERE name = 'counted/game/dave'", "count towards a purchase limit are missing");
  is_found("UPDATE snapshots SET name = 'counted/game/carol' WHERE name = 'counted/game/dave'",
           "snapshot counted/game/carol is wrong");
  is_found("UPDATE snapshots SET state = x'010200000000000000' WHERE name = 'counted/game/dave'",
           "snapshot counted/game/dave is wrong");
  is_found("UPDATE snapshots SET name = 'counted/nonsense' WHERE name = 'counted/game/dave'",
           "snapshot counted/nonsense is wrong");
}

TEST_CASE("a wrong claim of any kind is found", "[check][selling]") {
  for (const auto kind : {1, 2, 3, 4, 5, 6, 7, 8}) {
    const auto first = "(SELECT kind, key FROM claims WHERE kind = " + std::to_string(kind) + " ORDER BY key LIMIT 1)";
    is_found("DELETE FROM claims WHERE (kind, key) = " + first, "not in the claims table");
    is_found("UPDATE claims SET position = position + 1 WHERE (kind, key) = " + first, "not in the claims table");
    is_found("INSERT INTO claims VALUES (" + std::to_string(kind) + ", x'67686f7374', 1)",
             "table of claims has rows without events");
  }
}

TEST_CASE("a wrong text in the vault is found", "[check][selling][vault]") {
  is_found("DELETE FROM texts WHERE name = 'contact/o1'", "does not hold the buyer's contact", "vault.db");
  is_found("UPDATE texts SET sealed = zeroblob(80) WHERE name = 'contact/o1'", "does not hold the buyer's contact",
           "vault.db");
  is_found("UPDATE texts SET fingerprint = zeroblob(16) WHERE name = 'contact/o1'", "does not hold the buyer's contact",
           "vault.db");
  is_found("DELETE FROM texts WHERE name = 'delivery/v1'", "does not hold what was delivered by hand", "vault.db");
  is_found("UPDATE texts SET sealed = (SELECT sealed FROM texts WHERE name = 'contact/o1') WHERE name = 'delivery/v1'",
           "does not hold what was delivered by hand", "vault.db");
}

TEST_CASE("a look-up that opens somebody else's order is found", "[check][selling]") {
  const std::string sentence = "the vault lets somebody look the order up who did not place it";
  is_found("UPDATE lookups SET subject = 'member/mallory'", sentence, "vault.db");
  is_found("UPDATE lookups SET order_id = 'v1'", sentence, "vault.db");
}
