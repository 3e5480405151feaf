// Real histories, through the program: what comes out equals what an independent reading of the rules expects.

#include "tests/cli/demo.hpp"

#include <cstdlib>
#include <optional>

#include <catch2/catch.hpp>

using namespace upline::tests;
namespace fs = std::filesystem;

namespace {

void import_and_compare(const ShopUnderTest& shop, const fs::path& history) {
  const auto report = shop.ask({"import", history.string()});
  books_must_be_as_expected(shop, history / "expected");
  totals_must_be_as_expected(shop, history / "expected");
  const auto stats = shop.stats();

  {
    INFO("after a rebuild");
    shop.ask({"rebuild"});
    books_must_be_as_expected(shop, history / "expected");
    CHECK(shop.stats() == stats);
  }
  {
    INFO("after views/ was deleted");
    fs::remove_all(shop.shop_folder() / "views");
    books_must_be_as_expected(shop, history / "expected");
    CHECK(shop.stats() == stats);
  }
  {
    INFO("after a second import");
    CHECK(shop.ask({"import", history.string()}) == report);
    CHECK(shop.stats() == stats);
  }
  shop.ask({"verify"});
}

/// The folder that holds cdnow/ and cdnow-sample/, where it is given; what is left out is said.
std::optional<fs::path> test_data() {
  const char* folder = std::getenv("UPLINE_TEST_DATA");
  if (folder != nullptr && *folder != '\0') return folder;
  WARN("skipped: UPLINE_TEST_DATA does not name the folder that holds cdnow/ and cdnow-sample/");
  return std::nullopt;
}

}  // namespace

TEST_CASE("the books of the demonstration shop are as expected, also rebuilt, and imported twice", "[demo]") {
  import_and_compare(ShopUnderTest(), demo_folder());
}

TEST_CASE("the books of the sample are as expected, also rebuilt, and imported twice", "[demo][full]") {
  if (const auto data = test_data()) import_and_compare(ShopUnderTest(), *data / "cdnow-sample");
}

TEST_CASE("the books of all of CDNOW are as expected, also rebuilt, and imported twice", "[demo][full]") {
  if (const auto data = test_data()) import_and_compare(ShopUnderTest(), *data / "cdnow");
}

TEST_CASE("without a file of keys somebody else delivers, and the books are the same", "[demo]") {
  const ShopUnderTest shop;
  const auto history = shop.folder() / "without-keys";
  copy_demo(history, [](const std::string& name, std::string text) { return name == "keys.csv" ? "" : text; });
  shop.ask({"import", history.string()});
  books_must_be_as_expected(shop, demo_folder() / "expected");
  totals_must_be_as_expected(shop, demo_folder() / "expected");

  const auto events = shop.ask({"events", "--limit", "1000000", "--format", "csv"});
  const auto has_event = [&](const std::string& text) { return events.find(text) != std::string::npos; };
  CHECK(has_event("\"\"fulfilment\"\":\"\"external\"\""));
  CHECK_FALSE(has_event("\"\"fulfilment\"\":\"\"key-pool\"\""));
  CHECK(has_event(",OrderDelivered,"));
  CHECK_FALSE(has_event(",KeysDelivered,"));
  shop.ask({"verify"});
}

TEST_CASE("in a declared token the amounts are the same", "[demo]") {
  const ShopUnderTest shop("USDT");
  const auto history = shop.folder() / "token";
  copy_demo(history, [](const std::string& name, std::string text) {
    if (name == "plan.toml") return text + "\n[currencies]\nUSDT = 6\n";
    for (auto at = text.find(",USD"); at != std::string::npos; at = text.find(",USD", at + 1)) text.insert(at + 4, "T");
    return text;
  });
  shop.ask({"import", history.string()});
  books_must_be_as_expected(shop, demo_folder() / "expected", "USDT");
  const auto top = shop.ask({"balances", "--top", "1", "--as-of", "1999-01-01T00:00:00Z"});
  CHECK(top.find("0.411797 USDT") != std::string::npos);
  shop.ask({"verify"});
}
