// Many processes sell at once: no key goes to two orders, none is lost, and what the books say holds.

#include "tests/cli/program.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace upline::tests;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t orders = 12;
constexpr std::size_t keys = 8;

void must_do(const fs::path& folder, Arguments arguments) {
  const auto done = run_upline(folder, std::move(arguments));
  INFO(done.err);
  REQUIRE(done.exit_code == 0);
}

void open_shop_with_keys(const fs::path& folder) {
  must_do(folder, {"init", "--shop", "S", "--currency", "CNY"});
  must_do(folder, {"product", "add", "game", "--title", "Game", "--price-minor", "999", "--currency", "CNY"});
  must_do(folder, {"policy", "set", "open-per-buyer", "100", "--reason", "a test"});
  must_do(folder, {"member", "add", "bob"});
  std::ofstream file(folder / "keys.txt");
  for (std::size_t i = 1; i <= keys; ++i) file << "SECRET-" << i << '\n';
  file.close();
  must_do(folder, {"keys", "import", "game", "keys.txt", "--batch", "b1", "--release"});
}

std::string order_name(std::size_t i) { return "o" + std::to_string(i); }

/// The same for every order, all at the same time.
template <class Make>
std::vector<Finished> all_at_once(const fs::path& folder, Make arguments_of) {
  std::vector<std::unique_ptr<Program>> running;
  for (std::size_t i = 0; i < orders; ++i) running.push_back(std::make_unique<Program>(folder, arguments_of(i)));
  std::vector<Finished> finished;
  for (auto& program : running) finished.push_back(program->wait());
  return finished;
}

}  // namespace

TEST_CASE("processes that sell at once never sell a key twice", "[sell][slow]") {
  const TempFolder temp;
  const auto& folder = temp.path();
  open_shop_with_keys(folder);

  const auto placed = all_at_once(folder, [](std::size_t i) -> Arguments {
    return {"order", "place", order_name(i), "--member", "bob", "--product", "game"};
  });
  std::set<std::size_t> sold;
  for (std::size_t i = 0; i < orders; ++i) {
    if (placed[i].exit_code == 0) sold.insert(i);
    if (placed[i].exit_code != 0) CHECK(placed[i].err.starts_with("upline: out_of_stock: "));
  }
  CHECK(sold.size() == keys);

  const auto paid = all_at_once(folder, [](std::size_t i) -> Arguments {
    return {"order",          "pay", order_name(i), "--payment", "p" + order_name(i),
            "--amount-minor", "999", "--currency",  "CNY"};
  });
  std::set<std::string> secrets;
  for (const auto i : sold) {
    CHECK(paid[i].exit_code == 0);
    const auto shown = run_upline(folder, {"order", "keys", order_name(i), "--format", "json"});
    const auto delivered = nlohmann::json::parse(shown.out).at("keys");
    REQUIRE(delivered.size() == 1);
    secrets.insert(delivered[0].at("key").get<std::string>());
  }
  CHECK(secrets.size() == keys);
  must_do(folder, {"verify"});
}

TEST_CASE("processes that import the same keys at once take in each key once", "[sell][slow]") {
  const TempFolder temp;
  const auto& folder = temp.path();
  open_shop_with_keys(folder);
  std::ofstream file(folder / "more.txt");
  for (std::size_t i = 1; i <= 3000; ++i) file << "MORE-" << i << '\n';
  file.close();

  const auto imported = all_at_once(folder, [](std::size_t i) -> Arguments {
    return {"keys", "import", "game", "more.txt", "--batch", order_name(i), "--format", "json"};
  });
  std::size_t sum = 0;
  for (const auto& finished : imported) sum += nlohmann::json::parse(finished.out).at("imported").get<std::size_t>();
  CHECK(sum == 3000);
  must_do(folder, {"verify"});
}

TEST_CASE("one payment that a gateway reports many times at once is one payment", "[sell]") {
  const TempFolder temp;
  const auto& folder = temp.path();
  open_shop_with_keys(folder);
  must_do(folder, {"order", "place", "o1", "--member", "bob", "--product", "game"});

  const auto paid = all_at_once(folder, [](std::size_t) -> Arguments {
    return {"order", "pay", "o1", "--payment", "p1", "--amount-minor", "999", "--currency", "CNY", "--format", "json"};
  });
  std::size_t appended = 0;
  for (const auto& finished : paid) {
    CHECK(finished.exit_code == 0);
    const auto answer = nlohmann::json::parse(finished.out);
    if (answer.at("outcome") == "appended") ++appended;
    CHECK(answer.at("order").at("keys") == nlohmann::json::parse(R"([{"number":1}])"));
  }
  CHECK(appended == 1);
}
