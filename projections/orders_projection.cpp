#include "domain/overloaded.hpp"
#include "projections/orders.hpp"

#include <array>

namespace upline::projections {

using domain::RecordedEvent;

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

constexpr const char* insert_order =
    "INSERT INTO orders (order_id, position, member_id, product_id, quantity, amount_due_minor, currency, placed_at, "
    "expires_at, liable) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)";

void place(ReadModelDatabase& database, const RecordedEvent& event, const domain::OrderPlaced& e) {
  database.run(insert_order, {event.stream.id, event.position, e.member, e.product, e.quantity.value, e.amount_due,
                              e.currency, event.occurred_at, e.expires_at});
}

// No row where there is no such order; the same below.
constexpr const char* insert_payment =
    "INSERT INTO order_payments (order_id, position, payment_id, amount_minor, currency, channel, effect, occurred_at) "
    "SELECT order_id, $1, $2, $3, $4, $5, $6, $7 FROM orders WHERE order_id = $8";

constexpr const char* update_liable = "UPDATE orders SET liable = 1 WHERE order_id = $1";

// The order counts as paid once the last of the payments that it took was made, whichever arrived last. What is not
// settled by one payment of the amount due may come to be owed back.
constexpr const char* update_paid =
    "UPDATE orders SET paid_at = COALESCE((SELECT MAX(p.occurred_at) FROM order_payments p "
    "WHERE p.order_id = orders.order_id AND p.currency = orders.currency AND p.occurred_at > orders.placed_at), "
    "placed_at), paid_position = $1, channel = $2, plan_id = $3, plan_version = $4, "
    "liable = CASE WHEN amount_due_minor = $5 THEN liable ELSE 1 END WHERE order_id = $6";

void pay(ReadModelDatabase& database, const RecordedEvent& event, const domain::PaymentReceived& e) {
  const auto effect = static_cast<int>(e.effect);
  database.run_on_one_row(insert_payment, {event.position, e.payment, e.amount, e.currency, e.channel, effect,
                                           event.occurred_at, event.stream.id});
  if (e.effect != domain::PaymentEffect::pays) return database.run(update_liable, {event.stream.id});
  const auto plan = e.chain ? SqlValue(e.chain->plan) : SqlValue();
  const auto version = e.chain ? SqlValue(e.chain->version.value) : SqlValue();
  database.run_on_one_row(update_paid, {event.position, e.channel, plan, version, e.amount, event.stream.id});
}

constexpr const char* insert_mismatch =
    "INSERT INTO order_mismatches (order_id, position, payment_id, named_order_id, amount_minor, currency, "
    "occurred_at) SELECT order_id, $1, $2, $3, $4, $5, $6 FROM orders WHERE order_id = $7";

void note_mismatch(ReadModelDatabase& database, const RecordedEvent& event, const domain::PaymentMismatched& e) {
  database.run_on_one_row(
      insert_mismatch, {event.position, e.payment, e.order, e.amount, e.currency, event.occurred_at, event.stream.id});
}

constexpr const char* insert_return =
    "INSERT INTO order_returns (order_id, position, return_id, amount_minor, currency, channel, occurred_at) "
    "SELECT order_id, $1, $2, $3, $4, $5, $6 FROM orders WHERE order_id = $7";

void give_back(ReadModelDatabase& database, const RecordedEvent& event, const domain::PaymentReturned& e) {
  database.run_on_one_row(insert_return,
                          {event.position, e.id, e.amount, e.currency, e.channel, event.occurred_at, event.stream.id});
}

constexpr const char* update_ended =
    "UPDATE orders SET ended_at = $1, ended_position = $2, ended_as = $3 WHERE order_id = $4";

void end(ReadModelDatabase& database, const RecordedEvent& event, Ending ending) {
  database.run_on_one_row(update_ended, {event.occurred_at, event.position, static_cast<int>(ending), event.stream.id});
}

constexpr const char* update_awaited =
    "UPDATE orders SET awaited_at = $1, awaited_position = $2, liable = 1 WHERE order_id = $3";

void await_stock(ReadModelDatabase& database, const RecordedEvent& event) {
  database.run_on_one_row(update_awaited, {event.occurred_at, event.position, event.stream.id});
}

constexpr const char* update_delivered =
    "UPDATE orders SET delivered_at = $1, delivered_position = $2, keys = $3 WHERE order_id = $4";

void deliver(ReadModelDatabase& database, const RecordedEvent& event, const std::vector<domain::KeyRange>& keys) {
  std::uint64_t count = 0;
  for (const auto& range : keys) count += range.count;
  database.run_on_one_row(update_delivered, {event.occurred_at, event.position, count, event.stream.id});
}

constexpr const char* update_revoked = "UPDATE orders SET revoked_at = $1, revoked_position = $2 WHERE order_id = $3";

void revoke_keys(ReadModelDatabase& database, const RecordedEvent& event) {
  database.run_on_one_row(update_revoked, {event.occurred_at, event.position, event.stream.id});
}

constexpr const char* insert_refund =
    "INSERT INTO order_refunds (order_id, position, refund_id, amount_minor, kind, occurred_at) "
    "SELECT order_id, $1, $2, $3, $4, $5 FROM orders WHERE order_id = $6";

void refund(ReadModelDatabase& database, const RecordedEvent& event, const domain::OrderRefunded& e) {
  database.run_on_one_row(insert_refund, {event.position, e.refund, e.amount, static_cast<int>(e.kind),
                                          event.occurred_at, event.stream.id});
}

class OrdersProjection final : public Projection {
 public:
  std::string_view name() const override { return "orders"; }
  int version() const override { return 3; }
  std::span<const OwnedTable> tables() const override { return projections::tables; }

  void apply(ReadModelDatabase& database, const RecordedEvent& event) const override {
    std::visit(domain::Overloaded{
                   [&](const domain::OrderPlaced& e) { place(database, event, e); },
                   [&](const domain::PaymentReceived& e) { pay(database, event, e); },
                   [&](const domain::PaymentMismatched& e) { note_mismatch(database, event, e); },
                   [&](const domain::PaymentReturned& e) { give_back(database, event, e); },
                   [&](const domain::OrderExpired&) { end(database, event, Ending::expired); },
                   [&](const domain::OrderCancelled&) { end(database, event, Ending::cancelled); },
                   [&](const domain::StockAwaited&) { await_stock(database, event); },
                   [&](const domain::KeysDelivered& e) { deliver(database, event, e.keys); },
                   [&](const domain::OrderDelivered&) { deliver(database, event, {}); },
                   [&](const domain::DeliveredKeysRevoked&) { revoke_keys(database, event); },
                   [&](const domain::OrderRefunded& e) { refund(database, event, e); },
                   [](const auto&) {},
               },
               event.event);
  }
};

}  // namespace

const Projection& orders_projection() {
  static const OrdersProjection projection;
  return projection;
}

}  // namespace upline::projections
