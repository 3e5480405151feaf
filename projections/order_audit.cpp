#include "projections/order_audit.hpp"

#include "domain/commission.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/order_history.hpp"
#include "projections/evidence.hpp"
#include "projections/order_story.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace upline::projections {

namespace {

using namespace domain;
using eventstore::EventStore;
using eventstore::format_of;

/// Why an order's story came as it did, by the events of others that it rests on.
class OrderAuditor {
 public:
  OrderAuditor(EventStore& store, const AsOf& as_of) : store_(store), as_of_(as_of) {}

  std::optional<OrderAudit> run(const OrderId& order) {
    OrderStory story(order, as_of_);
    eventstore::read_order_history(store_, order, [&](const RecordedEvent& event) {
      if (story.take(event)) rest_on(event);
    });
    commission_base_ = story.commission_base();
    audit_ = story.finish();
    if (audit_.placed_position == Position{0}) return std::nullopt;
    explain_product();
    explain_first_purchase();
    explain_plan();
    explain_upline();
    explain_end_of_chain();
    sum_up();
    list_what_it_rests_on();
    return std::move(audit_);
  }

 private:
  void explain_product() {
    const auto added = newest(stream_of(audit_.placed.product), audit_.placed_position,
                              [](const Event& event) { return std::holds_alternative<ProductAdded>(event); });
    if (!added) return;
    audit_.product_position = added->position;
    audit_.product_title = std::get<ProductAdded>(added->event).title;
  }

  /// A first purchase binds by an event directly in front of its own.
  void explain_first_purchase() {
    const auto paid = std::ranges::find_if(
        audit_.payments, [](const AuditedPayment& p) { return p.payment.first_purchase.has_value(); });
    if (paid == audit_.payments.end()) return;
    const bool recorded_whole = paid->position.value == audit_.placed_position.value + 1;
    const auto stored = store_.read_one({(recorded_whole ? audit_.placed_position : paid->position).value - 1});
    if (!stored || stored->stream != to_text(stream_of(audit_.placed.member))) return;
    const auto event = eventstore::decode(*stored);
    const auto* bound = std::get_if<ReferrerBound>(&event.event);
    if (bound == nullptr || event.occurred_at != paid->occurred_at || !binds_at_first_purchase(event.position)) return;
    rest_on(event);
    audit_.bound_referrer = AuditedBinding{event.position, bound->referrer};
  }

  /// Else somebody bound the member just before.
  bool binds_at_first_purchase(Position until) {
    const auto changed = newest_event(store_, policy_stream(), until, [](const Event& event) {
      return std::holds_alternative<ReferralPolicyChanged>(event);
    });
    if (!changed) return false;
    if (std::get<ReferralPolicyChanged>(changed->event).policy.binds != BindingRule::at_first_purchase) return false;
    rest_on(*changed);
    return true;
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
      level.base = commission_base_;
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
          const auto* moved = std::get_if<MemberMoved>(&event);
          return (enrolled != nullptr && enrolled->referrer == above) ||
                 (bound != nullptr && bound->referrer == above) || (moved != nullptr && moved->referrer == above);
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
  Minor commission_base_;
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

std::string_view name(PaymentNote note) {
  switch (note) {
    case PaymentNote::none:
      return "";
    case PaymentNote::in_part:
      return "in-part";
    case PaymentNote::late:
      return "late";
    case PaymentNote::second:
      return "second";
    case PaymentNote::other_currency:
      return "other-currency";
    case PaymentNote::after_cancelling:
      return "after-cancelling";
  }
  std::unreachable();
}

namespace {

/// What came in by currency, less what was returned.
std::map<Currency, Minor> received(const OrderAudit& audit) {
  std::map<Currency, Minor> sums;
  for (const auto& payment : audit.payments) sums[payment.payment.currency].value += payment.payment.amount.value;
  for (const auto& returned : audit.returns) sums[returned.event.currency].value -= returned.event.amount.value;
  return sums;
}

}  // namespace

OrderFacts facts_of(const OrderAudit& audit) {
  return {.amount_due = audit.placed.amount_due,
          .received = received(audit)[audit.placed.currency],
          .refunded = audit.refunded,
          .ended = audit.ended ? audit.ended->how : Ending::none,
          .is_paid = audit.paid_position.has_value(),
          .waited_for_stock = audit.waited.has_value(),
          .is_delivered = audit.delivered_position.has_value()};
}

std::map<Currency, Minor> owed_back(const OrderAudit& audit) {
  auto owed = received(audit);
  for (auto& [currency, amount] : owed) {
    if (currency == audit.placed.currency) amount = owed_back(facts_of(audit));
  }
  return owed;
}

std::optional<OrderAudit> audit_order(EventStore& store, const OrderId& order, const AsOf& as_of) {
  return OrderAuditor(store, as_of).run(order);
}

}  // namespace upline::projections
