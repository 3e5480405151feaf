// Everything that can have happened in a shop, and where it is written down.
#pragma once

#include "domain/account.hpp"
#include "domain/ids.hpp"
#include "domain/key_pool.hpp"
#include "domain/member.hpp"
#include "domain/order.hpp"
#include "domain/plan.hpp"
#include "domain/policy.hpp"
#include "domain/product.hpp"
#include "domain/settlement_events.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace upline::domain {

/// The order is that of the stored formats' table (eventstore/event_codec.cpp).
using AnyEvent =
    std::variant<ShopOpened, CurrencyDeclared, LevelLimitChanged, DefaultPlanChosen, ReferralPolicyChanged,
                 ReservationPolicyChanged,  //
                 PlanPublished,             //
                 ProductAdded, PlanAssigned, ProductRepriced, ProductRetired, ProductRelisted, PurchasesLimited,
                 LowStockLevelSet,  //
                 MemberEnrolled, ReferrerBound, MemberSuspended, MemberResumed, MemberClosed, MemberMoved, LinkClicked,
                 MemberErased,                                                                             //
                 KeysImported, KeysReleased, ReleaseScheduled, ScheduleEnded, KeysWithdrawn, KeysRevoked,  //
                 OrderPlaced, PaymentReceived, KeysDelivered, OrderDelivered, CommissionForfeited, CommissionWithheld,
                 OrderRefunded, PaymentMismatched, PaymentReturned, OrderExpired, OrderCancelled, StockAwaited,
                 StockNoLongerAwaited, KeyReplaced, DeliveredKeysRevoked,  //
                 CommissionAccrued, CommissionReversed,                    //
                 SettlementPolicyChanged,                                  //
                 SettlementOpened, LinesScheduled, SettlementFixed, SettlementAbandoned, SettlementApproved,
                 SettlementExported, SettlementCancelled,  //
                 PayoutScheduled, PayoutPaid, PayoutFailed, PayoutReturned>;

/// What can have happened: a variant like any other. That it is copied, moved and compared in event.cpp only takes
/// a second and more off every file that knows of it, where each would make those again for all its alternatives.
struct Event : AnyEvent {
  using AnyEvent::variant;
  Event();
  Event(const Event& other);
  Event(Event&& other) noexcept;
  Event& operator=(const Event& other);
  Event& operator=(Event&& other) noexcept;
  ~Event();
  bool operator==(const Event& other) const;
};

enum class StreamKind : std::uint8_t { policy, plan, product, member, visitor, pool, order, account, settlement };

/// The events of one aggregate. Written `order/cd000001`; the policy has no id and is written `policy`.
struct StreamId {
  StreamKind kind{};
  std::string id{};
  auto operator<=>(const StreamId&) const = default;
};

std::string to_text(const StreamId& stream);
std::optional<StreamId> parse_stream(std::string_view text);

inline StreamId policy_stream() { return {StreamKind::policy, {}}; }
inline StreamId stream_of(const PlanId& id) { return {StreamKind::plan, id.value}; }
inline StreamId stream_of(const ProductId& id) { return {StreamKind::product, id.value}; }
inline StreamId stream_of(const MemberId& id) { return {StreamKind::member, id.value}; }
StreamId stream_of(const Fingerprint& visitor);
inline StreamId stream_of(const OrderId& id) { return {StreamKind::order, id.value}; }
inline StreamId pool_stream(const ProductId& id) { return {StreamKind::pool, id.value}; }
inline StreamId stream_of(const SettlementId& id) { return {StreamKind::settlement, id.value}; }
inline StreamId account_stream(const MemberId& id) { return {StreamKind::account, id.value}; }

/// An event that a command leads to, not yet in the log.
struct NewEvent {
  StreamId stream{};
  Timestamp occurred_at{};
  Event event{};
};

using NewEvents = std::vector<NewEvent>;

/// An event that is in the log, as its readers see it.
struct RecordedEvent {
  Position position{};
  StreamId stream{};
  Version version{};
  Timestamp occurred_at{};
  Timestamp recorded_at{};
  Event event{};
};

/// One aggregate's events, addressed to its stream.
template <class AggregateEvent>
NewEvents on_stream(const StreamId& stream, Timestamp occurred_at, std::vector<AggregateEvent> events) {
  NewEvents out;
  out.reserve(events.size());
  for (auto& event : events) {
    if constexpr (requires { std::variant_size<AggregateEvent>::value; }) {
      std::visit([&](auto& e) { out.push_back({stream, occurred_at, std::move(e)}); }, event);
    } else {
      out.push_back({stream, occurred_at, std::move(event)});
    }
  }
  return out;
}

}  // namespace upline::domain
