// A whole shop in memory, by decide and evolve alone: no log, no cache, no codec. What it appends is what the domain
// says.
#pragma once

#include "domain/command.hpp"
#include "domain/event.hpp"
#include "domain/turnover.hpp"
#include "tests/domain/given.hpp"

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <vector>

namespace upline::tests {

class Shop {
 public:
  std::expected<domain::NewEvents, domain::Rejection> decide(const domain::Command& command) const;

  /// Takes the events in, recorded when they occurred, or at the time of the last one if that was later.
  void append(const domain::NewEvents& events);

  /// decide and append.
  std::expected<domain::NewEvents, domain::Rejection> send(const domain::Command& command);

  const std::vector<domain::RecordedEvent>& log() const { return log_; }
  const domain::Order& order(const domain::OrderId& id) const;
  const domain::KeyPool& pool(const domain::ProductId& id) const;

 private:
  friend class Decider;
  friend class Folder;

  domain::Policy policy_;
  std::map<domain::PlanId, domain::Plan> plans_;
  std::map<domain::ProductId, domain::Product> products_;
  std::map<domain::MemberId, domain::Member> members_;
  std::map<domain::ProductId, domain::KeyPool> pools_;
  std::map<domain::OrderId, domain::Order> orders_;
  std::map<domain::RefundId, domain::KnownRefund> refunds_;
  std::map<domain::ReferralCode, domain::MemberId> codes_;
  domain::Turnover turnover_;
  std::map<domain::StreamId, std::uint64_t> versions_;
  std::vector<domain::RecordedEvent> log_;
};

/// The shop as given(...).when(...).then(...) sees it.
struct Shops {
  using State = Shop;
  using Past = domain::NewEvent;
  using Event = domain::NewEvent;
  using Command = domain::Command;
  static Shop fold(Shop shop, const domain::NewEvent& event) {
    shop.append({event});
    return shop;
  }
  static auto decide(const Shop& shop, const domain::Command& command) { return shop.decide(command); }
  static bool same(const domain::NewEvent& a, const domain::NewEvent& b) {
    return a.stream == b.stream && a.occurred_at == b.occurred_at && a.event == b.event;
  }
};

inline Given<Shops> given(const domain::NewEvents& events) { return Given<Shops>(events); }

}  // namespace upline::tests
