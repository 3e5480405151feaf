// A whole shop in memory, by decide and evolve alone: no log, no cache, no codec. What it appends is what the domain
// says.
#pragma once

#include "domain/agenda.hpp"
#include "domain/command.hpp"
#include "domain/event.hpp"
#include "domain/settlement.hpp"
#include "domain/turnover.hpp"
#include "tests/domain/given.hpp"

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace upline::tests {

class Shop {
 public:
  std::expected<domain::NewEvents, domain::Rejection> decide(const domain::Command& command) const;

  /// Takes the events in, recorded when they occurred, or at the time of the last one if that was later.
  void append(const domain::NewEvents& events);

  /// Carries out what is due by the command's time, decides and appends; waiting orders get what stock that frees.
  /// Answers what the command itself led to.
  std::expected<domain::NewEvents, domain::Rejection> send(const domain::Command& command);

  /// What is due until then, as whoever holds the pen does it ahead of anything else.
  void carry_out_due(domain::Timestamp now);

  const std::vector<domain::RecordedEvent>& log() const { return log_; }
  const domain::Order& order(const domain::OrderId& id) const;
  const domain::KeyPool& pool(const domain::ProductId& id) const;
  const domain::Agenda& agenda() const { return agenda_; }
  const domain::Settlements& settlements() const { return settlements_; }

 private:
  friend class Decider;
  friend class Folder;

  /// Units that count towards a purchase limit: of orders placed since it was set, unless they ended unpaid.
  struct CountedUnits {
    domain::ProductId product{};
    domain::MemberId member{};
    domain::Quantity quantity{};
    bool count{};
  };
  using Mismatch = std::tuple<domain::PaymentId, domain::OrderId, domain::Minor, domain::Currency>;

  void append_and_serve(const domain::NewEvents& events);
  void serve_queue(const domain::ProductId& product, domain::Timestamp at);
  domain::NewEvents due_events(const domain::Due& due) const;

  domain::Policy policy_;
  std::map<domain::PlanId, domain::Plan> plans_;
  std::map<domain::ProductId, domain::Product> products_;
  std::map<domain::MemberId, domain::Member> members_;
  std::map<domain::ProductId, domain::KeyPool> pools_;
  std::map<domain::OrderId, domain::Order> orders_;
  std::map<domain::PaymentId, domain::KnownPayment> payments_;
  std::map<domain::RefundId, domain::KnownRefund> refunds_;
  std::map<domain::ReturnId, domain::KnownReturn> returns_;
  std::map<domain::ReferralCode, domain::MemberId> codes_;
  std::map<std::string, domain::Visitor> visitors_;  // by the id of the stream
  std::map<domain::OrderId, CountedUnits> counted_;
  std::set<Mismatch> mismatches_;
  std::set<domain::MemberId> purchasers_;
  domain::Agenda agenda_;
  domain::Settlements settlements_;
  domain::Turnover turnover_;
  std::map<domain::StreamId, std::uint64_t> versions_;
  std::vector<domain::RecordedEvent> log_;
  domain::Timestamp now_{INT64_MIN};
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
