// Card keys are what the shop lives from: none of them may be readable in a file of the shop or in anything said of it.

#include "tests/cli/demo.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include <catch2/catch.hpp>

using namespace upline::tests;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t secret_bytes = 19;  // UX5X-JP8Q-2U4B-XV4S
constexpr std::size_t first_dash = 4;

class Secrets {
 public:
  Secrets() {
    const auto lines = demo_lines("keys");
    for (std::size_t i = 1; i < lines.size(); ++i) secrets_.insert(cells_of(lines[i]).at(2));
    REQUIRE(secrets_.size() > 20'000);
    REQUIRE(std::ranges::all_of(
        secrets_, [](const std::string& secret) { return secret.size() == secret_bytes && has_dashes(secret); }));
  }

  const std::string& any() const { return *secrets_.begin(); }

  /// How often a secret stands in the text.
  int count_in(std::string_view text) const {
    int found = 0;
    for (auto dash = text.find('-'); dash != std::string_view::npos; dash = text.find('-', dash + 1)) {
      if (dash < first_dash || dash - first_dash + secret_bytes > text.size()) continue;
      const auto part = text.substr(dash - first_dash, secret_bytes);
      if (has_dashes(part) && secrets_.contains(std::string(part))) ++found;
    }
    return found;
  }

 private:
  static bool has_dashes(std::string_view text) { return text[4] == '-' && text[9] == '-' && text[14] == '-'; }

  std::unordered_set<std::string> secrets_;
};

int count_in_files(const Secrets& secrets, const fs::path& folder) {
  int found = 0;
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const auto here = secrets.count_in(read_text(entry.path()));
    if (here > 0) UNSCOPED_INFO(entry.path().filename().string() << " holds " << here);
    found += here;
  }
  CHECK(files > 5);
  return found;
}

}  // namespace

TEST_CASE("no card key can be read in any file of the shop, also after a crash, nor in any output", "[demo][secrets]") {
  const Secrets secrets;
  REQUIRE(secrets.count_in("xx" + secrets.any() + "-" + secrets.any()) == 2);  // it would be found

  const ShopUnderTest shop;
  CHECK(kill_import(shop, 3'000'000));
  CHECK(count_in_files(secrets, shop.folder() / "D") == 0);

  std::string said = shop.ask({"import", demo_folder().string()});
  for (const auto* format : {"table", "csv", "json"}) {
    said += shop.ask({"events", "--limit", "1000000", "--format", format});
    said += shop.ask({"inventory", "--format", format});
    said += shop.ask({"stats", "--format", format});
  }
  said += shop.ask({"audit", "order", "cd037128"});
  said += shop.ask({"audit", "order", "cd037128", "--format", "json"});
  said += shop.ask({"verify"});
  said += shop.ask({"rebuild"});
  CHECK(secrets.count_in(said) == 0);
  CHECK(count_in_files(secrets, shop.folder() / "D") == 0);

  INFO("the keys are imported a second time, as another import, and refused");
  copy_demo(shop.folder() / "keys-again",
            [](const std::string& name, std::string text) { return name == "keys.csv" ? text : ""; });
  const auto refused =
      run_upline(shop.folder(), ShopUnderTest::with_shop({"import", "keys-again", "--rejects", "D/rejects.csv"}));
  CHECK(refused.exit_code == 3);
  CHECK(secrets.count_in(refused.out + refused.err) == 0);
  CHECK(count_in_files(secrets, shop.folder() / "D") == 0);
}
