// Orders placed and paid at once by many clients through one writer: orders per second, commands per commit, how long
// the queue grew, and what one order costs when it is alone.

#include "domain/command.hpp"
#include "eventstore/shop.hpp"
#include "eventstore/writer.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace upline;
using Seconds = std::chrono::duration<double>;

constexpr int keys_a_command = 1000;

void must(const eventstore::Outcome& outcome) {
  if (outcome.answer == eventstore::Answer::appended) return;
  throw std::runtime_error(outcome.rejection ? std::string(code(outcome.rejection->reason)) : "a command failed");
}

/// A shop with a chain of three above every buyer, and one key for each order to come.
void prepare(const eventstore::ShopLocation& location, int clients, int orders) {
  eventstore::prepare_shop(location);
  eventstore::Shop shop(location);
  const auto now = eventstore::system_clock_now();
  std::vector<eventstore::Request> requests;
  const auto add = [&](domain::Command command) {
    requests.push_back({.command = std::move(command), .dated = false});
  };
  add(domain::OpenShop{{"CNY"}, now});
  add(domain::ChangeLevelLimit{3, "bench", now});
  add(domain::PublishPlan{{"plan"}, {.rates = domain::PercentRates{{{1000}, {500}, {250}}}}, now});
  add(domain::ChooseDefaultPlan{{"plan"}, now});
  add(domain::AddProduct{{"card"}, "Card", {999}, {"CNY"}, domain::Fulfilment::key_pool, now});
  add(domain::EnrolMember{.member = {"a"}});
  add(domain::EnrolMember{.member = {"b"}, .referrer = domain::MemberId{"a"}});
  add(domain::EnrolMember{.member = {"c"}, .referrer = domain::MemberId{"b"}});
  for (int client = 0; client < clients; ++client) {
    add(domain::EnrolMember{.member = {fmt::format("m{}", client)}, .referrer = domain::MemberId{"c"}});
  }
  for (int key = 0; key < clients * orders;) {
    eventstore::Request import{.command = domain::ImportKeys{.product = {"card"}, .batch = {"b"}, .release = true},
                               .dated = false};
    for (int i = 0; i < keys_a_command && key < clients * orders; ++i) {
      import.secrets.push_back(fmt::format("KEY-{:012}", key++));
    }
    requests.push_back(std::move(import));
  }
  for (const auto& outcome : shop.handler().execute(requests)) must(outcome);
}

/// One client: place, pay, and on to the next.
void buy(eventstore::Writer& writer, int client, int orders, std::atomic<std::size_t>& queue_longest) {
  for (int i = 0; i < orders; ++i) {
    const domain::OrderId order{fmt::format("o{}-{}", client, i)};
    must(writer.run(
        {.command =
             domain::PlaceOrder{
                 .order = order, .member = {fmt::format("m{}", client)}, .product = {"card"}, .quantity = {1}},
         .dated = false}));
    must(writer.run({.command = domain::PayOrder{.payment = {"p-" + order.value},
                                                 .order = order,
                                                 .amount = {999},
                                                 .currency = {"CNY"},
                                                 .channel = "alipay"},
                     .dated = false}));
    const auto waiting = writer.stats().queue_length;
    for (auto longest = queue_longest.load();
         waiting > longest && !queue_longest.compare_exchange_weak(longest, waiting);) {
    }
  }
}

void measure(const fs::path& scratch, int clients, int orders) {
  const auto data = scratch / fmt::format("upline-bench-{}", ::getpid());
  fs::remove_all(data);
  const eventstore::ShopLocation location{data, "bench", data / "vault.key"};
  prepare(location, clients, orders);
  eventstore::Shop shop(location);
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
  fs::remove_all(data);
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
