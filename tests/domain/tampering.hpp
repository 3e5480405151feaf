// A sound log of every kind of event, and ways to tamper with it.
#pragma once

#include "tests/domain/live_story.hpp"
#include "tests/domain/replay.hpp"
#include "tests/domain/stories.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace upline::tests {

using Log = std::vector<domain::RecordedEvent>;

inline const domain::PlanId plan_fixed{"fixed"};
inline const domain::PlanId plan_abroad{"abroad"};
inline const domain::ProductId shared{"shared"};
inline const domain::ProductId made{"made"};
inline const domain::ProductId foreign{"foreign"};
inline const auto may_3 = at("2026-05-03T09:30:00Z");
inline const auto may_20 = at("2026-05-20T12:00:00Z");

inline domain::RecordPurchase bought(const char* order, const domain::ProductId& product, std::int64_t amount,
                                     std::int64_t quantity) {
  return {domain::OrderId{order}, d, product, domain::Quantity{quantity}, domain::Minor{amount}, cny, "import", may_1};
}

inline domain::RefundOrder paid_back(const char* refund, const char* order, std::int64_t amount,
                                     domain::Timestamp when) {
  return {.refund = domain::RefundId{refund},
          .order = domain::OrderId{order},
          .amount = domain::Minor{amount},
          .reason = "bad key",
          .occurred_at = when};
}

/// Every kind of event. First recorded purchases: keys sold and shared, percentages and fixed amounts, forfeits, a
/// gift, refunds in and after the hold; then live orders.
inline Log sound_log() {
  using namespace domain;
  Shop shop;
  shop.append(chain_of_four(percent({1000, 500, 250}), Fulfilment::key_pool));
  const std::vector<Command> commands{
      PublishPlan{plan_fixed, fixed({100, 50}, 5000), opening},
      PublishPlan{plan_abroad, fixed({100}, 5000, Currency{"USD"}), opening},
      AddProduct{shared, "Guide", Minor{5}, cny, Fulfilment::reusable, opening},
      AddProduct{made, "Poster", Minor{5}, cny, Fulfilment::manual, opening},
      AddProduct{foreign, "Import", Minor{5}, cny, Fulfilment::external, opening},
      AssignPlan{made, plan_fixed, opening},
      AssignPlan{foreign, plan_abroad, opening},
      ImportKeys{vip, BatchId{"b1"}, std::vector<SealedKey>(5), true, 0, opening},
      ImportKeys{vip, BatchId{"b2"}, std::vector<SealedKey>(3), false, 0, opening},
      ImportKeys{shared, BatchId{"b3"}, std::vector<SealedKey>(1), true, 0, opening},
      SuspendMember{b, "chargebacks", opening},
      bought("o1", vip, 999, 2),     // C 99, B forfeits 49, A 24
      bought("o2", shared, 100, 1),  // C 10, B forfeits 5, A 2
      bought("o3", made, 1000, 2),   // C 200, B forfeits 100
      bought("o4", foreign, 500, 1),
      bought("gift", vip, 0, 1),
      paid_back("r1", "o1", 500, may_3),   // C 50, A 12
      paid_back("r2", "o3", 333, may_3),   // C 67
      paid_back("r3", "o1", 499, may_20),  // C 49, A 12
  };
  for (const auto& command : commands) REQUIRE(shop.send(command).has_value());
  sell_live(shop);
  return shop.log();
}

/// The index of the n-th event of this kind, from 0 on.
template <class E>
std::size_t index_of(const Log& log, std::size_t n = 0) {
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (std::holds_alternative<E>(log[i].event) && n-- == 0) return i;
  }
  throw std::out_of_range("no such event");
}

inline std::string after(const std::function<void(Log&)>& tamper) {
  auto log = sound_log();
  tamper(log);
  return broken_identity(log);
}

/// What is found when the n-th event of this kind says something else.
template <class E, class Change>
std::string with(Change change, std::size_t n = 0) {
  return after([&](Log& log) { change(std::get<E>(log[index_of<E>(log, n)].event)); });
}

template <class E, class Change>
std::string with_envelope(Change change, std::size_t n = 0) {
  return after([&](Log& log) { change(log[index_of<E>(log, n)]); });
}

/// Positions and versions as an honest log has them.
inline void renumber(Log& log) {
  std::map<domain::StreamId, std::uint64_t> versions;
  for (std::size_t i = 0; i < log.size(); ++i) {
    log[i].position = domain::Position{i + 1};
    log[i].version = domain::Version{++versions[log[i].stream]};
  }
}

template <class E>
std::string without(std::size_t n = 0) {
  return after([&](Log& log) {
    log.erase(log.begin() + static_cast<std::ptrdiff_t>(index_of<E>(log, n)));
    renumber(log);
  });
}

template <class E>
std::string twice(std::size_t n = 0) {
  return after([&](Log& log) {
    const auto index = index_of<E>(log, n);
    const auto copy = log[index];
    log.insert(log.begin() + static_cast<std::ptrdiff_t>(index), copy);
    renumber(log);
  });
}

}  // namespace upline::tests
