#include "projections/order_audit.hpp"

#include "domain/commission.hpp"
#include "domain/overloaded.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/order_history.hpp"
#include "projections/evidence.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace upline::projections {

namespace {

using namespace domain;
using eventstore::EventStore;
using eventstore::format_of;

class OrderAuditor {
 public:
  OrderAuditor(EventStore& store, const OrderId& order, const AsOf& as_of) : store_(store), as_of_(as_of) {
    audit_.order = order;
  }

  std::optional<OrderAudit> run() {
    eventstore::read_order_history(store_, audit_.order, [&](const RecordedEvent& event) {
      if (as_of_.counts(event.position, event.occurred_at)) take(event);
    });
    if (audit_.placed_position == Position{0}) return std::nullopt;
    add_silent_levels();
    explain_product();
    explain_plan();
    explain_upline();
    explain_end_of_chain();
    sum_up();
    list_what_it_rests_on();
    return std::move(audit_);
  }

 private:
  void take(const RecordedEvent& event) {
    rest_on(event);
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
      audit_.plan = AuditedPlan{.plan = payment.chain->plan, .version = payment.chain->version};
    }
  }

  void deliver(const RecordedEvent& event) {
    audit_.delivered_position = event.position;
    audit_.delivered_at = event.occurred_at;
    refunded_before_delivery_ = audit_.refunded;
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
    for (auto& level : audit_.levels) {
      if (level.outcome != LevelOutcome::earned) continue;
      const auto target = kept_after_refund(level.rate, level.amount, audit_.placed.amount_due,
                                            refunded_before_delivery_, audit_.refunded);
      level.reversals.push_back({.refund = e.refund, .target = target});
    }
  }

  void reverse(const RecordedEvent& event, const CommissionReversed& e) {
    const auto held = std::ranges::find_if(audit_.levels, [&](const AuditedLevel& level) {
      return level.level == e.level && level.outcome == LevelOutcome::earned;
    });
    if (held == audit_.levels.end()) return;
    held->kept.value -= e.amount.value;
    const auto reversal = std::ranges::find(held->reversals, e.refund, &AuditedReversal::refund);
    if (reversal == held->reversals.end()) return;
    reversal->amount = e.amount;
    reversal->position = event.position;
    reversal->available_at = e.available_at;
  }

  /// Members who stood above but got neither an accrual nor a forfeit: their share was below one minor unit, or the
  /// order waits.
  void add_silent_levels() {
    for (std::size_t i = 0; i < upline_.size(); ++i) {
      const Level level{static_cast<std::uint8_t>(i + 1)};
      if (std::ranges::find(audit_.levels, level, &AuditedLevel::level) != audit_.levels.end()) continue;
      audit_.levels.push_back({.level = level,
                               .member = upline_[i],
                               .outcome = audit_.delivered_position ? LevelOutcome::nothing : LevelOutcome::waiting});
    }
    std::ranges::sort(audit_.levels, {}, &AuditedLevel::level);
  }

  void explain_product() {
    const auto added = newest(stream_of(audit_.placed.product), audit_.placed_position,
                              [](const Event& event) { return std::holds_alternative<ProductAdded>(event); });
    if (!added) return;
    audit_.product_position = added->position;
    audit_.product_title = std::get<ProductAdded>(added->event).title;
  }

  /// What the payment froze: the version, and who chose the plan.
  void explain_plan() {
    if (!audit_.plan) return;
    auto& plan = *audit_.plan;
    const auto published = newest(stream_of(plan.plan), *audit_.paid_position,
                                  [&](const Event& event) { return publishes(event, plan.version); });
    if (published) {
      plan.published_by = published->position;
      plan.terms = std::get<PlanPublished>(published->event).terms;
    }
    auto chosen = newest(stream_of(audit_.placed.product), *audit_.paid_position,
                         [](const Event& event) { return std::holds_alternative<PlanAssigned>(event); });
    if (!chosen) {
      plan.is_default = true;
      chosen = newest(policy_stream(), *audit_.paid_position,
                      [](const Event& event) { return std::holds_alternative<DefaultPlanChosen>(event); });
    }
    if (chosen) plan.chosen_by = chosen->position;
    tell_silent_rates();
  }

  void tell_silent_rates() {
    const auto* percent = std::get_if<PercentRates>(&audit_.plan->terms.rates);
    if (percent == nullptr || audit_.withheld) return;
    for (auto& level : audit_.levels) {
      const auto index = level.level.value - std::size_t{1};
      if (level.position || index >= percent->by_level.size()) continue;
      level.rate = {RateKind::basis_points, percent->by_level[index].value};
      level.base = {audit_.placed.amount_due.value - refunded_before_delivery_.value};
      if (level.outcome == LevelOutcome::waiting) continue;
      level.rounded_off_ten_thousandths = rounded_off_ten_thousandths(level.rate, level.base, Minor{0});
    }
  }

  void explain_upline() {
    auto below = audit_.placed.member;
    for (auto& level : audit_.levels) {
      level.bound_by = find_binding(below, level.member);
      explain_standing(level);
      below = level.member;
    }
  }

  void explain_standing(AuditedLevel& level) {
    const auto until = audit_.delivered_position.value_or(as_of_.last_position());
    const auto made_so =
        newest(stream_of(level.member), until, [](const Event& event) { return standing_after(event).has_value(); });
    if (!made_so) return;
    level.standing = *standing_after(made_so->event);
    level.standing_by = made_so->position;
  }

  /// Whoever stood at the top had no referrer when the order was paid, which the enrolment shows.
  void explain_end_of_chain() {
    if (!audit_.plan || audit_.levels.size() >= level_count(audit_.plan->terms)) return;
    const auto& top = audit_.levels.empty() ? audit_.placed.member : audit_.levels.back().member;
    const auto enrolled = newest(stream_of(top), *audit_.paid_position,
                                 [](const Event& event) { return std::holds_alternative<MemberEnrolled>(event); });
    if (enrolled) audit_.chain_ends_with = enrolled->position;
  }

  /// The newest event, not later than the payment, that put `above` directly above `below`.
  std::optional<Position> find_binding(const MemberId& below, const MemberId& above) {
    const auto found =
        newest(stream_of(below), audit_.paid_position.value_or(audit_.placed_position), [&](const Event& event) {
          const auto* enrolled = std::get_if<MemberEnrolled>(&event);
          const auto* bound = std::get_if<ReferrerBound>(&event);
          return (enrolled != nullptr && enrolled->referrer == above) || (bound != nullptr && bound->referrer == above);
        });
    return found ? std::optional(found->position) : std::nullopt;
  }

  /// As newest_event(); the story rests on it.
  template <class IsIt>
  std::optional<RecordedEvent> newest(const StreamId& stream, Position until, IsIt is_it) {
    auto found = newest_event(store_, stream, until, is_it);
    if (found) rest_on(*found);
    return found;
  }

  void rest_on(const RecordedEvent& event) {
    rests_on_.insert_or_assign(event.position, AuditedEvent{event.position, event.stream, format_of(event.event).name});
  }

  void list_what_it_rests_on() {
    for (const auto& [position, event] : rests_on_) audit_.rests_on.push_back(event);
  }

  void sum_up() {
    for (const auto& level : audit_.levels) {
      if (level.outcome != LevelOutcome::earned) continue;
      audit_.commission_earned.value += level.amount.value;
      audit_.commission_kept.value += level.kept.value;
    }
  }

  EventStore& store_;
  AsOf as_of_;
  OrderAudit audit_;
  Minor refunded_before_delivery_;
  std::vector<MemberId> upline_;
  std::map<Position, AuditedEvent> rests_on_;
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
    case LevelOutcome::waiting:
      return "waiting";
  }
  std::unreachable();
}

std::optional<OrderAudit> audit_order(EventStore& store, const OrderId& order, const AsOf& as_of) {
  return OrderAuditor(store, order, as_of).run();
}

}  // namespace upline::projections
