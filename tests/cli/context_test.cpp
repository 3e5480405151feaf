// Where the verbs look for a shop and its key.
#include "cli/context.hpp"

#include "tests/eventstore/temp_folder.hpp"

#include <fstream>

#include <catch2/catch.hpp>

using namespace upline;

TEST_CASE("a key that upline.toml names lies beside it, for every verb, wherever the caller stands", "[context]") {
  const tests::TempFolder data;
  std::ofstream(data.path() / "upline.toml") << "shop = 'kami'\nvault_key = 'keys/master'\n";
  const cli::ShopOptions options{.data = data.path().string()};
  CHECK(cli::locate_data(options).vault_key == data.path() / "keys" / "master");
  CHECK(cli::locate_shop(options).vault_key == data.path() / "keys" / "master");
  CHECK(cli::locate_shop(options).shop == "kami");
}
