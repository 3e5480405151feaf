// An order from placing to refund. What it owes and earns is decided in record_purchase.hpp and refund_order.hpp; here
// are its events and the shapes it can have.
#pragma once

#include "domain/account.hpp"
#include "domain/ids.hpp"
#include "domain/key_pool.hpp"
#include "domain/member.hpp"
#include "domain/money.hpp"
#include "domain/plan.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace upline::domain {

constexpr std::size_t channel_bytes_max = 64;

// Events, in the stream `order/<id>`; KeysDelivered (key_pool.hpp) is one of them

struct OrderPlaced {
  MemberId member{};
  ProductId product{};
  Quantity quantity{};
  Minor amount_due{};
  Currency currency{};
  bool operator==(const OrderPlaced&) const = default;
};

/// The plan version in force and the members above the buyer, as the payment froze them.
struct FrozenChain {
  PlanId plan{};
  PlanVersion version{};
  std::vector<MemberId> upline{};  // level 1 first, as far as the plan reaches
  bool operator==(const FrozenChain&) const = default;
};

struct PaymentReceived {
  std::optional<PaymentId> payment{};  // none for a purchase recorded after the fact
  Minor amount{};
  Currency currency{};
  std::string channel{};
  std::optional<FrozenChain> chain{};  // none where no plan applies
  bool operator==(const PaymentReceived&) const = default;
};

/// Delivery of what needs no key: manual and external products.
struct OrderDelivered {
  bool operator==(const OrderDelivered&) const = default;
};

/// The numbers are stored; they never change.
enum class ForfeitReason : std::uint8_t { suspended = 1, closed = 2 };

std::string_view name(ForfeitReason reason);

/// A member of the upline who would have earned, had the account been active at delivery.
struct CommissionForfeited {
  MemberId beneficiary{};
  Level level{};
  PlanId plan{};
  PlanVersion plan_version{};
  Rate rate{};
  Minor base{};
  Minor amount{};
  Currency currency{};
  ForfeitReason reason{};
  bool operator==(const CommissionForfeited&) const = default;
};

/// A plan of fixed amounts met an order in another currency: nobody earns.
struct CommissionWithheld {
  PlanId plan{};
  PlanVersion plan_version{};
  Currency plan_currency{};
  Currency order_currency{};
  bool operator==(const CommissionWithheld&) const = default;
};

struct OrderRefunded {
  RefundId refund{};
  Minor amount{};
  std::string reason{};
  bool operator==(const OrderRefunded&) const = default;
};

using OrderEvent = std::variant<OrderPlaced, PaymentReceived, KeysDelivered, OrderDelivered, CommissionForfeited,
                                CommissionWithheld, OrderRefunded>;

// State

struct OrderTerms {
  MemberId member{};
  ProductId product{};
  Quantity quantity{};
  Minor amount_due{};
  Currency currency{};
  Timestamp placed_at{};
  bool operator==(const OrderTerms&) const = default;
};

/// A level that holds an accrual of this order.
struct HeldAccrual {
  MemberId beneficiary{};
  Level level{};
  PlanId plan{};
  Rate rate{};
  Minor accrued{};
  Minor kept{};
  Timestamp accrued_at{};
  Timestamp available_at{};
};

struct NoOrder {};

struct PlacedOrder {
  OrderTerms terms{};
};

struct PaidOrder {
  OrderTerms terms{};
  std::string channel{};
  std::optional<FrozenChain> chain{};
  Minor refunded{};
};

struct DeliveredOrder {
  OrderTerms terms{};
  std::string channel{};
  Minor refunded_before_delivery{};
  Minor refunded{};
  std::vector<HeldAccrual> accruals{};
};

using Order = std::variant<NoOrder, PlacedOrder, PaidOrder, DeliveredOrder>;

Order evolve(Order state, const OrderEvent& event, Timestamp occurred_at);

/// The entries that this order caused in its beneficiaries' accounts shape it too.
Order evolve(Order state, const CommissionAccrued& entry, const MemberId& beneficiary, Timestamp occurred_at);
Order evolve(Order state, const CommissionReversed& entry);

}  // namespace upline::domain
