// The functions that every order passes through, one by one: nanoseconds (Google Benchmark), or instructions under
// callgrind, which come out the same on a busy machine.
#include "api/strict_json.hpp"
#include "bench/card_shop.hpp"
#include "eventstore/bundle.hpp"
#include "eventstore/deciding.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/merkle.hpp"
#include "projections/read_models.hpp"
#include "projections/referral_forest.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <valgrind/callgrind.h>

namespace {

using namespace upline;

/// One thing that is measured. A step costs what one call costs: of one event, of one query.
struct Measured {
  const char* name{};
  std::function<void()> step{};
  std::uint64_t counted_steps{1000};
  std::uint64_t items_a_step{1};
  int warm_up{10};  // steps that are not counted; what other threads did in them would be
};

/// A shop in which 100 orders are sold and one is placed.
class SellingShop {
 public:
  SellingShop() : place_(std::filesystem::temp_directory_path()), shop_(place_.location()) {
    constexpr int orders = 100;
    bench::fill_card_shop(shop_, 10, orders + 10);
    for (int order = 0; order < orders; ++order)
      bench::run(shop_, {bench::place(order, order % 10), bench::pay(order)});
    bench::run(shop_, {bench::place(orders, 0)});
    state_ = std::make_unique<eventstore::ShopState>(shop_.store());
    state_->catch_up();
  }

  eventstore::EventStore& store() { return shop_.store(); }
  std::uint64_t events() { return shop_.store().head().position.value; }

  void decide(const domain::Command& command) {
    const auto events = eventstore::decide_on(*state_, command, eventstore::random_referral_code);
    if (!events || events->empty()) throw std::logic_error("the command is refused");
    benchmark::DoNotOptimize(events);
  }

  void rebuild() { models_.rebuild(); }

  eventstore::StoredEvent last_placed() {
    eventstore::StoredEvent found;
    store().read({1}, store().head().position, [&](const eventstore::StoredEvent& event) {
      if (event.stream.starts_with("order/") && event.version.value == 1) found = event;
      return true;
    });
    return found;
  }

 private:
  bench::ScratchShop place_;
  eventstore::Shop shop_;
  projections::ReadModels models_{shop_.store(), place_.location().views()};
  std::unique_ptr<eventstore::ShopState> state_;
};

/// As many events of orders as go into one.
class FullBundle {
 public:
  explicit FullBundle(eventstore::EventStore& store) {
    constexpr std::uint64_t enough = 200;
    const auto head = store.head().position;
    store.read({head.value - enough}, head, [&](const eventstore::StoredEvent& event) {
      events_.push_back(event);
      return true;
    });
    write();  // and learns how much goes in
    write();
  }

  void write() {
    writer_.restart();
    for (const auto& event : events_) {
      if (!writer_.add(event, event.leaf_hash)) break;
    }
    benchmark::DoNotOptimize(bytes_ = writer_.finish());
  }

  /// The last event of all.
  void find() {
    eventstore::BundleReader reader(writer_.first(), writer_.count(), bytes_);
    for (std::uint32_t i = 0; i < writer_.count(); ++i) reader.next();
    benchmark::DoNotOptimize(reader.whole());
  }

  std::uint64_t size() const { return writer_.count(); }

 private:
  std::vector<eventstore::StoredEvent> events_;
  eventstore::BundleWriter writer_;
  std::span<const std::uint8_t> bytes_;
};

/// 100,000 members, each below one that is a third as far from the root.
projections::ReferralForest made_forest() {
  constexpr projections::MemberIndex members = 100'000;
  projections::SortedIds ids;
  std::vector<projections::MemberIndex> referrers;
  referrers.reserve(members);
  for (projections::MemberIndex i = 0; i < members; ++i) {
    ids.add(fmt::format("m{:07}", i));
    referrers.push_back(i == 0 ? projections::no_member : i / 3);
  }
  return {std::move(ids), std::move(referrers)};
}

constexpr const char* order_body =
    R"({"order":"o000000100","member":"m0","product":"card","quantity":1,"contact":"someone@example.org"})";

/// What the measured steps work on, made once.
struct Subjects {
  SellingShop shop;
  domain::Command place{bench::place(1'000'000, 1).command};
  domain::Command pay{bench::pay(100).command};
  eventstore::StoredEvent stored{shop.last_placed()};
  domain::Event event{eventstore::decode(stored).event};
  FullBundle bundle{shop.store()};
  eventstore::MerkleFrontier tree;
  projections::ReferralForest forest{made_forest()};
};

std::vector<Measured> all_measured(Subjects& s) {
  const domain::Timestamp now = eventstore::system_clock_now();
  std::visit([&](auto& c) { c.occurred_at = now; }, s.place);
  std::visit([&](auto& c) { c.occurred_at = now; }, s.pay);
  return {
      {"decide/place_order", [&] { s.shop.decide(s.place); }},
      {"decide/pay_order", [&] { s.shop.decide(s.pay); }},
      {"event/encode", [&] { benchmark::DoNotOptimize(eventstore::encode_payload(s.event)); }},
      {"event/hash", [&] { benchmark::DoNotOptimize(eventstore::hash_of(s.stored)); }},
      {"event/decode", [&] { benchmark::DoNotOptimize(eventstore::decode(s.stored)); }},
      {"event/bundle", [&] { s.bundle.write(); }, 1000, s.bundle.size()},
      {"event/find_last_in_bundle", [&] { s.bundle.find(); }},
      {"merkle/append", [&] { s.tree.append(s.stored.leaf_hash); }, 4096},
      {"merkle/root", [&] { benchmark::DoNotOptimize(s.tree.root()); }},
      {"views/rebuild_an_event", [&] { s.shop.rebuild(); }, 1, s.shop.events(), 0},
      {"json/parse_order", [&] { benchmark::DoNotOptimize(api::parse_strictly(order_body)); }},
      {"tree/find_and_place", [&] { benchmark::DoNotOptimize(s.forest.row(s.forest.find("m0077777"))); }},
      {"tree/downline_by_level", [&] { benchmark::DoNotOptimize(s.forest.downline_by_level(300)); }},
  };
}

/// For `valgrind --tool=callgrind`: a dump for each function, named after it and the items that were counted.
void count(const std::vector<Measured>& all) {
  for (const auto& measured : all) {
    for (int i = 0; i < measured.warm_up; ++i) measured.step();
    CALLGRIND_ZERO_STATS;
    for (std::uint64_t i = 0; i < measured.counted_steps; ++i) measured.step();
    const auto title = fmt::format("{} {}", measured.name, measured.counted_steps * measured.items_a_step);
    CALLGRIND_DUMP_STATS_AT(title.c_str());
  }
}

void measure(const std::vector<Measured>& all, int argc, char** argv) {
  for (const auto& measured : all) {
    benchmark::RegisterBenchmark(measured.name, [&measured](benchmark::State& state) {
      for (auto _ : state) measured.step();
      state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(measured.items_a_step));
    });
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}

}  // namespace

int main(int argc, char** argv) try {
  Subjects subjects;
  const auto all = all_measured(subjects);
  if (argc == 2 && std::strcmp(argv[1], "--count") == 0) {
    count(all);
  } else {
    measure(all, argc, argv);
  }
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "bench_functions: " << error.what() << '\n';
  return EXIT_FAILURE;
}
