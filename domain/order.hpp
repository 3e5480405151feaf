// An order from placing to refund: its events, and the shapes it can have. What is asked of it has headers of its own:
// place_order, pay_order, deliver_order, cancel_order, refund_order, return_payment, replace_key, record_purchase.
#pragma once

#include "domain/account.hpp"
#include "domain/fingerprint.hpp"
#include "domain/ids.hpp"
#include "domain/key_pool.hpp"
#include "domain/member.hpp"
#include "domain/money.hpp"
#include "domain/plan.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <map>
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
  std::optional<Timestamp> expires_at{};  // none for a recorded purchase, which never waited for its payment
  Quantity reserved{};                    // keys held until then
  std::optional<Fingerprint> address{};   // where the buyer ordered from
  std::optional<SealedText> contact{};    // in the vault
  bool operator==(const OrderPlaced&) const = default;
};

/// The plan version in force and the members above the buyer, as the payment froze them.
struct FrozenChain {
  PlanId plan{};
  PlanVersion version{};
  std::vector<MemberId> upline{};  // level 1 first, as far as the plan reaches
  bool operator==(const FrozenChain&) const = default;
};

/// What a payment does to its order. The numbers are stored; they never change.
enum class PaymentEffect : std::uint8_t {
  pays = 1,       // with it the amount due is reached; what exceeds it is owed back
  underpays = 2,  // the order waits for the rest
  owed_back = 3,  // a second payment, another currency, a cancelled order
};

/// `pays`, `underpays`, `owed-back`.
std::string_view name(PaymentEffect effect);

struct PaymentReceived {
  std::optional<PaymentId> payment{};  // none for a purchase recorded after the fact, and for a gift
  Minor amount{};
  Currency currency{};
  std::string channel{};
  PaymentEffect effect{PaymentEffect::pays};
  std::optional<FrozenChain> chain{};        // none where no plan applies, or the order is not paid by it
  std::optional<MemberId> first_purchase{};  // the buyer, where no order of theirs was paid before
  bool operator==(const PaymentReceived&) const = default;
};

/// A payment id came again with another amount or order. For review; nothing moves.
struct PaymentMismatched {
  PaymentId payment{};
  OrderId order{};  // as named this time; the event is in the stream of the order that the payment belongs to
  Minor amount{};
  Currency currency{};
  bool operator==(const PaymentMismatched&) const = default;
};

/// What was owed back has been paid back: no refund.
struct PaymentReturned {
  ReturnId id{};
  Minor amount{};
  Currency currency{};
  std::string channel{};
  bool operator==(const PaymentReturned&) const = default;
};

/// The reservation ended unpaid; the keys that it held are free.
struct OrderExpired {
  ProductId product{};
  Quantity freed{};
  bool operator==(const OrderExpired&) const = default;
};

struct OrderCancelled {
  ProductId product{};
  Quantity freed{};
  std::string reason{};
  bool operator==(const OrderCancelled&) const = default;
};

/// Delivery of what needs no key: manual and external products.
struct OrderDelivered {
  std::optional<SealedText> text{};  // what was delivered by hand: in the vault
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

/// The numbers are stored; they never change.
enum class RefundKind : std::uint8_t { refund = 1, chargeback = 2 };

/// `refund`, `chargeback`.
std::string_view name(RefundKind kind);

struct OrderRefunded {
  RefundId refund{};
  Minor amount{};
  std::string reason{};
  RefundKind kind{RefundKind::refund};
  bool operator==(const OrderRefunded&) const = default;
};

using OrderEvent =
    std::variant<OrderPlaced, PaymentReceived, PaymentMismatched, PaymentReturned, OrderExpired, OrderCancelled,
                 StockAwaited, StockNoLongerAwaited, KeysDelivered, OrderDelivered, CommissionForfeited,
                 CommissionWithheld, OrderRefunded, KeyReplaced, DeliveredKeysRevoked>;

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

/// What came in for an order and went back, but for refunds.
struct OrderMoney {
  Minor received{};                       // in the order's currency, less what was returned while it was unpaid
  Minor returned{};                       // of what exceeded the amount due
  std::map<Currency, Minor> elsewhere{};  // received in other currencies, less returned
  bool operator==(const OrderMoney&) const = default;
};

struct NoOrder {};

/// Waits for its payment, until it expires.
struct PlacedOrder {
  OrderTerms terms{};
  Timestamp expires_at{};
  Quantity reserved{};
  OrderMoney money{};
  Timestamp paid_at{};  // of the latest payment
};

/// A payment that makes up the amount due still pays it.
struct ExpiredOrder {
  OrderTerms terms{};
  OrderMoney money{};
  Timestamp paid_at{};
};

struct CancelledOrder {
  OrderTerms terms{};
  OrderMoney money{};
};

/// Waits for its delivery: by hand, or for stock.
struct PaidOrder {
  OrderTerms terms{};
  OrderMoney money{};
  Timestamp paid_at{};
  std::string channel{};
  std::optional<FrozenChain> chain{};
  Minor refunded{};
  bool awaits_stock{};
};

struct KeyReplacement {
  std::uint64_t old_key{};
  std::uint64_t new_key{};
};

struct DeliveredOrder {
  OrderTerms terms{};
  OrderMoney money{};
  std::string channel{};
  Minor refunded_before_delivery{};
  Minor refunded{};
  std::vector<HeldAccrual> accruals{};
  std::vector<KeyRange> keys{};  // that the order holds
  bool shared{};
  std::vector<KeyReplacement> replaced{};
  std::optional<SealedText> text{};
};

using Order = std::variant<NoOrder, PlacedOrder, ExpiredOrder, CancelledOrder, PaidOrder, DeliveredOrder>;

/// `placed`, `underpaid`, `expired`, `cancelled`, `paid`, `awaiting_stock`, `delivered`, `partially_refunded`,
/// `refunded`; nothing for no order.
std::string_view state_name(const Order& order);

const OrderTerms* terms_of(const Order& order);
const OrderMoney* money_of(const Order& order);

/// What the shop owes the buyer back in this currency, apart from refunds.
Minor owed_back(const Order& order, const Currency& currency);

Order evolve(Order state, const OrderEvent& event, Timestamp occurred_at);

/// The entries that this order caused in its beneficiaries' accounts shape it too.
Order evolve(Order state, const CommissionAccrued& entry, const MemberId& beneficiary, Timestamp occurred_at);
Order evolve(Order state, const CommissionReversed& entry);

}  // namespace upline::domain
