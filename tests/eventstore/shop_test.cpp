// A shop as a folder: what it may be called, how it is made, and where it is looked for.
#include "eventstore/shop.hpp"

#include "tests/eventstore/commands.hpp"
#include "tests/eventstore/own_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
namespace fs = std::filesystem;

namespace {

ShopLocation location_in(const TempFolder& folder, std::string shop) {
  const auto data = folder.path() / "data";
  return {data, std::move(shop), data / "vault.key"};
}

Outcome run(Shop& shop, upline::domain::Command command, std::vector<std::string> secrets = {}) {
  const std::vector<Request> requests{{std::move(command), {}, "tester", std::move(secrets)}};
  return shop.handler().execute(requests).front();
}

}  // namespace

TEST_CASE("a shop's name is the name of a folder, and leads nowhere else", "[shop]") {
  for (const auto& name : {std::string("s"), std::string("my-shop_2.0"), std::string(64, 'x')}) {
    INFO(name);
    CHECK(is_well_formed_shop_name(name));
  }
  for (const auto& name : {std::string(), std::string("."), std::string(".."), std::string("../x"), std::string("a/b"),
                           std::string(".hidden"), std::string("-x"), std::string("a:b"), std::string("a b"),
                           std::string("店"), std::string(65, 'x'), std::string("a\0b", 3)}) {
    INFO(name);
    CHECK(!is_well_formed_shop_name(name));
    const TempFolder folder;
    CHECK_THROWS_AS(prepare_shop(location_in(folder, name)), ShopNotFound);
    CHECK_THROWS_AS(Shop(location_in(folder, name)), ShopNotFound);
    CHECK(fs::is_empty(folder.path()));
  }
}

TEST_CASE("a shop is made with its key, log and vault, for its owner only, and made again changes nothing", "[shop]") {
  const TempFolder folder;
  const auto location = location_in(folder, "s");
  prepare_shop(location);
  CHECK(fs::status(location.folder()).permissions() == fs::perms::owner_all);
  CHECK(fs::exists(location.vault_key));
  CHECK(fs::exists(location.folder() / "events.db"));
  CHECK(fs::exists(location.folder() / "vault.db"));
  const auto key = read_master_key(location.vault_key);
  {
    Shop shop(location);
    CHECK(run(shop, open_shop()).answer == Answer::appended);
  }
  prepare_shop(location);
  CHECK(read_master_key(location.vault_key) == key);
  CHECK(Shop(location).store().head().position.value == 1);
}

TEST_CASE("a shop whose making was cut short is made whole", "[shop]") {
  const TempFolder folder;
  const auto location = location_in(folder, "s");
  prepare_shop(location);
  fs::remove(location.folder() / "vault.db");
  prepare_shop(location);
  Shop shop(location);
  CHECK_NOTHROW(shop.vault());
}

TEST_CASE("a lost key is not replaced while a vault needs it, a lost vault not by an empty one", "[shop][vault]") {
  const TempFolder folder;
  const auto location = location_in(folder, "s");
  prepare_shop(location);
  const auto aside = folder.path() / "aside";
  fs::rename(location.vault_key, aside);
  CHECK_THROWS_AS(prepare_shop(location), VaultKeyError);
  CHECK_THROWS_AS(prepare_shop(location_in(folder, "another")), VaultKeyError);
  CHECK(!fs::exists(location.vault_key));
  fs::rename(aside, location.vault_key);
  CHECK_NOTHROW(prepare_shop(location));

  fs::remove(location.folder() / "vault.db");
  Shop shop(location);
  CHECK_THROWS_AS(shop.vault(), DamagedStore);
  CHECK(!fs::exists(location.folder() / "vault.db"));
}

TEST_CASE("a shop that is not there is named, with the words that make it", "[shop]") {
  const TempFolder folder;
  CHECK_THROWS_AS(Shop(location_in(folder, "s")), ShopNotFound);
  CHECK_THROWS_WITH(Shop(location_in(folder, "s")), Catch::Contains("no shop 's'") && Catch::Contains("upline init"));
  fs::create_directories(folder.path() / "data" / "s");
  CHECK_THROWS_AS(Shop(location_in(folder, "s")), ShopNotFound);
  CHECK(!fs::exists(folder.path() / "data" / "s" / "events.db"));
}

TEST_CASE("the shops of a data folder are those with a log, in order of name", "[shop]") {
  const TempFolder folder;
  const auto data = folder.path() / "data";
  CHECK(shops_in(data).empty());
  const std::vector<std::string> names{"a", "apple", "b", "banana", "c1", "c2", "mango", "x", "y", "zebra"};
  for (const auto* name : {"zebra", "c2", "x", "apple", "b", "mango", "a", "y", "c1", "banana"}) {
    prepare_shop(location_in(folder, name));
  }
  fs::create_directory(data / "empty");
  std::ofstream(data / "file") << "text";
  CHECK(shops_in(data) == names);
}

TEST_CASE("shops of one data folder share their master key and nothing else", "[shop][vault]") {
  const TempFolder folder;
  prepare_shop(location_in(folder, "one"));
  prepare_shop(location_in(folder, "two"));
  Shop one(location_in(folder, "one"));
  Shop two(location_in(folder, "two"));
  for (auto* shop : {&one, &two}) {
    CHECK(run(*shop, open_shop()).answer == Answer::appended);
    CHECK(run(*shop, add_product("game", upline::domain::Fulfilment::key_pool)).answer == Answer::appended);
    CHECK(run(*shop, import_keys("game", "b1"), {"secret"}).answer == Answer::appended);
  }
  CHECK(one.vault().fingerprint("secret") != two.vault().fingerprint("secret"));
  CHECK(one.store().tree_head().tree.root() != two.store().tree_head().tree.root());
}

TEST_CASE("the books are read without the vault's key, and keys are not", "[shop][vault]") {
  const TempFolder folder;
  const auto location = location_in(folder, "s");
  prepare_shop(location);
  fs::remove(location.vault_key);
  Shop shop(location);
  CHECK(shop.store().head().position.value == 0);
  CHECK_THROWS_AS(shop.vault(), VaultKeyError);
}

TEST_CASE("a handler takes the options that its shop was given", "[shop]") {
  const TempFolder folder;
  const auto location = location_in(folder, "s");
  prepare_shop(location);
  Shop shop(location);
  shop.set_handler_options({.clock = [] { return may(3); }});
  CHECK(run(shop, open_shop()).answer == Answer::appended);
  CHECK(shop.store().head().recorded_at == may(3));
}

TEST_CASE("processes that make the same shop at once all succeed", "[shop][concurrency]") {
  const TempFolder folder;
  std::vector<OwnProcess> processes;
  for (int i = 0; i < 4; ++i) {
    processes.emplace_back([&] {
      prepare_shop(location_in(folder, "s"));
      Shop shop(location_in(folder, "s"));
      shop.vault();
      return shop.store().head().position.value == 0;
    });
  }
  for (auto& process : processes) CHECK(process.went_well());
}
