// What the log itself takes: the events of orders appended by the pen, with salt, hash, tree, claims and stream
// look-ups, decided and encoded beforehand; so many events a commit, each commit durable. As in an import, one thread
// appends while another brings the batch before to the disk. Says events per second in JSON.
#include "bench/growth.hpp"
#include "bench/ids.hpp"
#include "eventstore/commit_aside.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/shop.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace upline;
using eventstore::ClaimKind;

constexpr std::uint64_t events_an_order = 6;
constexpr int members = 100'000;

/// Payload and numbers of one kind of event, encoded once.
struct Encoded {
  explicit Encoded(const domain::Event& event)
      : type(eventstore::format_of(event).type),
        schema(eventstore::format_of(event).schema),
        payload(eventstore::encode_payload(event)) {}
  std::uint16_t type;
  std::uint16_t schema;
  std::vector<std::uint8_t> payload;
};

Encoded accrued() {
  return Encoded(domain::CommissionAccrued{.order = {std::string(36, 'o')},
                                           .level = {1},
                                           .plan = {"plan"},
                                           .plan_version = {1},
                                           .rate = {domain::RateKind::basis_points, 1000},
                                           .base = {999},
                                           .amount = {99},
                                           .currency = {"CNY"},
                                           .available_at = eventstore::system_clock_now()});
}

Encoded paid() {
  const domain::FrozenChain chain{.plan = {"plan"}, .version = {1}, .upline = {{"m50000"}, {"m12345"}, {"m123"}}};
  return Encoded(domain::PaymentReceived{.payment = domain::PaymentId{std::string(36, 'p')},
                                         .amount = {999},
                                         .currency = {"CNY"},
                                         .channel = "alipay",
                                         .chain = chain});
}

enum class Threads : std::uint8_t { one, two };

/// Appends what orders bring: one event for a placed order, and for its payment, a commit later, five more.
class Orders {
 public:
  Orders(const eventstore::ShopLocation& location, bench::IdOrder ids, Threads threads)
      : file_(location.folder() / "events.db"), shop_(location), ids_(ids), threads_(threads) {}

  std::uint64_t appended() const { return appended_; }
  const fs::path& file() const { return file_; }

  void commit(std::uint64_t events) {
    auto pen = take_pen();
    const auto now = eventstore::system_clock_now();
    const auto orders = std::max<std::uint64_t>(1, events / events_an_order);
    for (const auto& order : placed_) pay(*pen, order, now);
    placed_.clear();
    for (std::uint64_t i = 0; i < orders; ++i) place(*pen, now);
    if (threads_ == Threads::one) return pen->commit();
    commits_.start(std::move(pen));
  }

  /// Until all of it is durable.
  void finish() { commits_.await(); }

 private:
  /// Where the index falls behind, the pen waits for it, as an import's does.
  std::unique_ptr<eventstore::Pen> take_pen() {
    if (shop_.store().is_pen_wanted()) commits_.await();
    if (auto* before = commits_.under_way()) return shop_.store().take_pen_behind(*before);
    return shop_.store().take_pen(std::chrono::seconds(60));
  }

  void place(eventstore::Pen& pen, domain::Timestamp now) {
    placed_.push_back(ids_.next());
    const auto mark = next_mark();
    const auto position = append(pen, "order/" + placed_.back(), order_placed_, mark, now);
    pen.claim(ClaimKind::command_id, eventstore::claim_key(mark.id), position);
  }

  void pay(eventstore::Pen& pen, const std::string& order, domain::Timestamp now) {
    const auto mark = next_mark();
    const auto position = append(pen, "order/" + order, payment_received_, mark, now);
    pen.claim(ClaimKind::command_id, eventstore::claim_key(mark.id), position);
    pen.claim(ClaimKind::payment_id, eventstore::claim_key(ids_.next()), position);
    append(pen, "order/" + order, keys_delivered_, mark, now);
    for (int level = 0; level < 3; ++level) {
      append(pen, fmt::format("account/m{}", random_() % members), accrued_, mark, now);
    }
  }

  eventstore::CommandMark next_mark() { return {ids_.next(), {}}; }

  domain::Position append(eventstore::Pen& pen, std::string stream, const Encoded& encoded,
                          const eventstore::CommandMark& mark, domain::Timestamp now) {
    eventstore::Salt salt;
    for (std::size_t i = 0; i < salt.size(); i += sizeof(std::uint64_t)) {
      const auto word = random_();
      std::memcpy(salt.data() + i, &word, sizeof word);
    }
    ++appended_;
    return pen
        .append({.stream = std::move(stream),
                 .type = encoded.type,
                 .schema = encoded.schema,
                 .occurred_at = now,
                 .command = mark,
                 .actor = "token:7h2kq9xw4m",
                 .salt = salt,
                 .payload = encoded.payload},
                now)
        .position;
  }

  fs::path file_;
  eventstore::Shop shop_;
  eventstore::CommitAside commits_;
  bench::Ids ids_;
  Threads threads_;
  std::mt19937_64 random_{42};
  std::vector<std::string> placed_;
  std::uint64_t appended_{};
  Encoded order_placed_{domain::OrderPlaced{.member = {"m50000"},
                                            .product = {"p10"},
                                            .quantity = {1},
                                            .amount_due = {999},
                                            .currency = {"CNY"},
                                            .expires_at = eventstore::system_clock_now(),
                                            .reserved = {1}}};
  Encoded payment_received_{paid()};
  Encoded keys_delivered_{domain::KeysDelivered{.product = {"p10"}, .keys = {{1000, 1}}, .units = {1}}};
  Encoded accrued_{accrued()};
};

nlohmann::ordered_json measure(const fs::path& scratch, const bench::GrowthPlan& plan, bench::IdOrder ids,
                               Threads threads) {
  const auto data = scratch / fmt::format("append-{}", ::getpid());
  const auto make = [&](std::uint64_t size) {
    const eventstore::ShopLocation location{data, fmt::format("bench-{}", size), data / "vault.key"};
    eventstore::prepare_shop(location);
    return std::make_unique<Orders>(location, ids, threads);
  };
  auto told = bench::grow(make, plan);
  fs::remove_all(data);
  return told;
}

}  // namespace

int main(int argc, char** argv) try {
  fs::path scratch = fs::temp_directory_path();
  bench::GrowthPlan plan;
  auto ids = bench::IdOrder::by_time;
  bool is_alone{};
  CLI::App app("Appends events to a log, without deciding anything.");
  app.add_option("--scratch", scratch, "Where the log is made (a real disk, for durable commits)");
  app.add_flag("--alone", is_alone, "One thread appends and commits, one after the other");
  bench::add_options(app, plan, ids);
  CLI11_PARSE(app, argc, argv);
  std::cout << measure(scratch, plan, ids, is_alone ? Threads::one : Threads::two) << '\n';
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "bench_append: " << error.what() << '\n';
  return EXIT_FAILURE;
}
