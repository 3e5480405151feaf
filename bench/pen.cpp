// What the pen itself costs: orders placed and paid in batches of a given size by one thread, without clients, queues
// or sockets.
#include "bench/card_shop.hpp"

#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

namespace fs = std::filesystem;
using namespace upline;
using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

constexpr int buyers = 1000;

/// Without the write-ahead log, which is used anew after each checkpoint.
std::uintmax_t bytes_of(const fs::path& data) {
  std::uintmax_t sum{};
  for (const auto& entry : fs::recursive_directory_iterator(data)) {
    if (entry.is_regular_file() && !entry.path().string().ends_with("-wal")) sum += entry.file_size();
  }
  return sum;
}

struct Spent {
  Microseconds placing{};
  Microseconds paying{};
  Microseconds committing{};
};

Spent sell(eventstore::Shop& shop, int batch, int orders) {
  Spent spent;
  const auto timed = [&](const bench::Requests& requests, Microseconds& sum) {
    const auto began = Clock::now();
    bench::run(shop, requests);
    sum += Clock::now() - began;
    spent.committing += shop.handler().commit_time();
  };
  for (int first = 0; first < orders; first += batch) {
    bench::Requests places;
    bench::Requests payments;
    for (int order = first; order < std::min(first + batch, orders); ++order) {
      places.push_back(bench::place(order, order % buyers));
      payments.push_back(bench::pay(order));
    }
    timed(places, spent.placing);
    timed(payments, spent.paying);
  }
  return spent;
}

void measure(const fs::path& scratch, int batch, int orders) {
  const bench::ScratchShop place(scratch);
  eventstore::Shop shop(place.location());
  bench::fill_card_shop(shop, buyers, orders);
  const auto bytes_before = bytes_of(place.location().data);
  const auto events_before = shop.store().head().position.value;
  const auto spent = sell(shop, batch, orders);
  const auto each = [&](auto sum) { return static_cast<double>(sum) / orders; };
  const auto total = each((spent.placing + spent.paying).count());
  std::cout << fmt::format(
      "batches of {:4}: an order costs {:6.2f} us (place {:.2f}, pay {:.2f}; {:.2f} of it in commits), {:.1f} events, "
      "{:.0f} bytes; {:.0f} orders/s\n",
      batch, total, each(spent.placing.count()), each(spent.paying.count()), each(spent.committing.count()),
      each(shop.store().head().position.value - events_before), each(bytes_of(place.location().data) - bytes_before),
      1e6 / total);
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Measures what an order costs the pen.");
  fs::path scratch = fs::temp_directory_path();
  std::vector<int> batches{1, 64, 512};
  int orders = 20'000;
  app.add_option("--scratch", scratch, "Where the shops are made (a real disk, for durable commits)");
  app.add_option("--batches", batches, "Commands a commit");
  app.add_option("--orders", orders, "Orders for each");
  CLI11_PARSE(app, argc, argv);
  for (const auto batch : batches) measure(scratch, batch, orders);
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "bench_pen: " << error.what() << '\n';
  return EXIT_FAILURE;
}
