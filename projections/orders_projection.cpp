// How the orders are filled from the log.
#include "domain/overloaded.hpp"
#include "eventstore/stored_event.hpp"
#include "projections/kept_rows.hpp"
#include "projections/orders.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace upline::projections {

using domain::Position;
using domain::RecordedEvent;
using domain::Timestamp;

namespace {

constexpr std::array tables{
    OwnedTable{.name = "orders",
               .select_all = "SELECT * FROM orders ORDER BY position, order_id",
               .key_columns = 2,
               .delete_all = "DELETE FROM orders"},
    OwnedTable{.name = "order_payments",
               .select_all = "SELECT * FROM order_payments ORDER BY order_id, position",
               .key_columns = 2,
               .delete_all = "DELETE FROM order_payments"},
    OwnedTable{.name = "order_returns",
               .select_all = "SELECT * FROM order_returns ORDER BY order_id, position",
               .key_columns = 2,
               .delete_all = "DELETE FROM order_returns"},
    OwnedTable{.name = "order_mismatches",
               .select_all = "SELECT * FROM order_mismatches ORDER BY order_id, position",
               .key_columns = 2,
               .delete_all = "DELETE FROM order_mismatches"},
    OwnedTable{.name = "order_refunds",
               .select_all = "SELECT * FROM order_refunds ORDER BY order_id, position",
               .key_columns = 2,
               .delete_all = "DELETE FROM order_refunds"},
};

/// What of an order changes by what happens to it.
struct OrderChanges {
  std::optional<Timestamp> paid_at{};
  std::optional<Position> paid_position{};
  std::optional<std::string> channel{};
  std::optional<std::string> plan{};
  std::optional<std::uint32_t> plan_version{};
  std::optional<Timestamp> awaited_at{};
  std::optional<Position> awaited_position{};
  std::optional<Timestamp> ended_at{};
  std::optional<Position> ended_position{};
  std::optional<int> ended_as{};
  std::optional<Timestamp> delivered_at{};
  std::optional<Position> delivered_position{};
  std::optional<std::int64_t> keys{};
  std::optional<Timestamp> revoked_at{};
  std::optional<Position> revoked_position{};
  bool liable{};
};

struct OrderRow {
  Position position{};
  std::string member{};
  std::string product{};
  domain::Quantity quantity{};
  domain::Minor amount_due{};
  domain::Currency currency{};
  Timestamp placed_at{};
  std::optional<Timestamp> expires_at{};
  OrderChanges changes{};
  Timestamp last_payment_at{domain::timestamp_min};  // in its currency
};

constexpr const char* insert_order =
    "INSERT INTO orders (order_id, position, member_id, product_id, quantity, amount_due_minor, currency, placed_at, "
    "expires_at, paid_at, paid_position, channel, plan_id, plan_version, awaited_at, awaited_position, ended_at, "
    "ended_position, ended_as, delivered_at, delivered_position, keys, revoked_at, revoked_position, liable) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, "
    "$24, $25)";

void insert(ReadModelDatabase& database, std::string_view order, const OrderRow& row) {
  const auto& c = row.changes;
  database.run(insert_order, {order,
                              row.position,
                              row.member,
                              row.product,
                              row.quantity.value,
                              row.amount_due,
                              row.currency,
                              row.placed_at,
                              row.expires_at,
                              c.paid_at,
                              c.paid_position,
                              c.channel,
                              c.plan,
                              c.plan_version,
                              c.awaited_at,
                              c.awaited_position,
                              c.ended_at,
                              c.ended_position,
                              c.ended_as,
                              c.delivered_at,
                              c.delivered_position,
                              c.keys,
                              c.revoked_at,
                              c.revoked_position,
                              c.liable ? 1 : 0});
}

constexpr const char* update_order =
    "UPDATE orders SET paid_at = $1, paid_position = $2, channel = $3, plan_id = $4, plan_version = $5, "
    "awaited_at = $6, awaited_position = $7, ended_at = $8, ended_position = $9, ended_as = $10, delivered_at = $11, "
    "delivered_position = $12, keys = $13, revoked_at = $14, revoked_position = $15, liable = $16 WHERE position = $17";

void update(ReadModelDatabase& database, const OrderRow& row) {
  const auto& c = row.changes;
  database.run_on_one_row(
      update_order, {c.paid_at, c.paid_position, c.channel, c.plan, c.plan_version, c.awaited_at, c.awaited_position,
                     c.ended_at, c.ended_position, c.ended_as, c.delivered_at, c.delivered_position, c.keys,
                     c.revoked_at, c.revoked_position, c.liable ? 1 : 0, row.position});
}

constexpr const char* select_changes =
    "SELECT o.position, o.amount_due_minor, o.currency, o.placed_at, o.paid_at, o.paid_position, o.channel, o.plan_id, "
    "o.plan_version, o.awaited_at, o.awaited_position, o.ended_at, o.ended_position, o.ended_as, o.delivered_at, "
    "o.delivered_position, o.keys, o.revoked_at, o.revoked_position, o.liable, (SELECT MAX(p.occurred_at) "
    "FROM order_payments p WHERE p.order_id = o.order_id AND p.currency = o.currency) FROM orders o "
    "WHERE o.order_id = $1";

template <class T>
std::optional<T> optional_number(const ReadModelDatabase::Rows& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return static_cast<T>(row.integer(column));
}

std::optional<Position> optional_position(const ReadModelDatabase::Rows& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.position(column));
}

std::optional<std::string> optional_text(const ReadModelDatabase::Rows& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(std::string(row.text(column)));
}

/// As much of it as its changes depend on.
std::optional<OrderRow> load(ReadModelDatabase& database, std::string_view order) {
  const auto row = database.find(select_changes, {order});
  if (!row) return std::nullopt;
  return OrderRow{.position = row->position(0),
                  .amount_due = row->minor(1),
                  .currency = {std::string(row->text(2))},
                  .placed_at = row->time(3),
                  .changes = {.paid_at = row->optional_time(4),
                              .paid_position = optional_position(*row, 5),
                              .channel = optional_text(*row, 6),
                              .plan = optional_text(*row, 7),
                              .plan_version = optional_number<std::uint32_t>(*row, 8),
                              .awaited_at = row->optional_time(9),
                              .awaited_position = optional_position(*row, 10),
                              .ended_at = row->optional_time(11),
                              .ended_position = optional_position(*row, 12),
                              .ended_as = optional_number<int>(*row, 13),
                              .delivered_at = row->optional_time(14),
                              .delivered_position = optional_position(*row, 15),
                              .keys = optional_number<std::int64_t>(*row, 16),
                              .revoked_at = row->optional_time(17),
                              .revoked_position = optional_position(*row, 18),
                              .liable = row->integer(19) == 1},
                  .last_payment_at = row->optional_time(20).value_or(domain::timestamp_min)};
}

constexpr const char* insert_payment =
    "INSERT INTO order_payments (order_id, position, payment_id, amount_minor, currency, channel, effect, occurred_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

constexpr const char* insert_mismatch =
    "INSERT INTO order_mismatches (order_id, position, payment_id, named_order_id, amount_minor, currency, "
    "occurred_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";

constexpr const char* insert_return =
    "INSERT INTO order_returns (order_id, position, return_id, amount_minor, currency, channel, occurred_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)";

constexpr const char* insert_refund =
    "INSERT INTO order_refunds (order_id, position, refund_id, amount_minor, kind, occurred_at) "
    "VALUES ($1, $2, $3, $4, $5, $6)";

class OrdersIntake final : public Intake {
 public:
  explicit OrdersIntake(ReadModelDatabase& database) : database_(database) {}

  void apply(const RecordedEvent& event) override {
    std::visit(domain::Overloaded{
                   [&](const domain::OrderPlaced& e) { place(event, e); },
                   [&](const domain::PaymentReceived& e) { pay(event, e); },
                   [&](const domain::PaymentMismatched& e) { note_mismatch(event, e); },
                   [&](const domain::PaymentReturned& e) { give_back(event, e); },
                   [&](const domain::OrderExpired&) { end(event, Ending::expired); },
                   [&](const domain::OrderCancelled&) { end(event, Ending::cancelled); },
                   [&](const domain::StockAwaited&) { await_stock(event); },
                   [&](const domain::KeysDelivered& e) { deliver(event, e.keys); },
                   [&](const domain::OrderDelivered&) { deliver(event, {}); },
                   [&](const domain::DeliveredKeysRevoked&) { revoke_keys(event); },
                   [&](const domain::OrderRefunded& e) { refund(event, e); },
                   [](const auto&) {},
               },
               event.event);
  }

  void flush() override {
    orders_.flush([&](std::string_view order, const OrderRow& row) { insert(database_, order, row); },
                  [&](std::string_view, const OrderRow& row) { update(database_, row); });
  }

 private:
  /// The order that the event is about, as it was before.
  OrderRow& order_of(const RecordedEvent& event) {
    const auto& order = event.stream.id;
    auto* row = orders_.find(order, [&] { return load(database_, order); });
    if (row == nullptr) throw eventstore::DamagedStore("the order was never placed");
    return *row;
  }

  void place(const RecordedEvent& event, const domain::OrderPlaced& e) {
    orders_.add(event.stream.id, {.position = event.position,
                                  .member = e.member.value,
                                  .product = e.product.value,
                                  .quantity = e.quantity,
                                  .amount_due = e.amount_due,
                                  .currency = e.currency,
                                  .placed_at = event.occurred_at,
                                  .expires_at = e.expires_at});
  }

  void pay(const RecordedEvent& event, const domain::PaymentReceived& e) {
    auto& order = order_of(event);
    database_.run(insert_payment, {event.stream.id, event.position, e.payment, e.amount, e.currency, e.channel,
                                   static_cast<int>(e.effect), event.occurred_at});
    if (e.currency == order.currency) order.last_payment_at = std::max(order.last_payment_at, event.occurred_at);
    auto& changes = order.changes;
    // What is not settled by one payment of the amount due may come to be owed back.
    if (e.effect != domain::PaymentEffect::pays || e.amount != order.amount_due) changes.liable = true;
    if (e.effect != domain::PaymentEffect::pays) return;
    // It counts as paid once the last of the payments that it took was made, whichever arrived last.
    changes.paid_at = std::max(order.placed_at, order.last_payment_at);
    changes.paid_position = event.position;
    changes.channel = e.channel;
    if (!e.chain) return;
    changes.plan = e.chain->plan.value;
    changes.plan_version = e.chain->version.value;
  }

  void note_mismatch(const RecordedEvent& event, const domain::PaymentMismatched& e) {
    order_of(event);
    database_.run(insert_mismatch,
                  {event.stream.id, event.position, e.payment, e.order, e.amount, e.currency, event.occurred_at});
  }

  void give_back(const RecordedEvent& event, const domain::PaymentReturned& e) {
    order_of(event);
    database_.run(insert_return,
                  {event.stream.id, event.position, e.id, e.amount, e.currency, e.channel, event.occurred_at});
  }

  void end(const RecordedEvent& event, Ending ending) {
    auto& changes = order_of(event).changes;
    changes.ended_at = event.occurred_at;
    changes.ended_position = event.position;
    changes.ended_as = static_cast<int>(ending);
  }

  void await_stock(const RecordedEvent& event) {
    auto& changes = order_of(event).changes;
    changes.awaited_at = event.occurred_at;
    changes.awaited_position = event.position;
    changes.liable = true;
  }

  void deliver(const RecordedEvent& event, const std::vector<domain::KeyRange>& keys) {
    auto& changes = order_of(event).changes;
    changes.delivered_at = event.occurred_at;
    changes.delivered_position = event.position;
    changes.keys = 0;
    for (const auto& range : keys) *changes.keys += static_cast<std::int64_t>(range.count);
  }

  void revoke_keys(const RecordedEvent& event) {
    auto& changes = order_of(event).changes;
    changes.revoked_at = event.occurred_at;
    changes.revoked_position = event.position;
  }

  void refund(const RecordedEvent& event, const domain::OrderRefunded& e) {
    order_of(event);
    database_.run(insert_refund,
                  {event.stream.id, event.position, e.refund, e.amount, static_cast<int>(e.kind), event.occurred_at});
  }

  ReadModelDatabase& database_;
  KeptRows<OrderRow> orders_{};
};

class OrdersProjection final : public Projection {
 public:
  std::string_view name() const override { return "orders"; }
  int version() const override { return 3; }
  std::span<const OwnedTable> tables() const override { return projections::tables; }
  std::unique_ptr<Intake> begin(ReadModelDatabase& database) const override {
    return std::make_unique<OrdersIntake>(database);
  }
};

}  // namespace

const Projection& orders_projection() {
  static const OrdersProjection projection;
  return projection;
}

}  // namespace upline::projections
