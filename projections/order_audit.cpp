#include "projections/order_audit.hpp"

#include "domain/commission.hpp"
#include "domain/overloaded.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/order_history.hpp"

#include <algorithm>
#include <utility>

namespace upline::projections {

namespace {

using namespace domain;
using eventstore::decode;
using eventstore::EventStore;
using eventstore::StoredEvent;

class OrderAuditor {
 public:
  OrderAuditor(EventStore& store, const OrderId& order) : store_(store) { audit_.order = order; }

  std::optional<OrderAudit> run() {
    eventstore::read_order_history(store_, audit_.order, [&](const RecordedEvent& event) { take(event); });
    if (audit_.placed_position == Position{0}) return std::nullopt;
    add_silent_levels();
    explain_upline();
    audit_.product_title = title_of(audit_.placed.product);
    sum_up();
    return std::move(audit_);
  }

 private:
  void take(const RecordedEvent& event) {
    std::visit(Overloaded{
                   [&](const OrderPlaced& e) { place(event, e); },
                   [&](const PaymentReceived& e) { pay(event, e); },
                   [&](const KeysDelivered& e) {
                     audit_.keys = e.keys;
                     deliver(event);
                   },
                   [&](const OrderDelivered&) { deliver(event); },
                   [&](const CommissionForfeited& e) { forfeit(event, e); },
                   [&](const CommissionWithheld& e) { audit_.withheld = e; },
                   [&](const OrderRefunded& e) { refund(event, e); },
                   [&](const CommissionAccrued& e) { accrue(event, e); },
                   [&](const CommissionReversed& e) { reverse(event, e); },
                   [](const auto&) {},
               },
               event.event);
  }

  void place(const RecordedEvent& event, const OrderPlaced& placed) {
    audit_.placed = placed;
    audit_.placed_position = event.position;
    audit_.placed_at = event.occurred_at;
  }

  void pay(const RecordedEvent& event, const PaymentReceived& payment) {
    audit_.paid_position = event.position;
    audit_.paid_at = event.occurred_at;
    audit_.channel = payment.channel;
    if (payment.chain) {
      upline_ = payment.chain->upline;
      audit_.plan = find_plan(payment.chain->plan, payment.chain->version);
    }
  }

  void deliver(const RecordedEvent& event) {
    audit_.delivered_position = event.position;
    audit_.delivered_at = event.occurred_at;
  }

  void accrue(const RecordedEvent& event, const CommissionAccrued& e) {
    audit_.levels.push_back({.level = e.level,
                             .member = {event.stream.id},
                             .outcome = LevelOutcome::earned,
                             .position = event.position,
                             .rate = e.rate,
                             .base = e.base,
                             .amount = e.amount,
                             .rounded_off_ten_thousandths = rounded_off_ten_thousandths(e.rate, e.base, e.amount),
                             .available_at = e.available_at,
                             .kept = e.amount});
  }

  void forfeit(const RecordedEvent& event, const CommissionForfeited& e) {
    audit_.levels.push_back({.level = e.level,
                             .member = e.beneficiary,
                             .outcome = LevelOutcome::forfeited,
                             .forfeit_reason = e.reason,
                             .position = event.position,
                             .rate = e.rate,
                             .base = e.base,
                             .amount = e.amount,
                             .rounded_off_ten_thousandths = rounded_off_ten_thousandths(e.rate, e.base, e.amount)});
  }

  void refund(const RecordedEvent& event, const OrderRefunded& e) {
    audit_.refunds.push_back({event.position, e.refund, e.amount, e.reason, event.occurred_at});
    audit_.refunded.value += e.amount.value;
  }

  void reverse(const RecordedEvent& event, const CommissionReversed& e) {
    const auto held = std::ranges::find_if(audit_.levels, [&](const AuditedLevel& level) {
      return level.level == e.level && level.outcome == LevelOutcome::earned;
    });
    if (held == audit_.levels.end()) return;
    held->reversals.push_back({event.position, e.refund, e.amount, e.available_at});
    held->kept.value -= e.amount.value;
  }

  /// Members who stood above but got neither an accrual nor a forfeit: their share was below one minor unit.
  void add_silent_levels() {
    for (std::size_t i = 0; i < upline_.size(); ++i) {
      const Level level{static_cast<std::uint8_t>(i + 1)};
      if (std::ranges::find(audit_.levels, level, &AuditedLevel::level) != audit_.levels.end()) continue;
      AuditedLevel silent{.level = level, .member = upline_[i], .outcome = LevelOutcome::nothing};
      const auto* percent = audit_.plan ? std::get_if<PercentRates>(&audit_.plan->terms.rates) : nullptr;
      if (percent != nullptr && i < percent->by_level.size() && !audit_.withheld) {
        silent.rate = {RateKind::basis_points, percent->by_level[i].value};
        silent.base = audit_.placed.amount_due;
        silent.rounded_off_ten_thousandths = rounded_off_ten_thousandths(silent.rate, silent.base, Minor{0});
      }
      audit_.levels.push_back(std::move(silent));
    }
    std::ranges::sort(audit_.levels, {}, &AuditedLevel::level);
  }

  void explain_upline() {
    auto below = audit_.placed.member;
    for (auto& level : audit_.levels) {
      level.bound_by = find_binding(below, level.member);
      below = level.member;
    }
  }

  /// The newest event, not later than the payment, that put `above` directly above `below`.
  std::optional<Position> find_binding(const MemberId& below, const MemberId& above) {
    std::optional<Position> found;
    for (const auto& stored : store_.read_stream(to_text(stream_of(below)))) {
      if (audit_.paid_position && stored.position > *audit_.paid_position) break;
      const auto event = decode(stored);
      const auto* enrolled = std::get_if<MemberEnrolled>(&event.event);
      const auto* bound = std::get_if<ReferrerBound>(&event.event);
      if ((enrolled != nullptr && enrolled->referrer == above) || (bound != nullptr && bound->referrer == above)) {
        found = event.position;
      }
    }
    return found;
  }

  AuditedPlan find_plan(const PlanId& plan, PlanVersion version) {
    AuditedPlan found{.plan = plan, .version = version};
    for (const auto& stored : store_.read_stream(to_text(stream_of(plan)))) {
      const auto event = decode(stored);
      const auto* published = std::get_if<PlanPublished>(&event.event);
      if (published == nullptr || published->version != version) continue;
      found.published_by = event.position;
      found.terms = published->terms;
    }
    return found;
  }

  std::string title_of(const ProductId& product) {
    for (const auto& stored : store_.read_stream(to_text(stream_of(product)))) {
      const auto event = decode(stored);
      if (const auto* added = std::get_if<ProductAdded>(&event.event)) return added->title;
    }
    return {};
  }

  void sum_up() {
    for (const auto& level : audit_.levels) {
      if (level.outcome != LevelOutcome::earned) continue;
      audit_.commission_earned.value += level.amount.value;
      audit_.commission_kept.value += level.kept.value;
    }
  }

  EventStore& store_;
  OrderAudit audit_;
  std::vector<MemberId> upline_;
};

}  // namespace

std::string_view name(LevelOutcome outcome) {
  switch (outcome) {
    case LevelOutcome::earned:
      return "earned";
    case LevelOutcome::forfeited:
      return "forfeited";
    case LevelOutcome::nothing:
      return "nothing";
  }
  std::unreachable();
}

std::optional<OrderAudit> audit_order(EventStore& store, const OrderId& order) {
  return OrderAuditor(store, order).run();
}

}  // namespace upline::projections
