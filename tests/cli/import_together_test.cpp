// Imports that are killed, and imports that run at the same time: whatever the moment, the books end the same.

#include "tests/cli/demo.hpp"

#include <array>
#include <map>
#include <random>

#include <catch2/catch.hpp>

using namespace upline::tests;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t parts = 4;
using PerPart = std::array<std::string, parts>;

/// The demonstration shop in four folders: a member, with all that is his, is where the member at the top of his tree
/// is. The plan and the products are in each, and of every product's keys as many as are bought there.
class FourFolders {
 public:
  explicit FourFolders(const fs::path& folder) {
    split_members();
    split_purchases();
    split_refunds();
    split_keys();
    for (std::size_t part = 0; part < parts; ++part) {
      folders_[part] = folder / std::to_string(part);
      copy_demo(folders_[part], [&](const std::string& name, std::string text) {
        const auto table = tables_.find(name);
        return table == tables_.end() ? text : table->second[part];
      });
    }
  }

  const std::array<fs::path, parts>& folders() const { return folders_; }

 private:
  /// Gives each line of a table to the part that `choose` says, and the header to all.
  template <class Choose>
  void split(const std::string& table, Choose choose) {
    auto& texts = tables_[table + ".csv"];
    const auto lines = demo_lines(table);
    for (auto& text : texts) text = lines.front() + '\n';
    for (std::size_t i = 1; i < lines.size(); ++i) texts[choose(cells_of(lines[i]))] += lines[i] + '\n';
  }

  void split_members() {
    std::size_t tops = 0;
    split("members", [&](const std::vector<std::string>& cells) {
      const auto part = cells[2].empty() ? tops++ % parts : part_of_member_.at(cells[2]);
      return part_of_member_[cells[0]] = part;
    });
  }

  void split_purchases() {
    split("purchases", [&](const std::vector<std::string>& cells) {
      const auto part = part_of_member_.at(cells[1]);
      needed_[cells[2]][part] += std::stoull(cells[3]);
      return part_of_order_[cells[0]] = part;
    });
  }

  void split_refunds() {
    split("refunds", [&](const std::vector<std::string>& cells) { return part_of_order_.at(cells[1]); });
  }

  void split_keys() {
    split("keys", [&](const std::vector<std::string>& cells) {
      auto& needed = needed_[cells[0]];
      std::size_t part = 0;
      while (part < parts && needed[part] == 0) ++part;
      if (part == parts) return parts - 1;  // nobody bought it
      --needed[part];
      return part;
    });
  }

  std::map<std::string, std::size_t> part_of_member_;
  std::map<std::string, std::size_t> part_of_order_;
  std::map<std::string, std::array<std::uint64_t, parts>> needed_;  // keys by product
  std::map<std::string, PerPart> tables_;
  std::array<fs::path, parts> folders_;
};

void must_succeed(const std::vector<std::unique_ptr<Program>>& programs) {
  for (const auto& program : programs) {
    const auto finished = program->wait();
    CAPTURE(finished.out, finished.err);
    CHECK(finished.exit_code == 0);
  }
}

std::string stock(const ShopUnderTest& shop) { return shop.ask({"inventory", "--format", "csv"}); }

}  // namespace

TEST_CASE("an import that is killed again and again ends like an uninterrupted one", "[demo][crash]") {
  const ShopUnderTest undisturbed;
  const auto report = undisturbed.ask({"import", demo_folder().string()});

  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::uniform_int_distribution<std::uintmax_t> some_bytes(1, 2'000'000);
  const ShopUnderTest shop;
  int kills = 0;
  for (int round = 0; round < 8; ++round) {
    if (kill_import(shop, some_bytes(random))) ++kills;
    if (round % 3 == 0) shop.ask({"verify"});
  }
  CHECK(kills > 0);

  CHECK(shop.ask({"import", demo_folder().string()}) == report);
  books_must_be_as_expected(shop, demo_folder() / "expected");
  totals_must_be_as_expected(shop, demo_folder() / "expected");
  CHECK(shop.stats().at("events") == undisturbed.stats().at("events"));
  must_be_equal(stock(undisturbed), stock(shop));
  shop.ask({"verify"});
}

TEST_CASE("four processes that import four folders into one shop end like one that imports all",
          "[demo][concurrency]") {
  const ShopUnderTest undisturbed;
  undisturbed.ask({"import", demo_folder().string()});

  const ShopUnderTest shop;
  const FourFolders four(shop.folder() / "four");
  std::vector<std::unique_ptr<Program>> programs;
  for (const auto& folder : four.folders()) programs.push_back(shop.start_import(folder));
  must_succeed(programs);

  books_must_be_as_expected(shop, demo_folder() / "expected");
  totals_must_be_as_expected(shop, demo_folder() / "expected");
  must_be_equal(stock(undisturbed), stock(shop));
  shop.ask({"verify"});
}

TEST_CASE("two processes that import the same folder at once import it once", "[demo][concurrency]") {
  const ShopUnderTest undisturbed;
  const auto report = undisturbed.ask({"import", demo_folder().string()});

  const ShopUnderTest shop;
  std::vector<std::unique_ptr<Program>> programs;
  for (int i = 0; i < 2; ++i) programs.push_back(shop.start_import(demo_folder()));
  for (const auto& program : programs) {
    const auto finished = program->wait();
    CHECK(finished.exit_code == 0);
    CHECK((finished.err.empty() ||
           finished.err == "upline: another process imports the same files; waiting for its end\n"));
    CHECK(finished.out == report);
  }
  books_must_be_as_expected(shop, demo_folder() / "expected");
  CHECK(shop.stats().at("events") == undisturbed.stats().at("events"));
  shop.ask({"verify"});
}
