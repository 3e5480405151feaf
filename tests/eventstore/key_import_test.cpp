// Card keys on their way from a caller's list into the vault, the log and the buyers' hands.
#include "eventstore/command_handler.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

using Secrets = std::vector<std::string>;
using Indexes = std::vector<std::size_t>;

void set_up_two_products(ShopProcess& shop) {
  for (const auto& outcome :
       shop.run_batch({open_shop(), add_product("game", Fulfilment::key_pool),
                       add_product("film", Fulfilment::key_pool), add_product("licence", Fulfilment::reusable),
                       add_product("course", Fulfilment::external), enrol("dave")})) {
    must_append(outcome);
  }
}

int rows_in_vault(const std::filesystem::path& folder) {
  SQLite::Database vault(folder / "vault.db", SQLite::OPEN_READONLY);
  return vault.execAndGet("SELECT count(*) FROM card_keys").getInt();
}

int subjects_in_vault(const std::filesystem::path& folder) {
  SQLite::Database vault(folder / "vault.db", SQLite::OPEN_READONLY);
  return vault.execAndGet("SELECT count(*) FROM subject_keys").getInt();
}

/// What the buyer of an order gets to read.
Secrets delivered(ShopProcess& shop, const std::string& order, const std::string& product = "game") {
  Secrets secrets;
  for (const auto& range : keys_of(shop.store(), order)) {
    for (auto& secret : shop.vault().reveal({product}, range)) secrets.push_back(std::move(secret));
  }
  return secrets;
}

}  // namespace

TEST_CASE("imported keys are sold first in, first out, over all batches and processes", "[handler][vault]") {
  const TempFolder folder;
  {
    ShopProcess shop(folder.path());
    set_up_two_products(shop);
    must_append(shop.run(import_keys("game", "b1"), {}, {"a", "b", "c"}));
    must_append(shop.run(import_keys("film", "b1"), {}, {"film"}));
    must_append(shop.run(purchase({.order = "o1"})));
    CHECK(delivered(shop, "o1") == Secrets{"a"});
  }
  ShopProcess shop(folder.path());
  must_append(shop.run(import_keys("game", "b2"), {}, {"d", "e"}));
  must_append(shop.run(purchase({.order = "o2", .quantity = 3})));
  CHECK(delivered(shop, "o2") == Secrets{"b", "c", "d"});
  CHECK(refusal(shop.run(purchase({.order = "o3", .quantity = 2}))) == "out_of_stock");
  must_append(shop.run(purchase({.order = "o4"})));
  CHECK(delivered(shop, "o4") == Secrets{"e"});
  CHECK(refusal(shop.run(purchase({.order = "o5"}))) == "out_of_stock");
}

TEST_CASE("keys sealed ahead are taken over where they fit their batch, else sealed again", "[handler][vault]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_two_products(shop);
  const bool another_was_first = GENERATE(false, true);
  const Secrets secrets{"a", "b", "a", "c"};
  const auto sealed = open_vault(folder.path(), test_master_key())->seal_ahead({"game"}, {"b1"}, secrets);
  if (another_was_first) must_append(shop.run(import_keys("game", "b1"), {}, {"b"}));

  const std::vector<Request> requests{
      {.command = import_keys("game", "b1"), .actor = "tester", .secrets = secrets, .sealed = sealed}};
  const auto outcome = shop.handler().execute(requests).front();
  must_append(outcome);
  CHECK(outcome.duplicates == (another_was_first ? Indexes{1, 2} : Indexes{2}));
  CHECK(shop.vault().reveal({"game"}, {1, 3}) == (another_was_first ? Secrets{"b", "a", "c"} : Secrets{"a", "b", "c"}));
  const auto imported = std::get<KeysImported>(decode(*shop.store().read_one(outcome.first)).event);
  CHECK(shop.vault().can_open({"game"}, imported.first, imported.keys));
  CHECK((imported.keys.back().digest == sealed->secrets.back().named.digest) != another_was_first);
}

TEST_CASE("keys sealed ahead of an import that is refused leave nothing in the vault", "[handler][vault]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_two_products(shop);
  const Secrets secrets{"a"};
  const auto sealed = open_vault(folder.path(), test_master_key())->seal_ahead({"course"}, {"b1"}, secrets);
  const std::vector<Request> requests{
      {.command = import_keys("course", "b1"), .actor = "tester", .secrets = secrets, .sealed = sealed}};
  CHECK(shop.handler().execute(requests).front().answer == Answer::rejected);
  CHECK(rows_in_vault(folder.path()) == 0);
  CHECK(subjects_in_vault(folder.path()) == 1);  // the key of the fingerprints
}

TEST_CASE("keys that are not released are not sold", "[handler][vault]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_two_products(shop);
  const auto outcome = shop.run(import_keys("game", "b1", false), {}, {"a", "b"});
  CHECK(appended_by(shop.store(), outcome) == std::vector<std::string>{"pool/game KeysImported"});
  CHECK(refusal(shop.run(purchase({.order = "o1"}))) == "out_of_stock");
  must_append(shop.run(import_keys("game", "b2"), {}, {"c"}));
  must_append(shop.run(purchase({.order = "o2"})));
  CHECK(delivered(shop, "o2") == Secrets{"c"});
}

TEST_CASE("every buyer of a reusable product gets the same key", "[handler][vault]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_two_products(shop);
  must_append(shop.run(import_keys("licence", "l1"), {}, {"for-all", "next"}));
  for (const auto* order : {"o1", "o2"}) {
    must_append(shop.run(purchase({.order = order, .product = "licence", .quantity = 5})));
    CHECK(delivered(shop, order, "licence") == Secrets{"for-all"});
  }
}

TEST_CASE("a secret that comes twice in one list is imported once, and the list says which was left out",
          "[handler][vault]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_two_products(shop);
  const auto outcome = shop.run(import_keys("game", "b1"), {}, {"a", "b", "a", "c", "b", "a"});
  CHECK(outcome.answer == Answer::appended);
  CHECK(outcome.duplicates == Indexes{2, 4, 5});
  CHECK(shop.vault().reveal({"game"}, {1, 3}) == Secrets{"a", "b", "c"});
  CHECK(rows_in_vault(folder.path()) == 3);
}

TEST_CASE("a secret that the shop has is left out of any later list, of whatever product", "[handler][vault]") {
  const TempFolder folder;
  {
    ShopProcess shop(folder.path());
    set_up_two_products(shop);
    must_append(shop.run(import_keys("game", "b1"), {}, {"a", "b"}));
  }
  ShopProcess shop(folder.path());
  const auto partly = shop.run(import_keys("film", "b1"), {}, {"x", "a", "y", "b"});
  CHECK(partly.answer == Answer::appended);
  CHECK(partly.duplicates == Indexes{1, 3});
  CHECK(shop.vault().reveal({"film"}, {1, 2}) == Secrets{"x", "y"});
  const auto head = shop.store().head().position;
  const auto wholly = shop.run(import_keys("game", "b2"), {}, {"y", "b", "a", "x"});
  CHECK(refusal(wholly) == "duplicate_key");
  CHECK(wholly.duplicates == Indexes{0, 1, 2, 3});
  CHECK(shop.store().head().position == head);
}

TEST_CASE("lists in one batch of commands see each other's secrets", "[handler][vault]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_two_products(shop);
  const std::vector<Request> requests{{import_keys("game", "b1"), {}, {}, {"a", "b"}},
                                      {import_keys("film", "b1"), {}, {}, {"b", "c"}},
                                      {import_keys("nothing", "b1"), {}, {}, {"d"}},
                                      {import_keys("game", "b1"), {}, {}, {"d", "c"}}};
  const auto outcomes = shop.handler().execute(requests);
  CHECK(outcomes[0].answer == Answer::appended);
  CHECK(outcomes[1].duplicates == Indexes{0});
  CHECK(refusal(outcomes[2]) == "unknown_product");
  CHECK(outcomes[3].duplicates == Indexes{1});
  CHECK(shop.vault().reveal({"game"}, {1, 3}) == Secrets{"a", "b", "d"});
  CHECK(shop.vault().reveal({"film"}, {1, 1}) == Secrets{"c"});
}

TEST_CASE("a refused list leaves nothing in the vault", "[handler][vault]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_two_products(shop);
  CHECK(refusal(shop.run(import_keys("nothing", "b1"), {}, {"a"})) == "unknown_product");
  CHECK(refusal(shop.run(import_keys("course", "b1"), {}, {"a"})) == "not_key_product");
  CHECK(refusal(shop.run(import_keys("game", "b 1"), {}, {"a"})) == "invalid_id");
  CHECK(refusal(shop.run(import_keys("game", "b1"), {}, {})) == "invalid_batch");
  CHECK(refusal(shop.run(import_keys("game", "b1"), {}, secrets_of("many", 1001))) == "invalid_batch");
  CHECK(rows_in_vault(folder.path()) == 0);
  CHECK(shop.run(import_keys("game", "b1"), {}, secrets_of("many", 1000)).answer == Answer::appended);
  CHECK(rows_in_vault(folder.path()) == 1000);
}

TEST_CASE("a list sent again under its command id answers as the first time, another list does not",
          "[handler][vault]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_two_products(shop);
  must_append(shop.run(import_keys("game", "b0"), {}, {"known"}));
  const Secrets list{"a", "known", "b", "a"};
  const auto first_time = shop.run(import_keys("game", "b1"), "list-1", list);
  REQUIRE(first_time.answer == Answer::appended);
  ShopProcess fresh(folder.path());
  for (auto* process : {&shop, &fresh}) {
    const auto again = process->run(import_keys("game", "b1"), "list-1", list);
    CHECK(again.answer == Answer::repeated);
    CHECK(again.first == first_time.first);
    CHECK(again.last == first_time.last);
    for (const auto& other : {Secrets{"a", "b"}, Secrets{"a", "known", "a", "b"}, Secrets{"a", "known", "b", "c"},
                              Secrets{"known", "a", "b", "a"}}) {
      CHECK(refusal(process->run(import_keys("game", "b1"), "list-1", other)) == "command_id_reused");
    }
    CHECK(refusal(process->run(import_keys("game", "b1", false), "list-1", list)) == "command_id_reused");
  }
  CHECK(rows_in_vault(folder.path()) == 3);
}

TEST_CASE("keys that a caller puts into the command itself are not believed", "[handler][vault]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_two_products(shop);
  auto command = std::get<ImportKeys>(import_keys("game", "b1"));
  command.keys.resize(3);
  must_append(shop.run(command, {}, {"a"}));
  const auto imported = decode(shop.store().read_stream("pool/game").front());
  CHECK(std::get<KeysImported>(imported.event).keys.size() == 1);
}

TEST_CASE("a batch that breaks down takes its keys out of the vault as well", "[handler][vault]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_two_products(shop);
  const std::vector<Request> requests{{import_keys("game", "b1"), {}, {}, {"a", "b"}}};
  const auto break_down = [](Pen&, std::span<const Outcome>) { throw std::runtime_error("the disk is full"); };
  CHECK_THROWS_WITH(shop.handler().execute(requests, break_down), "the disk is full");
  must_append(shop.run(enrol("erin")));
  CHECK(rows_in_vault(folder.path()) == 0);
  must_append(shop.run(import_keys("game", "b1"), {}, {"b"}));
  CHECK(shop.vault().reveal({"game"}, {1, 1}) == Secrets{"b"});
}

TEST_CASE("what the log says of a key is its keyed fingerprint and its ciphertext's hash", "[handler][vault]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_two_products(shop);
  must_append(shop.run(import_keys("game", "b1"), {}, {"a", "b"}));
  const auto recorded = decode(shop.store().read_stream("pool/game").front());
  const auto& imported = std::get<KeysImported>(recorded.event);
  CHECK(imported.batch == BatchId{"b1"});
  CHECK(imported.first == 1);
  REQUIRE(imported.keys.size() == 2);
  CHECK(imported.keys[0].fingerprint == shop.vault().fingerprint("a"));
  CHECK(imported.keys[1].fingerprint == shop.vault().fingerprint("b"));
  CHECK(shop.vault().holds({"game"}, imported.first, imported.keys));
}

TEST_CASE("a batch whose own vault key is damaged fails its import only", "[handler][vault]") {
  const TempFolder folder;
  {
    ShopProcess shop(folder.path());
    set_up_two_products(shop);
    must_append(shop.run(import_keys("game", "b1"), {}, {"a"}));
  }
  tamper(folder.path(), "UPDATE subject_keys SET sealed = zeroblob(72) WHERE subject = 'batch/game/b1'", "vault.db");
  ShopProcess shop(folder.path());
  const std::vector<Request> requests{{enrol("erin"), {}, {}, {}},
                                      {import_keys("game", "b1"), {}, {}, {"b"}},
                                      {import_keys("game", "b2"), {}, {}, {"c"}}};
  const auto outcomes = shop.handler().execute(requests);
  CHECK(outcomes[0].answer == Answer::appended);
  REQUIRE(outcomes[1].answer == Answer::failed);
  CHECK_THROWS_AS(std::rethrow_exception(outcomes[1].failure), DamagedStore);
  CHECK(outcomes[2].answer == Answer::appended);
  CHECK(shop.vault().reveal({"game"}, {2, 1}) == Secrets{"c"});

  // A failed import alone lets go of the vault as well, so that others can write it.
  CHECK(shop.run(import_keys("game", "b1"), {}, {"b"}).answer == Answer::failed);
  ShopProcess another(folder.path());
  must_append(another.run(import_keys("game", "b3"), {}, {"d"}));
}
