// Orders placed and paid at once by many clients through one writer: orders per second, commands per commit, how long
// the queue grew, and what one order costs when it is alone.

#include "bench/card_shop.hpp"
#include "eventstore/writer.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

namespace fs = std::filesystem;
using namespace upline;
using Seconds = std::chrono::duration<double>;

/// One client: place, pay, and on to the next.
void buy(eventstore::Writer& writer, int client, int orders, std::atomic<std::size_t>& queue_longest) {
  for (int i = 0; i < orders; ++i) {
    const int order = client * orders + i;
    bench::must_append(writer.run(bench::place(order, client)));
    bench::must_append(writer.run(bench::pay(order)));
    const auto waiting = writer.stats().queue_length;
    for (auto longest = queue_longest.load();
         waiting > longest && !queue_longest.compare_exchange_weak(longest, waiting);) {
    }
  }
}

void measure(const fs::path& scratch, int clients, int orders) {
  const bench::ScratchShop place(scratch);
  eventstore::Shop shop(place.location());
  bench::fill_card_shop(shop, clients, clients * orders);
  std::atomic<std::size_t> queue_longest{};
  const auto begun = std::chrono::steady_clock::now();
  eventstore::WriterStats stats;
  {
    eventstore::Writer writer(shop.handler());
    std::vector<std::thread> threads;
    threads.reserve(static_cast<std::size_t>(clients));
    for (int client = 0; client < clients; ++client) {
      threads.emplace_back([&, client] { buy(writer, client, orders, queue_longest); });
    }
    for (auto& thread : threads) thread.join();
    stats = writer.stats();
  }
  const auto seconds = Seconds(std::chrono::steady_clock::now() - begun).count();
  const auto commands = static_cast<double>(stats.commands);
  std::cout << fmt::format(
      "{:4} clients: {:7.0f} orders/s, {:7.0f} commands/s, {:5.2f} commands a commit, queue at most {}, {:.2f} commits "
      "an "
      "order\n",
      clients, clients * orders / seconds, commands / seconds, commands / static_cast<double>(stats.commits),
      queue_longest.load(), static_cast<double>(stats.commits) / (clients * orders));
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Measures how fast orders are placed and paid.");
  fs::path scratch = fs::temp_directory_path();
  std::vector<int> clients{1, 16, 64, 256};
  int orders = 50;
  app.add_option("--scratch", scratch, "Where the shops are made (a real disk, for durable commits)");
  app.add_option("--clients", clients, "How many buy at once");
  app.add_option("--orders", orders, "Orders of each");
  CLI11_PARSE(app, argc, argv);
  for (const auto count : clients) measure(scratch, count, orders);
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "bench_selling: " << error.what() << '\n';
  return EXIT_FAILURE;
}
