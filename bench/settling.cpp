// A settlement of very many members: how long it takes, how much memory, and how long orders wait meanwhile.

#include "projections/settling.hpp"

#include "eventstore/event_codec.hpp"
#include "eventstore/settlement_lines.hpp"
#include "eventstore/shop.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace upline;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr domain::Timestamp earned_at{1'750'000'000'000'000};

void must(const eventstore::Outcome& outcome) {
  if (outcome.answer == eventstore::Answer::appended) return;
  throw std::runtime_error(outcome.rejection ? std::string(code(outcome.rejection->reason)) : "a command failed");
}

void prepare(eventstore::Shop& shop) {
  const auto now = eventstore::system_clock_now();
  const std::vector<eventstore::Request> requests{
      {.command = domain::OpenShop{{"CNY"}, now}, .dated = false},
      {.command = domain::AddProduct{{"card"}, "Card", {999}, {"CNY"}, domain::Fulfilment::external, now},
       .dated = false},
      {.command = domain::EnrolMember{.member = {"buyer"}}, .dated = false}};
  for (const auto& outcome : shop.handler().execute(requests)) must(outcome);
}

/// Accruals as a history of many years would have left them, without the sales that they came from, and member by
/// member, which is quicker to write.
void make_entries(eventstore::EventStore& store, int members, int entries_each) {
  constexpr int per_commit = 100'000;
  const auto now = eventstore::system_clock_now();
  std::uint64_t made = 0;
  const auto total = static_cast<std::uint64_t>(members) * static_cast<std::uint64_t>(entries_each);
  while (made < total) {
    const auto pen = store.take_pen(std::chrono::seconds(60));
    for (int i = 0; i < per_commit && made < total; ++i, ++made) {
      const domain::Event event = domain::CommissionAccrued{{fmt::format("o{}", made)},
                                                            {1},
                                                            {"plan"},
                                                            {1},
                                                            {domain::RateKind::basis_points, 1000},
                                                            {9990},
                                                            {static_cast<std::int64_t>(100 + made % 900)},
                                                            {"CNY"},
                                                            earned_at};
      const auto& format = eventstore::format_of(event);
      pen->append({.stream = fmt::format("account/m{:07}", made / static_cast<std::uint64_t>(entries_each)),
                   .type = format.type,
                   .schema = format.schema,
                   .occurred_at = earned_at,
                   .payload = eventstore::encode_payload(event)},
                  now);
    }
    pen->commit();
  }
}

/// Sells by itself, as another process would, and remembers how long each order took.
class Orders {
 public:
  explicit Orders(const eventstore::ShopLocation& location) : location_(location), thread_([this] { sell(); }) {}
  ~Orders() { stop(); }

  std::vector<double> stop() {
    stopped_ = true;
    if (thread_.joinable()) thread_.join();
    std::ranges::sort(milliseconds_);
    return milliseconds_;
  }

 private:
  void sell() {
    eventstore::Shop shop(location_);
    for (int i = 0; !stopped_; ++i) {
      const eventstore::Request request{
          .command =
              domain::RecordPurchase{{fmt::format("live-{}", i)}, {"buyer"}, {"card"}, {1}, {999}, {"CNY"}, "bench"},
          .dated = false};
      const auto begun = Clock::now();
      must(shop.handler().execute({&request, 1}).front());
      milliseconds_.push_back(1000 * Seconds(Clock::now() - begun).count());
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  eventstore::ShopLocation location_;
  std::atomic<bool> stopped_{};
  std::vector<double> milliseconds_;
  std::thread thread_;
};

/// Of this thread: what a machine with nothing else to do would need at least.
double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double peak_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void measure(const eventstore::ShopLocation& location, std::size_t lines_per_chunk) {
  eventstore::Shop shop(location);
  const std::array only_balances{&projections::commission_balances_projection()};
  projections::ReadModels models(shop.store(), location.views(), only_balances);
  models.catch_up();
  const projections::Execute execute = [&](const eventstore::Request& request) {
    return shop.handler().execute({&request, 1}).front();
  };
  Orders orders(location);
  const auto cpu_begun = cpu_seconds();
  const auto begun = Clock::now();
  const auto settled = settle(shop.store(), models, execute,
                              {.settlement = {"all"}, .terms = {eventstore::system_clock_now(), {1}, {0}, "flat:600"}},
                              "bench", {.lines_per_chunk = lines_per_chunk});
  const auto seconds = Seconds(Clock::now() - begun).count();
  const auto cpu = cpu_seconds() - cpu_begun;
  const auto waits = orders.stop();
  if (!settled) throw std::runtime_error(std::string(code(settled.error().reason)));
  const auto at = [&](double share) {
    return waits.empty() ? 0.0 : waits[static_cast<std::size_t>(share * static_cast<double>(waits.size() - 1))];
  };
  const auto read_begun = Clock::now();
  std::uint64_t lines = 0;
  read_lines(shop.store(), {"all"}, settled->attempt, {},
             [&](const eventstore::SettlementLine&) { return ++lines > 0; });
  std::cout << fmt::format(
      "settling: {} lines in {:.1f} s, {:.1f} s of them computing ({:.0f} lines/s), peak memory {:.0f} MiB; {} orders "
      "meanwhile, p50 {:.1f} ms, "
      "p99 {:.1f} ms, most {:.1f} ms; its lines read back in {:.1f} s\n",
      settled->lines, seconds, cpu, static_cast<double>(settled->lines) / seconds, peak_mib(), waits.size(), at(0.5),
      at(0.99), at(1), Seconds(Clock::now() - read_begun).count());
}

}  // namespace

int main(int argc, char** argv) try {
  std::string scratch = ".";
  int members = 1'000'000;
  int entries_each = 10;
  std::size_t lines_per_chunk = 1000;
  CLI::App app("Settles a shop of many members while it sells.");
  app.add_option("--scratch", scratch, "where the shop is made (default: here; measure on a real disk)");
  app.add_option("--members", members, "default 1,000,000");
  app.add_option("--entries", entries_each, "of each member, default 10");
  app.add_option("--chunk", lines_per_chunk, "lines in one commit, default 1000");
  CLI11_PARSE(app, argc, argv);
  const auto data = fs::path(scratch) / fmt::format("upline-settling-{}", ::getpid());
  const eventstore::ShopLocation location{data, "bench", data / "vault.key"};
  eventstore::prepare_shop(location);
  {
    eventstore::Shop shop(location);
    prepare(shop);
    make_entries(shop.store(), members, entries_each);
  }
  measure(location, lines_per_chunk);
  fs::remove_all(data);
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "bench_settling: " << error.what() << '\n';
  return EXIT_FAILURE;
}
