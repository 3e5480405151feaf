// What it costs to open a shop and run one command, at few events and at many: statements run, and microseconds.

#include "eventstore/shop.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace upline;
using domain::Timestamp;

constexpr Timestamp history_begins{1'700'000'000'000'000};

class GrowingShop {
 public:
  explicit GrowingShop(const fs::path& scratch)
      : data_(scratch / fmt::format("upline-bench-{}", ::getpid())), location_{data_, "bench", data_ / "vault.key"} {
    fs::remove_all(data_);
    eventstore::prepare_shop(location_);
    eventstore::Shop shop(location_);
    run(shop, {domain::OpenShop{{"CNY"}, history_begins},
               domain::PublishPlan{{"default"}, {.rates = domain::PercentRates{{{1000}, {500}}}}, history_begins},
               domain::ChooseDefaultPlan{{"default"}, history_begins},
               domain::AddProduct{{"p"}, "Card", {999}, {"CNY"}, domain::Fulfilment::external, history_begins},
               domain::EnrolMember{.member = {"a"}, .occurred_at = history_begins},
               domain::EnrolMember{.member = {"b"}, .referrer = domain::MemberId{"a"}, .occurred_at = history_begins},
               domain::EnrolMember{.member = {"c"}, .referrer = domain::MemberId{"b"}, .occurred_at = history_begins}});
  }
  ~GrowingShop() { fs::remove_all(data_); }
  GrowingShop(const GrowingShop&) = delete;
  GrowingShop& operator=(const GrowingShop&) = delete;

  /// Records purchases, five events each, until the log holds this many events.
  void grow_to(std::uint64_t events) {
    eventstore::Shop shop(location_);
    while (shop.store().head().position.value < events) {
      std::vector<domain::Command> commands;
      for (int i = 0; i < 5000; ++i) commands.push_back(purchase());
      run(shop, std::move(commands));
    }
  }

  void measure() {
    std::vector<double> microseconds;
    std::uint64_t statements = 0;
    for (int i = 0; i < 21; ++i) {
      const auto begun = std::chrono::steady_clock::now();
      eventstore::Shop shop(location_);
      run(shop, {purchase()});
      microseconds.push_back(
          std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begun).count());
      statements = shop.store().statements_run();
    }
    std::ranges::sort(microseconds);
    std::cout << fmt::format("opening: {} events: open and one purchase: {} statements, median {:.0f} us, {:.0f} MiB\n",
                             eventstore::Shop(location_).store().head().position.value, statements,
                             microseconds[microseconds.size() / 2],
                             static_cast<double>(fs::file_size(location_.folder() / "events.db")) / (1024.0 * 1024.0));
  }

 private:
  domain::RecordPurchase purchase() {
    ++orders_;
    return {{fmt::format("o{:012}", orders_)},
            {"c"},
            {"p"},
            {1},
            {999},
            {"CNY"},
            "bench",
            history_begins + domain::Duration{static_cast<std::int64_t>(orders_)}};
  }

  static void run(eventstore::Shop& shop, std::vector<domain::Command> commands) {
    std::vector<eventstore::Request> requests;
    for (auto& command : commands) requests.push_back({.command = std::move(command), .actor = "bench"});
    for (const auto& outcome : shop.handler().execute(requests)) {
      if (outcome.answer != eventstore::Answer::appended) throw std::runtime_error("a command was not accepted");
    }
  }

  fs::path data_;
  eventstore::ShopLocation location_;
  std::uint64_t orders_{};
};

}  // namespace

int main(int argc, char** argv) try {
  std::string scratch = ".";
  std::vector<std::uint64_t> sizes{1'000, 100'000, 5'000'000};
  CLI::App app("Opens a shop and runs one command, at growing numbers of events.");
  app.add_option("--scratch", scratch, "where the shop is made (default: here)");
  app.add_option("--events", sizes, "at which sizes to measure (default 1000 100000 5000000)");
  CLI11_PARSE(app, argc, argv);
  GrowingShop shop(scratch);
  for (const auto size : sizes) {
    shop.grow_to(size);
    shop.measure();
  }
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "opening_cost: " << error.what() << '\n';
  return EXIT_FAILURE;
}
