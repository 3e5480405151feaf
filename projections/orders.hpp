// Every order: what was bought, paid, delivered and paid back, what the shop owes for it, and what that comes to by
// member and over time.
#pragma once

#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/order.hpp"
#include "domain/plan.hpp"
#include "domain/time.hpp"
#include "projections/as_of.hpp"
#include "projections/order_facts.hpp"
#include "projections/projection.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace upline::projections {

/// An order at one moment: what came later is not there yet.
struct OrderLine {
  domain::OrderId order{};
  domain::Position position{};  // of its placing
  domain::MemberId member{};
  domain::ProductId product{};
  domain::Quantity quantity{};
  domain::Minor amount_due{};
  domain::Currency currency{};
  domain::Timestamp placed_at{};
  std::optional<domain::Timestamp> expires_at{};    // none of a recorded purchase
  std::optional<domain::Timestamp> paid_at{};       // when the last of the payments that it took was made
  std::string channel{};                            // of the payment that reached the amount due
  std::optional<domain::PlanId> plan{};             // frozen at payment
  domain::PlanVersion plan_version{};               // 0 without a plan
  std::optional<domain::Timestamp> waited_since{};  // for stock, whatever became of that
  std::optional<domain::Timestamp> ended_at{};      // expired or cancelled; a late payment may pay it all the same
  std::optional<domain::Timestamp> delivered_at{};
  std::int64_t keys{};                            // delivered
  std::optional<domain::Timestamp> revoked_at{};  // when a refund took the keys back
  domain::Minor received{};                       // in its currency, less what was returned
  domain::Minor refunded{};
  domain::Minor owed_back{};       // in its currency, apart from refunds
  domain::Minor awaiting_stock{};  // paid and not refunded, while it waits for stock
  std::string state{};             // as domain::state_name()
};

/// What came in for an order in one currency, and what of it went or is to go back, apart from refunds.
struct OrderMoney {
  domain::Minor received{};
  domain::Minor returned{};
  domain::Minor owed_back{};
};

struct PaymentLine {
  std::optional<domain::PaymentId> payment{};  // none of a recorded purchase, and of a gift
  domain::Position position{};
  domain::Minor amount{};
  domain::Currency currency{};
  std::string channel{};
  domain::PaymentEffect effect{};
  domain::Timestamp occurred_at{};
};

/// What was owed back and has been paid back.
struct ReturnLine {
  domain::ReturnId id{};
  domain::Position position{};
  domain::Minor amount{};
  domain::Currency currency{};
  std::string channel{};
  domain::Timestamp occurred_at{};
};

/// A payment that came again with another content: nothing moved.
struct MismatchLine {
  domain::PaymentId payment{};
  domain::Position position{};
  domain::OrderId named_order{};
  domain::Minor amount{};
  domain::Currency currency{};
  domain::Timestamp occurred_at{};
};

struct RefundLine {
  domain::RefundId refund{};
  domain::Position position{};
  domain::Minor amount{};
  domain::Timestamp occurred_at{};
  domain::RefundKind kind{domain::RefundKind::refund};
};

/// What state_name() says of an order, from its placing on.
constexpr std::array<std::string_view, 9> order_states{"placed",  "underpaid",      "expired",   "cancelled",
                                                       "paid",    "awaiting_stock", "delivered", "partially_refunded",
                                                       "refunded"};

/// What an order must have to be listed; what is not named may be anything.
struct OrderFilter {
  std::optional<std::string> state{};
  std::optional<domain::MemberId> member{};
  std::optional<domain::ProductId> product{};
};

/// The next part of a list. Its cursor is the position of the last order that was seen: orders that are placed later
/// stand behind it (or in front of it, newest first), so that no page shifts.
struct OrderPage {
  std::optional<domain::Position> after{};
  std::size_t limit{};  // 0: all
  bool newest_first{};
};

/// The next part of what came in for an order, or went back.
struct MovementPage {
  domain::Position after{};
  std::size_t limit{};  // 0: all
};

/// What the shop owes for one order in one currency.
struct Liability {
  domain::OrderId order{};
  domain::Position position{};  // of its placing
  domain::MemberId member{};
  domain::ProductId product{};
  domain::Currency currency{};
  domain::Minor owed_back{};       // to be returned: an excess, a second payment, another currency, an unpaid order's
  domain::Minor awaiting_stock{};  // to be delivered or refunded
};

struct LiabilitySum {
  domain::Minor owed_back{};
  domain::Minor awaiting_stock{};
  bool operator==(const LiabilitySum&) const = default;
};

/// What a member bought, by then and in one currency: amounts due of delivered orders, and what was refunded of those.
/// The texts are borrowed for the visit.
struct Volume {
  std::string_view member{};
  std::string_view currency{};
  domain::Minor sales{};
  domain::Minor refunded{};
  std::int64_t orders{};
};

/// One stretch of time's sales in one currency: deliveries and refunds that occurred in it.
struct PeriodSales {
  domain::Timestamp start{};
  std::string_view currency{};
  std::int64_t orders{};  // delivered
  domain::Minor sales{};
  domain::Minor refunded{};
};

constexpr domain::Duration minute{60 * domain::microseconds_per_second};
constexpr domain::Duration hour{60 * minute.microseconds};
constexpr domain::Duration day{domain::microseconds_per_day};

const Projection& orders_projection();

class Orders {
 public:
  explicit Orders(ReadModelDatabase& database) : database_(database) {}

  /// Nothing where it was not placed by then.
  std::optional<OrderLine> order(const AsOf& as_of, const domain::OrderId& order) const;

  /// By currency; empty where nothing came in by then, and for an order that was not placed by then.
  std::map<domain::Currency, OrderMoney> money(const AsOf& as_of, const domain::OrderId& order) const;

  /// These four in the order of the log; none of an order that was not placed by then.
  void payments(const AsOf& as_of, const domain::OrderId& order, const std::function<void(const PaymentLine&)>& visit,
                const MovementPage& page = {}) const;
  void returns(const AsOf& as_of, const domain::OrderId& order,
               const std::function<void(const ReturnLine&)>& visit) const;
  void mismatches(const AsOf& as_of, const domain::OrderId& order,
                  const std::function<void(const MismatchLine&)>& visit, const MovementPage& page = {}) const;
  void refunds(const AsOf& as_of, const domain::OrderId& order, const std::function<void(const RefundLine&)>& visit,
               const MovementPage& page = {}) const;

  /// In the order of their placing. Some microseconds an order. One member's or product's orders and those of a rare
  /// state are looked up; `delivered`, and all states as of a position, are picked out of all orders.
  void list(const AsOf& as_of, const OrderFilter& filter, const OrderPage& page,
            const std::function<void(const OrderLine&)>& visit) const;

  void orders_of_member(const AsOf& as_of, const domain::MemberId& member,
                        const std::function<void(const OrderLine&)>& visit) const {
    list(as_of, {.member = member}, {}, visit);
  }

  /// In the order of placing, then currency. Costs as many look-ups as there ever were orders that were not paid by one
  /// payment of the amount due, or waited for stock. Below 0 at a moment at which a return counts and its payment does
  /// not yet.
  void liabilities(const AsOf& as_of, const std::function<void(const Liability&)>& visit) const;
  std::map<domain::Currency, LiabilitySum> liability_sums(const AsOf& as_of) const;

  /// In the order of member (bytewise), then currency. Sorts: about 2 microseconds an order.
  void volumes(const AsOf& as_of, const std::function<void(const Volume&)>& visit) const;

  /// From `from` up to, but not including, `to`, in periods that begin at whole multiples of `period` since 0001-01-01
  /// UTC; those without sales are left out. Of one product, or of all. In the order of time, then currency. A
  /// microsecond an order of the shop.
  void sales_over_time(const AsOf& as_of, domain::Timestamp from, domain::Timestamp to, domain::Duration period,
                       const std::optional<domain::ProductId>& product,
                       const std::function<void(const PeriodSales&)>& visit) const;
  void sales_over_time(const AsOf& as_of, domain::Timestamp from, domain::Timestamp to, domain::Duration period,
                       const std::function<void(const PeriodSales&)>& visit) const {
    sales_over_time(as_of, from, to, period, std::nullopt, visit);
  }

 private:
  ReadModelDatabase& database_;
};

}  // namespace upline::projections
