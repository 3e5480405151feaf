// Writes an import folder of any size: a made-up shop with a referral forest, a few products of which some are hot, and
// refunds. The same arguments give the same files.

#include "domain/time.hpp"

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

struct Size {
  std::string folder;
  std::uint64_t purchases{100'000};
  std::uint64_t members{30'000};
  std::uint64_t products{100};
  bool keys{true};
};

constexpr std::int64_t price_minor = 999;
constexpr std::int64_t start_us = 1'700'000'000'000'000;
constexpr std::int64_t step_us = 1'000'000;

class History {
 public:
  explicit History(const Size& size) : size_(size), folder_(size.folder), sold_(size.products) {}

  void write() {
    std::filesystem::create_directories(folder_);
    open("plan.toml") << "id = \"default\"\nrates_bp = [1000, 500, 250]\nhold = \"7d\"\n\n[policy]\nmax_levels = 3\n"
                         "max_levels_reason = \"a made-up history with three levels\"\n";
    write_products();
    write_history();
    if (size_.keys) write_keys();
  }

 private:
  std::ofstream open(const std::string& name) const { return std::ofstream(folder_ / name, std::ios::binary); }

  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
  }

  /// The smaller of two draws: low numbers come more often, as hot products and hot promoters do.
  std::uint64_t hot_below(std::uint64_t bound) { return std::min(below(bound), below(bound)); }

  static std::string time(std::uint64_t tick) {
    return upline::domain::format_rfc3339({start_us + static_cast<std::int64_t>(tick) * step_us});
  }

  void write_products() const {
    auto out = open("products.csv");
    out << "product_id,title,unit_price_minor,currency\n";
    for (std::uint64_t i = 0; i < size_.products; ++i) out << fmt::format("p{0},Card {0},{1},CNY\n", i, price_minor);
  }

  /// Members join evenly over the history; each buys only after joining.
  void write_history() {
    auto members = open("members.csv");
    auto purchases = open("purchases.csv");
    auto refunds = open("refunds.csv");
    members << "member_id,joined_at,referrer_id\n";
    purchases << "order_id,member_id,product_id,quantity,amount_minor,currency,paid_at\n";
    refunds << "refund_id,order_id,amount_minor,refunded_at\n";
    std::uint64_t joined = 0;
    for (std::uint64_t i = 0; i < size_.purchases; ++i) {
      for (; joined == 0 || joined * size_.purchases < i * size_.members; ++joined) {
        const bool has_referrer = joined > 0 && below(4) != 0;
        members << fmt::format("m{:08},{},{}\n", joined, time(i),
                               has_referrer ? fmt::format("m{:08}", hot_below(joined)) : "");
      }
      const auto product = hot_below(size_.products);
      ++sold_[product];
      purchases << fmt::format("o{:09},m{:08},p{},1,{},CNY,{}\n", i, below(joined), product, price_minor, time(i));
      if (below(50) == 0) refunds << fmt::format("r{0:09},o{0:09},{1},{2}\n", i, 1 + below(price_minor), time(i + 1));
    }
  }

  void write_keys() const {
    auto out = open("keys.csv");
    out << "product_id,batch_id,secret\n";
    for (std::uint64_t product = 0; product < size_.products; ++product) {
      for (std::uint64_t i = 0; i < sold_[product]; ++i)
        out << fmt::format("p{},b1,K{:04}-{:012}\n", product, product, i);
    }
  }

  const Size& size_;
  std::filesystem::path folder_;
  std::mt19937_64 random_{42};
  std::vector<std::uint64_t> sold_;
};

}  // namespace

int main(int argc, char** argv) try {
  Size size;
  CLI::App app("Writes a made-up shop's history as an import folder.");
  app.add_option("folder", size.folder)->required();
  app.add_option("--purchases", size.purchases, "default 100000");
  app.add_option("--members", size.members, "default 30000");
  app.add_option("--products", size.products, "default 100");
  app.add_flag("!--no-keys", size.keys, "leave keys.csv out");
  CLI11_PARSE(app, argc, argv);
  History(size).write();
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "make_history: " << error.what() << '\n';
  return EXIT_FAILURE;
}
