// Every order: what was bought, paid, delivered and refunded, and what that comes to by member and over time.
#pragma once

#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/plan.hpp"
#include "domain/time.hpp"
#include "projections/as_of.hpp"
#include "projections/projection.hpp"

#include <cstdint>
#include <functional>
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
  std::optional<domain::Timestamp> paid_at{};
  std::string channel{};
  std::optional<domain::PlanId> plan{};  // frozen at payment
  domain::PlanVersion plan_version{};    // 0 without a plan
  std::optional<domain::Timestamp> delivered_at{};
  domain::Minor refunded{};
  std::string state{};  // placed, paid, delivered, partially_refunded, refunded
};

struct RefundLine {
  domain::RefundId refund{};
  domain::Position position{};
  domain::Minor amount{};
  domain::Timestamp occurred_at{};
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

  /// Oldest first; none of an order that was not placed by then.
  void refunds(const AsOf& as_of, const domain::OrderId& order,
               const std::function<void(const RefundLine&)>& visit) const;

  /// In the order of their placing. Some microseconds an order.
  void orders_of_member(const AsOf& as_of, const domain::MemberId& member,
                        const std::function<void(const OrderLine&)>& visit) const;

  /// In the order of member (bytewise), then currency. Sorts: about 2 microseconds an order.
  void volumes(const AsOf& as_of, const std::function<void(const Volume&)>& visit) const;

  /// From `from` up to, but not including, `to`, in periods that begin at whole multiples of `period` since 0001-01-01
  /// UTC; those without sales are left out. In the order of time, then currency. A microsecond an order of the shop.
  void sales_over_time(const AsOf& as_of, domain::Timestamp from, domain::Timestamp to, domain::Duration period,
                       const std::function<void(const PeriodSales&)>& visit) const;

 private:
  ReadModelDatabase& database_;
};

}  // namespace upline::projections
