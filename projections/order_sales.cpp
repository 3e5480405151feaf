#include "projections/orders.hpp"

#include <cassert>

namespace upline::projections {

constexpr const char* select_volumes =
    "SELECT member_id, currency, SUM(sold), SUM(refunded), SUM(orders) FROM ("
    "SELECT member_id, currency, amount_due_minor AS sold, 0 AS refunded, 1 AS orders "
    "FROM orders WHERE delivered_at <= $1 AND delivered_position <= $2 "
    "UNION ALL "
    "SELECT o.member_id, o.currency, 0, r.amount_minor, 0 "
    "FROM order_refunds r JOIN orders o ON o.order_id = r.order_id "
    "WHERE r.occurred_at <= $1 AND r.position <= $2 AND o.delivered_at <= $1 AND o.delivered_position <= $2"
    ") AS moved GROUP BY member_id, currency ORDER BY member_id, currency";

void Orders::volumes(const AsOf& as_of, const std::function<void(const Volume&)>& visit) const {
  auto rows = database_.query(select_volumes, {as_of.occurred_until, as_of.last_position()});
  while (rows.next()) {
    visit({.member = rows.text(0),
           .currency = rows.text(1),
           .sales = rows.minor(2),
           .refunded = rows.minor(3),
           .orders = rows.integer(4)});
  }
}

// Counted from the first instant that there is, so that no dividend is below zero, where engines round differently.
constexpr const char* select_sales_over_time =
    "SELECT happened / $1, currency, SUM(orders), SUM(sold), SUM(refunded) FROM ("
    "SELECT delivered_at - $2 AS happened, currency, 1 AS orders, amount_due_minor AS sold, 0 AS refunded "
    "FROM orders WHERE delivered_at >= $3 AND delivered_at < $4 AND delivered_at <= $5 AND delivered_position <= $6 "
    "AND ($7 = '' OR product_id = $7) "
    "UNION ALL "
    "SELECT r.occurred_at - $2, o.currency, 0, 0, r.amount_minor "
    "FROM order_refunds r JOIN orders o ON o.order_id = r.order_id "
    "WHERE r.occurred_at >= $3 AND r.occurred_at < $4 AND r.occurred_at <= $5 AND r.position <= $6 "
    "AND ($7 = '' OR o.product_id = $7)"
    ") AS moved GROUP BY 1, 2 ORDER BY 1, 2";

void Orders::sales_over_time(const AsOf& as_of, domain::Timestamp from, domain::Timestamp to, domain::Duration period,
                             const std::optional<domain::ProductId>& product,
                             const std::function<void(const PeriodSales&)>& visit) const {
  assert(period.microseconds > 0);
  auto rows = database_.query(select_sales_over_time,
                              {period.microseconds, domain::timestamp_min, from, to, as_of.occurred_until,
                               as_of.last_position(), product ? std::string_view(product->value) : std::string_view()});
  while (rows.next()) {
    visit({.start = domain::timestamp_min + domain::Duration{rows.integer(0) * period.microseconds},
           .currency = rows.text(1),
           .orders = rows.integer(2),
           .sales = rows.minor(3),
           .refunded = rows.minor(4)});
  }
}

}  // namespace upline::projections
