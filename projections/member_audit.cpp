#include "projections/member_audit.hpp"

#include "domain/commission.hpp"
#include "domain/overloaded.hpp"
#include "eventstore/event_codec.hpp"
#include "projections/evidence.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace upline::projections {

namespace {

using namespace domain;
using eventstore::decode;
using eventstore::EventStore;

/// What lines rest on in an order's own stream.
struct SaleEvents {
  MemberId buyer{};
  PlanVersion plan_version{};
  std::optional<Position> published_by{};
  std::optional<Position> delivered_by{};
  std::map<RefundId, std::pair<Position, RefundKind>> refunds{};
};

class MemberAuditor {
 public:
  MemberAuditor(EventStore& store, const CommissionBalances& balances, const MemberId& member, const AsOf& as_of)
      : store_(store), balances_(balances), as_of_(as_of) {
    audit_.member = member;
  }

  std::optional<MemberAudit> run() {
    read_counting(stream_of(audit_.member), [&](const RecordedEvent& event) { take_member_event(event); });
    if (audit_.enrolled_position == Position{0}) return std::nullopt;
    read_counting(account_stream(audit_.member), [&](const RecordedEvent& event) { take_entry(event); });
    take_forfeits();
    return std::move(audit_);
  }

 private:
  template <class Visit>
  void read_counting(const StreamId& stream, Visit visit) {
    for (const auto& stored : store_.read_stream(to_text(stream))) {
      if (as_of_.counts(stored.position, stored.occurred_at)) visit(decode(stored));
    }
  }

  void take_member_event(const RecordedEvent& event) {
    if (const auto standing = standing_after(event.event)) {
      audit_.standing = *standing;
      audit_.standing_by = event.position;
    }
    std::visit(Overloaded{
                   [&](const MemberEnrolled& e) {
                     audit_.enrolled_position = event.position;
                     audit_.enrolled_at = event.occurred_at;
                     audit_.code = e.code;
                     audit_.invited_by = e.invited_by;
                     if (e.referrer) bind(event, *e.referrer);
                   },
                   [&](const ReferrerBound& e) { bind(event, e.referrer); },
                   [&](const MemberMoved& e) {
                     audit_.moves.push_back({event.position, event.occurred_at, audit_.referrer, e.referrer, e.reason});
                     bind(event, e.referrer);
                   },
                   [](const auto&) {},
               },
               event.event);
  }

  void bind(const RecordedEvent& event, const MemberId& referrer) {
    audit_.referrer = referrer;
    audit_.bound_by = event.position;
  }

  void take_entry(const RecordedEvent& event) {
    const AuditedEntry entry{.position = event.position, .version = event.version, .occurred_at = event.occurred_at};
    std::visit(Overloaded{
                   [&](const CommissionAccrued& e) { accrue(entry, e); },
                   [&](const CommissionReversed& e) { reverse(entry, e); },
                   [&](const PayoutScheduled& e) { schedule(event, e); },
                   [&](const PayoutPaid& e) { add_payout(event, "paid", e).text = e.reference.value_or(""); },
                   [&](const PayoutFailed& e) { add_payout(event, "failed", e).text = e.reason; },
                   [&](const PayoutReturned& e) { add_payout(event, "returned", e).text = e.reason; },
                   [](const auto&) {},
               },
               event.event);
  }

  void accrue(AuditedEntry entry, const CommissionAccrued& e) {
    entry.sale = sale_of(e.order);
    entry.level = e.level;
    entry.accrued = e;
    entry.rounded_off_ten_thousandths = rounded_off_ten_thousandths(e.rate, e.base, e.amount);
    audit_.sums[e.currency].earned.value += e.amount.value;
    audit_.entries.push_back(std::move(entry));
  }

  void reverse(AuditedEntry entry, const CommissionReversed& e) {
    entry.sale = sale_of(e.order);
    entry.level = e.level;
    entry.reversed = e;
    const auto& refunds = events_of(e.order).refunds;
    if (const auto refund = refunds.find(e.refund); refund != refunds.end()) {
      std::tie(entry.refunded_by, entry.refund_kind) = refund->second;
    }
    const auto accrual = std::ranges::find_if(audit_.entries, [&](const AuditedEntry& earlier) {
      return earlier.accrued && earlier.accrued->order == e.order && earlier.level == e.level;
    });
    if (accrual != audit_.entries.end()) entry.takes_back = accrual->position;
    audit_.sums[e.currency].reversed.value += e.amount.value;
    audit_.entries.push_back(std::move(entry));
  }

  template <class Told>
  AuditedPayout& add_payout(const RecordedEvent& event, const char* what, const Told& e) {
    audit_.payouts.push_back({.position = event.position,
                              .version = event.version,
                              .occurred_at = event.occurred_at,
                              .what = what,
                              .settlement = e.settlement,
                              .currency = e.currency,
                              .amounts = e.amounts});
    return audit_.payouts.back();
  }

  void schedule(const RecordedEvent& event, const PayoutScheduled& e) {
    auto& payout = add_payout(event, "never counted", e);
    read_counting(stream_of(e.settlement), [&](const RecordedEvent& told) {
      const auto* fixed = std::get_if<SettlementFixed>(&told.event);
      if (fixed != nullptr && fixed->attempt == e.attempt) {
        payout.what = "scheduled";
        payout.fixed_by = told.position;
      } else if (payout.fixed_by && std::holds_alternative<SettlementCancelled>(told.event)) {
        payout.cancelled_by = told.position;
      }
    });
  }

  void take_forfeits() {
    balances_.forfeits(as_of_, audit_.member, [&](const Forfeit& forfeit) {
      const auto stored = store_.read_one(forfeit.position);
      if (!stored) return;
      const auto event = decode(*stored);
      if (const auto* e = std::get_if<CommissionForfeited>(&event.event)) take_forfeit(event, *e);
    });
  }

  void take_forfeit(const RecordedEvent& event, const CommissionForfeited& e) {
    const auto standing = newest_event(store_, stream_of(audit_.member), event.position,
                                       [](const Event& earlier) { return standing_after(earlier).has_value(); });
    audit_.forfeits.push_back({.position = event.position,
                               .occurred_at = event.occurred_at,
                               .sale = sale_of({event.stream.id}),
                               .forfeited = e,
                               .rounded_off_ten_thousandths = rounded_off_ten_thousandths(e.rate, e.base, e.amount),
                               .standing_by = standing ? std::optional(standing->position) : std::nullopt});
    audit_.sums[e.currency].forfeited.value += e.amount.value;
  }

  AuditedSale sale_of(const OrderId& order) {
    const auto& events = events_of(order);
    return {order, events.buyer, events.delivered_by, events.published_by, events.plan_version};
  }

  /// Read once, since several lines may come from one sale.
  const SaleEvents& events_of(const OrderId& order) {
    const auto [known, is_new] = sales_.try_emplace(order);
    if (is_new) known->second = read_sale(order);
    return known->second;
  }

  SaleEvents read_sale(const OrderId& order) {
    SaleEvents sale;
    for (const auto& stored : store_.read_stream(to_text(stream_of(order)))) {
      const auto event = decode(stored);
      std::visit(Overloaded{
                     [&](const OrderPlaced& e) { sale.buyer = e.member; },
                     [&](const PaymentReceived& e) {
                       if (!e.chain) return;
                       sale.plan_version = e.chain->version;
                       sale.published_by = publication_of(e.chain->plan, e.chain->version);
                     },
                     [&](const KeysDelivered&) { sale.delivered_by = event.position; },
                     [&](const OrderDelivered&) { sale.delivered_by = event.position; },
                     [&](const OrderRefunded& e) { sale.refunds.emplace(e.refund, std::pair(event.position, e.kind)); },
                     [](const auto&) {},
                 },
                 event.event);
    }
    return sale;
  }

  std::optional<Position> publication_of(const PlanId& plan, PlanVersion version) {
    const auto [known, is_new] = publications_.try_emplace({plan, version});
    if (is_new) {
      const auto published = newest_event(store_, stream_of(plan), AsOf{}.last_position(),
                                          [&](const Event& event) { return publishes(event, version); });
      if (published) known->second = published->position;
    }
    return known->second;
  }

  EventStore& store_;
  const CommissionBalances& balances_;
  AsOf as_of_;
  MemberAudit audit_;
  std::map<OrderId, SaleEvents> sales_;
  std::map<std::pair<PlanId, PlanVersion>, std::optional<Position>> publications_;
};

}  // namespace

std::optional<MemberAudit> audit_member(EventStore& store, const CommissionBalances& balances, const MemberId& member,
                                        const AsOf& as_of) {
  return MemberAuditor(store, balances, member, as_of).run();
}

}  // namespace upline::projections
