#include "projections/orders.hpp"

#include "domain/order.hpp"
#include "domain/overloaded.hpp"

#include <array>
#include <cassert>

namespace upline::projections {

using domain::OrderId;
using domain::RecordedEvent;

namespace {

constexpr std::array tables{
    OwnedTable{.name = "orders",
               .select_all = "SELECT * FROM orders ORDER BY order_id",
               .key_columns = 1,
               .delete_all = "DELETE FROM orders"},
    OwnedTable{.name = "order_refunds",
               .select_all = "SELECT * FROM order_refunds ORDER BY order_id, position",
               .key_columns = 2,
               .delete_all = "DELETE FROM order_refunds"},
};

constexpr const char* insert_order =
    "INSERT INTO orders (order_id, position, member_id, product_id, quantity, amount_due_minor, currency, placed_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

void place(ReadModelDatabase& database, const RecordedEvent& event, const domain::OrderPlaced& e) {
  database.run(insert_order, {event.stream.id, event.position, e.member, e.product, e.quantity.value, e.amount_due,
                              e.currency, event.occurred_at});
}

constexpr const char* update_paid =
    "UPDATE orders SET paid_at = $1, paid_position = $2, channel = $3, plan_id = $4, plan_version = $5 "
    "WHERE order_id = $6";

void pay(ReadModelDatabase& database, const RecordedEvent& event, const domain::PaymentReceived& e) {
  const auto plan = e.chain ? SqlValue(e.chain->plan) : SqlValue();
  const auto version = e.chain ? SqlValue(e.chain->version.value) : SqlValue();
  database.run_on_one_row(update_paid, {event.occurred_at, event.position, e.channel, plan, version, event.stream.id});
}

constexpr const char* update_delivered =
    "UPDATE orders SET delivered_at = $1, delivered_position = $2 WHERE order_id = $3";

void deliver(ReadModelDatabase& database, const RecordedEvent& event) {
  database.run_on_one_row(update_delivered, {event.occurred_at, event.position, event.stream.id});
}

// No row where there is no such order.
constexpr const char* insert_refund =
    "INSERT INTO order_refunds (order_id, position, refund_id, amount_minor, occurred_at) "
    "SELECT order_id, $1, $2, $3, $4 FROM orders WHERE order_id = $5";

void refund(ReadModelDatabase& database, const RecordedEvent& event, const domain::OrderRefunded& e) {
  database.run_on_one_row(insert_refund, {event.position, e.refund, e.amount, event.occurred_at, event.stream.id});
}

class OrdersProjection final : public Projection {
 public:
  std::string_view name() const override { return "orders"; }
  int version() const override { return 2; }
  std::span<const OwnedTable> tables() const override { return projections::tables; }

  void apply(ReadModelDatabase& database, const RecordedEvent& event) const override {
    std::visit(domain::Overloaded{
                   [&](const domain::OrderPlaced& e) { place(database, event, e); },
                   [&](const domain::PaymentReceived& e) { pay(database, event, e); },
                   [&](const domain::KeysDelivered&) { deliver(database, event); },
                   [&](const domain::OrderDelivered&) { deliver(database, event); },
                   [&](const domain::OrderRefunded& e) { refund(database, event, e); },
                   [](const auto&) {},
               },
               event.event);
  }
};

std::string state_of(const OrderLine& line) {
  if (line.refunded > domain::Minor{0}) return line.refunded < line.amount_due ? "partially_refunded" : "refunded";
  if (line.delivered_at) return "delivered";
  return line.paid_at ? "paid" : "placed";
}

/// From the columns of select_order and select_orders_of_member.
OrderLine order_from(const ReadModelDatabase::Rows& row) {
  const auto text = [&](int column) { return std::string(row.text(column)); };
  OrderLine line{.order = {text(0)},
                 .position = row.position(1),
                 .member = {text(2)},
                 .product = {text(3)},
                 .quantity = {row.integer(4)},
                 .amount_due = row.minor(5),
                 .currency = {text(6)},
                 .placed_at = row.time(7),
                 .delivered_at = row.optional_time(8),
                 .refunded = row.minor(9)};
  line.paid_at = row.optional_time(10);
  if (line.paid_at) {
    line.channel = text(11);
    if (!row.is_null(12)) line.plan = domain::PlanId{text(12)};
    line.plan_version = {static_cast<std::uint32_t>(row.integer(13))};
  }
  line.state = state_of(line);
  return line;
}

}  // namespace

const Projection& orders_projection() {
  static const OrdersProjection projection;
  return projection;
}

constexpr const char* select_order =
    "SELECT order_id, position, member_id, product_id, quantity, amount_due_minor, currency, placed_at, "
    "CASE WHEN delivered_at <= $1 AND delivered_position <= $2 THEN delivered_at END, "
    "(SELECT COALESCE(SUM(r.amount_minor), 0) FROM order_refunds r "
    "WHERE r.order_id = o.order_id AND r.occurred_at <= $1 AND r.position <= $2), "
    "CASE WHEN paid_at <= $1 AND paid_position <= $2 THEN paid_at END, channel, plan_id, plan_version "
    "FROM orders o WHERE placed_at <= $1 AND position <= $2 AND order_id = $3";

std::optional<OrderLine> Orders::order(const AsOf& as_of, const OrderId& order) const {
  auto row = database_.query(select_order, {as_of.occurred_until, as_of.last_position(), order});
  if (!row.next()) return std::nullopt;
  return order_from(row);
}

constexpr const char* select_refunds =
    "SELECT r.refund_id, r.position, r.amount_minor, r.occurred_at FROM orders o "
    "JOIN order_refunds r ON r.order_id = o.order_id AND r.occurred_at <= $1 AND r.position <= $2 "
    "WHERE o.placed_at <= $1 AND o.position <= $2 AND o.order_id = $3 ORDER BY r.position";

void Orders::refunds(const AsOf& as_of, const OrderId& order,
                     const std::function<void(const RefundLine&)>& visit) const {
  auto rows = database_.query(select_refunds, {as_of.occurred_until, as_of.last_position(), order});
  while (rows.next()) {
    visit({.refund = {std::string(rows.text(0))},
           .position = rows.position(1),
           .amount = rows.minor(2),
           .occurred_at = rows.time(3)});
  }
}

constexpr const char* select_orders_of_member =
    "SELECT order_id, position, member_id, product_id, quantity, amount_due_minor, currency, placed_at, "
    "CASE WHEN delivered_at <= $1 AND delivered_position <= $2 THEN delivered_at END, "
    "(SELECT COALESCE(SUM(r.amount_minor), 0) FROM order_refunds r "
    "WHERE r.order_id = o.order_id AND r.occurred_at <= $1 AND r.position <= $2), "
    "CASE WHEN paid_at <= $1 AND paid_position <= $2 THEN paid_at END, channel, plan_id, plan_version "
    "FROM orders o WHERE placed_at <= $1 AND position <= $2 AND member_id = $3 ORDER BY position";

void Orders::orders_of_member(const AsOf& as_of, const domain::MemberId& member,
                              const std::function<void(const OrderLine&)>& visit) const {
  auto rows = database_.query(select_orders_of_member, {as_of.occurred_until, as_of.last_position(), member});
  while (rows.next()) visit(order_from(rows));
}

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
    "UNION ALL "
    "SELECT r.occurred_at - $2, o.currency, 0, 0, r.amount_minor "
    "FROM order_refunds r JOIN orders o ON o.order_id = r.order_id "
    "WHERE r.occurred_at >= $3 AND r.occurred_at < $4 AND r.occurred_at <= $5 AND r.position <= $6"
    ") AS moved GROUP BY 1, 2 ORDER BY 1, 2";

void Orders::sales_over_time(const AsOf& as_of, domain::Timestamp from, domain::Timestamp to, domain::Duration period,
                             const std::function<void(const PeriodSales&)>& visit) const {
  assert(period.microseconds > 0);
  auto rows = database_.query(select_sales_over_time, {period.microseconds, domain::timestamp_min, from, to,
                                                       as_of.occurred_until, as_of.last_position()});
  while (rows.next()) {
    visit({.start = domain::timestamp_min + domain::Duration{rows.integer(0) * period.microseconds},
           .currency = rows.text(1),
           .orders = rows.integer(2),
           .sales = rows.minor(3),
           .refunded = rows.minor(4)});
  }
}

}  // namespace upline::projections
