// What the pen itself costs: orders placed and paid in batches of a given size by one thread, without clients, queues
// or sockets.
#include "eventstore/shop.hpp"

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
using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

constexpr int buyers = 1000;
constexpr int keys_a_command = 1000;

using Requests = std::vector<eventstore::Request>;

std::uint64_t run(eventstore::Shop& shop, const Requests& requests) {
  std::uint64_t last{};
  for (const auto& outcome : shop.handler().execute(requests)) {
    if (outcome.answer != eventstore::Answer::appended) {
      throw std::runtime_error(outcome.rejection ? std::string(code(outcome.rejection->reason)) : "a command failed");
    }
    last = outcome.last.value;
  }
  return last;
}

/// A shop with a chain of three above every buyer, and one key for each order to come.
void prepare(eventstore::Shop& shop, int orders) {
  const auto now = eventstore::system_clock_now();
  Requests requests;
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
  for (int i = 0; i < buyers; ++i) {
    add(domain::EnrolMember{.member = {fmt::format("m{}", i)}, .referrer = domain::MemberId{"c"}});
  }
  for (int key = 0; key < orders;) {
    eventstore::Request import{.command = domain::ImportKeys{.product = {"card"}, .batch = {"b"}, .release = true},
                               .dated = false};
    for (int i = 0; i < keys_a_command && key < orders; ++i) import.secrets.push_back(fmt::format("KEY-{:012}", key++));
    requests.push_back(std::move(import));
  }
  run(shop, requests);
}

Requests places(int first, int count) {
  Requests requests;
  requests.reserve(static_cast<std::size_t>(count));
  for (int i = first; i < first + count; ++i) {
    requests.push_back({.command = domain::PlaceOrder{.order = {fmt::format("o{:09}", i)},
                                                      .member = {fmt::format("m{}", i % buyers)},
                                                      .product = {"card"},
                                                      .quantity = {1}},
                        .dated = false});
  }
  return requests;
}

Requests payments(int first, int count) {
  Requests requests;
  requests.reserve(static_cast<std::size_t>(count));
  for (int i = first; i < first + count; ++i) {
    requests.push_back({.command = domain::PayOrder{.payment = {fmt::format("p{:09}", i)},
                                                    .order = {fmt::format("o{:09}", i)},
                                                    .amount = {999},
                                                    .currency = {"CNY"},
                                                    .channel = "alipay"},
                        .dated = false});
  }
  return requests;
}

std::uintmax_t bytes_of(const fs::path& data) {
  std::uintmax_t sum{};
  for (const auto& entry : fs::recursive_directory_iterator(data)) {
    if (entry.is_regular_file() && !entry.path().string().ends_with("-wal")) sum += entry.file_size();
  }
  return sum;
}

void measure(const fs::path& scratch, int batch, int orders) {
  const auto data = scratch / fmt::format("upline-bench-{}", ::getpid());
  fs::remove_all(data);
  const eventstore::ShopLocation location{data, "bench", data / "vault.key"};
  eventstore::prepare_shop(location);
  eventstore::Shop shop(location);
  prepare(shop, orders);
  const auto bytes_before = bytes_of(data);
  const auto events_before = shop.store().head().position.value;
  Microseconds placing{};
  Microseconds paying{};
  Microseconds committing{};
  std::uint64_t last{};
  for (int first = 0; first < orders; first += batch) {
    const auto count = std::min(batch, orders - first);
    const auto place = places(first, count);
    const auto pay = payments(first, count);
    const auto began = Clock::now();
    run(shop, place);
    const auto placed = Clock::now();
    committing += shop.handler().commit_time();
    last = run(shop, pay);
    paying += Clock::now() - placed;
    placing += placed - began;
    committing += shop.handler().commit_time();
  }
  const auto each = [&](Microseconds time) { return time.count() / orders; };
  std::cout << fmt::format(
      "batches of {:4}: an order costs {:6.2f} us (place {:.2f}, pay {:.2f}; {:.2f} of it in commits), {:.1f} events, "
      "{:.0f} bytes; {:.0f} orders/s\n",
      batch, each(placing + paying), each(placing), each(paying), each(committing),
      static_cast<double>(last - events_before) / orders, static_cast<double>(bytes_of(data) - bytes_before) / orders,
      1e6 / each(placing + paying));
  fs::remove_all(data);
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
