#include "projections/names.hpp"
#include "projections/orders.hpp"

#include <cassert>

namespace upline::projections {

constexpr const char* select_volumes =
    "SELECT m.name, c.name, moved.sold, moved.refunded, moved.orders FROM ("
    "SELECT member, currency, SUM(sold) AS sold, SUM(refunded) AS refunded, SUM(orders) AS orders FROM ("
    "SELECT member, currency, amount_due_minor AS sold, 0 AS refunded, 1 AS orders "
    "FROM orders WHERE placed_at + delivered_in <= $1 AND position + delivered_behind <= $2 "
    "UNION ALL "
    "SELECT o.member, o.currency, 0, r.amount_minor, 0 FROM order_refunds r JOIN orders o ON o.position = r.placed "
    "WHERE r.occurred_at <= $1 AND r.position <= $2 "
    "AND o.placed_at + o.delivered_in <= $1 AND o.position + o.delivered_behind <= $2"
    ") AS moves GROUP BY member, currency"
    ") AS moved JOIN names m ON m.number = moved.member JOIN names c ON c.number = moved.currency "
    "ORDER BY m.name, c.name";

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
    "SELECT moved.period, c.name, moved.orders, moved.sold, moved.refunded FROM ("
    "SELECT happened / $1 AS period, currency, SUM(orders) AS orders, SUM(sold) AS sold, SUM(refunded) AS refunded "
    "FROM ("
    "SELECT placed_at + delivered_in - $2 AS happened, currency, 1 AS orders, amount_due_minor AS sold, 0 AS refunded "
    "FROM orders WHERE placed_at + delivered_in >= $3 AND placed_at + delivered_in < $4 "
    "AND placed_at + delivered_in <= $5 AND position + delivered_behind <= $6 AND ($7 IS NULL OR product = $7) "
    "UNION ALL "
    "SELECT r.occurred_at - $2, o.currency, 0, 0, r.amount_minor "
    "FROM order_refunds r JOIN orders o ON o.position = r.placed "
    "WHERE r.occurred_at >= $3 AND r.occurred_at < $4 AND r.occurred_at <= $5 AND r.position <= $6 "
    "AND ($7 IS NULL OR o.product = $7)"
    ") AS moves GROUP BY 1, 2"
    ") AS moved JOIN names c ON c.number = moved.currency ORDER BY moved.period, c.name";

void Orders::sales_over_time(const AsOf& as_of, domain::Timestamp from, domain::Timestamp to, domain::Duration period,
                             const std::optional<domain::ProductId>& product,
                             const std::function<void(const PeriodSales&)>& visit) const {
  assert(period.microseconds > 0);
  SqlValue sold;  // any product
  if (product) {
    const auto number = find_name(database_, product->value);
    if (!number) return;
    sold = *number;
  }
  auto rows = database_.query(select_sales_over_time, {period.microseconds, domain::timestamp_min, from, to,
                                                       as_of.occurred_until, as_of.last_position(), sold});
  while (rows.next()) {
    visit({.start = domain::timestamp_min + domain::Duration{rows.integer(0) * period.microseconds},
           .currency = rows.text(1),
           .orders = rows.integer(2),
           .sales = rows.minor(3),
           .refunded = rows.minor(4)});
  }
}

}  // namespace upline::projections
