// A log and its tables, each changed in one place: the check says what is wrong, and where.
#include "eventstore/log_check.hpp"

#include "eventstore/event_codec.hpp"
#include "eventstore/hex.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"
#include "tests/eventstore/whole_log.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// Two nodes of the tree, claims of every kind, snapshots, keys.
void make_shop(const std::filesystem::path& folder) {
  ShopProcess shop(folder);
  set_up_worked_example(shop);
  must_append(shop.run(purchase({.order = "o1", .quantity = 2}), "sale"));
  must_append(shop.run(refund("r1", "o1", 500), "refund"));
  std::vector<Command> members;
  for (int i = 0; i < 600; ++i) members.push_back(enrol("m" + std::to_string(i)));
  for (const auto& outcome : shop.run_batch(members)) must_append(outcome);
}

std::vector<std::string> findings_after(const std::string& sql, const char* file = nullptr) {
  const TempFolder folder;
  make_shop(folder.path());
  tamper(folder.path(), sql, file != nullptr ? file : file_named_by(sql));
  ShopProcess shop(folder.path());
  return what_is_wrong_with(shop.store(), &shop.vault());
}

struct Damage {
  std::string sql;
  std::string finding;
};

void is_found(const Damage& damage, const char* file = nullptr) {
  INFO(damage.sql);
  const auto findings = findings_after(damage.sql, file);
  std::string all;
  for (const auto& finding : findings) all += finding + '\n';
  CHECK_THAT(all, Catch::Contains(damage.finding));
}

}  // namespace

TEST_CASE("an event that was replaced with a hash of its own is found by the tree", "[check]") {
  const TempFolder folder;
  make_shop(folder.path());
  auto event = ShopProcess(folder.path()).store().read_one({5}).value();
  event.actor = "somebody";
  tamper(folder.path(),
         "UPDATE events SET actor = 'somebody', leaf_hash = x'" + hex(hash_of(event).bytes) + "' WHERE position = 5");
  ShopProcess shop(folder.path());
  CHECK(shop.store().read_one({5}).value().leaf_hash == hash_of(event));
  const auto wrong = what_is_wrong_with(shop.store(), &shop.vault());
  REQUIRE_FALSE(wrong.empty());
  CHECK_THAT(wrong.front(), Catch::Contains("tree"));
}

TEST_CASE("a log that nobody touched is found to be right, with and without its vault", "[check]") {
  const TempFolder folder;
  make_shop(folder.path());
  ShopProcess shop(folder.path());
  CHECK(what_is_wrong_with(shop.store(), &shop.vault()).empty());
  CHECK(what_is_wrong_with(shop.store(), nullptr).empty());
  const TempFolder empty;
  const auto store = sqlite::open_event_store(empty.path());
  CHECK(what_is_wrong_with(*store, nullptr).empty());
}

TEST_CASE("keys are compared with the vault, and counted", "[check]") {
  const TempFolder folder;
  make_shop(folder.path());
  ShopProcess shop(folder.path());
  LogCheck check(shop.store(), &shop.vault());
  shop.store().read({1}, shop.store().head().position, [&](const StoredEvent& stored) {
    check.apply(stored, decode(stored));
    return true;
  });
  check.finish(shop.store().tree_head());
  CHECK(check.keys_compared() == 11);
}

TEST_CASE("a changed link between the events of a stream is found", "[check]") {
  is_found({"UPDATE events SET previous = 1 WHERE stream = 'order/o1' AND version = 3", "link to the event before"});
  is_found({"DELETE FROM events WHERE stream = 'member/m3'", "follows position"});
  is_found({"DELETE FROM events WHERE stream = 'order/o1' AND version = 2", "version 3 of order/o1 follows version 1"});
}

TEST_CASE("a time of recording that falls is found, even under a right hash", "[check]") {
  const TempFolder folder;
  make_shop(folder.path());
  ShopProcess shop(folder.path());
  LogCheck check(shop.store(), nullptr);
  shop.store().read({1}, {9}, [&](const StoredEvent& original) {
    auto stored = original;
    if (stored.position == Position{7}) --stored.recorded_at.microseconds;
    stored.leaf_hash = hash_of(stored);
    check.apply(stored, decode(stored));
    return true;
  });
  REQUIRE(check.findings().size() == 1);
  CHECK(check.findings().front() == "position 7: was recorded before the event in front of it");
}

TEST_CASE("a wrong table of streams is found", "[check]") {
  is_found({"UPDATE streams SET version = 9 WHERE stream = 'member/m3'", "wrong about member/m3"});
  is_found({"UPDATE streams SET position = 9 WHERE stream = 'member/m3'", "wrong about member/m3"});
  is_found({"DELETE FROM streams WHERE stream = 'member/m3'", "wrong about member/m3"});
  is_found({"INSERT INTO streams VALUES ('member/ghost', 1, 1)", "table of streams has rows without events"});
}

TEST_CASE("a wrong table of claims is found", "[check]") {
  for (const auto kind : {1, 2, 3, 4}) {
    const auto first = "FROM claims WHERE kind = " + std::to_string(kind) + " ORDER BY key LIMIT 1";
    is_found({"DELETE FROM claims WHERE (kind, key) = (SELECT kind, key " + first + ")", "not in the claims table"});
    is_found({"UPDATE claims SET position = position + 1 WHERE (kind, key) = (SELECT kind, key " + first + ")",
              "not in the claims table"});
  }
  is_found({"INSERT INTO claims VALUES (1, x'67686f7374', 1)", "table of claims has rows without events"});
}

TEST_CASE("a wrong head or tree is found", "[check]") {
  is_found({"UPDATE merkle_nodes SET hash = zeroblob(32) WHERE node = 1", "position 512: a stored node of the tree"});
  is_found({"DELETE FROM merkle_nodes WHERE node = 0", "position 256: a stored node of the tree"});
  is_found({"UPDATE head SET frontier = zeroblob(length(frontier))", "root of the tree is wrong"});
  is_found({"INSERT INTO merkle_nodes VALUES (24, 0, zeroblob(32))", "stored nodes without leaves"});
  is_found({"UPDATE head SET recorded_at = recorded_at + 1", "recorded at another time"});
  is_found(
      {"DELETE FROM events WHERE position = (SELECT max(position) FROM events)", "is the head, but the last event"});
  is_found(
      {"INSERT INTO events SELECT 9999, stream, version, previous, type, schema, occurred_at, recorded_at, "
       "command_id, command_digest, actor, salt, payload, leaf_hash FROM events WHERE position = 3",
       "events beyond the head"});
}

TEST_CASE("a wrong snapshot is found, a missing one is not wrong", "[check]") {
  is_found({"UPDATE snapshots SET state = x'0100000000' WHERE name = 'turnover'", "turnover's snapshot is wrong"});
  is_found(
      {"UPDATE snapshots SET state = (SELECT state FROM snapshots WHERE name = 'pool/licence') "
       "WHERE name = 'pool/game'",
       "snapshot pool/game is wrong"});
  is_found({"UPDATE snapshots SET name = 'pool/ghost' WHERE name = 'pool/game'", "snapshot pool/ghost is wrong"});
  is_found({"UPDATE snapshots SET name = 'nonsense' WHERE name = 'pool/game'", "snapshot nonsense is wrong"});
  CHECK(findings_after("DELETE FROM snapshots").empty());
  CHECK(findings_after("UPDATE snapshots SET schema = 99").empty());
}

TEST_CASE("a vault that does not hold what was imported is found", "[check][vault]") {
  is_found({"DELETE FROM card_keys WHERE product = 'game' AND ordinal = 10", "does not hold these keys"}, "vault.db");
  is_found({"UPDATE card_keys SET sealed = zeroblob(60) WHERE product = 'licence'", "does not hold these keys"},
           "vault.db");
  is_found({"DELETE FROM subject_keys WHERE subject = 'batch/game/b1'", "but cannot open them"}, "vault.db");
}

TEST_CASE("an event that was changed throws before it is checked, and names its position", "[check]") {
  const TempFolder folder;
  make_shop(folder.path());
  tamper(folder.path(), "UPDATE events SET occurred_at = occurred_at + 1 WHERE position = 17");
  ShopProcess shop(folder.path());
  CHECK_THROWS_AS(what_is_wrong_with(shop.store(), nullptr), DamagedStore);
  CHECK_THROWS_WITH(what_is_wrong_with(shop.store(), nullptr), Catch::Contains("position 17"));
}

TEST_CASE("a log that is wrong everywhere is described by a hundred sentences", "[check]") {
  CHECK(findings_after("UPDATE events SET previous = previous + 1").size() == 100);
}
