// How the orders are filled from the log.
#include "domain/overloaded.hpp"
#include "eventstore/stored_event.hpp"
#include "projections/kept_rows.hpp"
#include "projections/names.hpp"
#include "projections/orders.hpp"
#include "projections/packed_id.hpp"

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
    OwnedTable{.name = "names",
               .select_all = "SELECT * FROM names ORDER BY number",
               .key_columns = 1,
               .delete_all = "DELETE FROM names"},
    OwnedTable{.name = "orders",
               .select_all = "SELECT * FROM orders ORDER BY position, order_id",
               .key_columns = 2,
               .delete_all = "DELETE FROM orders"},
    OwnedTable{.name = "order_payments",
               .select_all = "SELECT * FROM order_payments ORDER BY placed, position",
               .key_columns = 2,
               .delete_all = "DELETE FROM order_payments"},
    OwnedTable{.name = "order_returns",
               .select_all = "SELECT * FROM order_returns ORDER BY placed, position",
               .key_columns = 2,
               .delete_all = "DELETE FROM order_returns"},
    OwnedTable{.name = "order_mismatches",
               .select_all = "SELECT * FROM order_mismatches ORDER BY placed, position",
               .key_columns = 2,
               .delete_all = "DELETE FROM order_mismatches"},
    OwnedTable{.name = "order_refunds",
               .select_all = "SELECT * FROM order_refunds ORDER BY placed, position",
               .key_columns = 2,
               .delete_all = "DELETE FROM order_refunds"},
};

/// What of an order changes by what happens to it.
struct OrderChanges {
  std::optional<Timestamp> paid_at{};
  std::optional<Position> paid_position{};
  std::optional<std::int64_t> channel{};
  std::optional<std::string> payment{};  // packed; empty where the payment has no id
  std::optional<std::int64_t> plan{};
  std::optional<std::uint32_t> plan_version{};
  std::optional<Timestamp> delivered_at{};
  std::optional<Position> delivered_position{};
  std::optional<std::int64_t> keys{};
  std::optional<Timestamp> awaited_at{};
  std::optional<Position> awaited_position{};
  std::optional<Timestamp> ended_at{};
  std::optional<Position> ended_position{};
  std::optional<int> ended_as{};
  std::optional<Timestamp> revoked_at{};
  std::optional<Position> revoked_position{};
  bool liable{};
};

/// Members, products, currencies, channels and plans are numbers of their names.
struct OrderRow {
  Position position{};
  std::int64_t member{};
  std::int64_t product{};
  domain::Quantity quantity{};
  domain::Minor amount_due{};
  std::int64_t currency{};
  Timestamp placed_at{};
  std::optional<Timestamp> expires_at{};
  OrderChanges changes{};
  Timestamp last_payment_at{domain::timestamp_min};  // in its currency

  SqlValue since_placing(const std::optional<Timestamp>& at) const {
    return at ? SqlValue(at->microseconds - placed_at.microseconds) : SqlValue();
  }
  SqlValue behind_placing(const std::optional<Position>& at) const {
    return at ? SqlValue(at->value - position.value) : SqlValue();
  }
};

constexpr const char* insert_order =
    "INSERT INTO orders (order_id, position, member, product, quantity, amount_due_minor, currency, placed_at, "
    "expires_in, paid_in, paid_behind, channel, payment_id, plan, plan_version, delivered_in, delivered_behind, keys, "
    "awaited_at, awaited_position, ended_at, ended_position, ended_as, revoked_at, revoked_position, liable) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, "
    "$24, $25, $26)";

SqlValue blob_of(const std::optional<std::string>& bytes) { return bytes ? SqlValue(Blob{*bytes}) : SqlValue(); }

void insert(ReadModelDatabase& database, std::string_view order, const OrderRow& row) {
  const auto& c = row.changes;
  database.run(insert_order, {PackedId(order),
                              row.position,
                              row.member,
                              row.product,
                              row.quantity.value,
                              row.amount_due,
                              row.currency,
                              row.placed_at,
                              row.since_placing(row.expires_at),
                              row.since_placing(c.paid_at),
                              row.behind_placing(c.paid_position),
                              c.channel,
                              blob_of(c.payment),
                              c.plan,
                              c.plan_version,
                              row.since_placing(c.delivered_at),
                              row.behind_placing(c.delivered_position),
                              c.keys,
                              c.awaited_at,
                              c.awaited_position,
                              c.ended_at,
                              c.ended_position,
                              c.ended_as,
                              c.revoked_at,
                              c.revoked_position,
                              c.liable ? 1 : 0});
}

constexpr const char* update_order =
    "UPDATE orders SET paid_in = $1, paid_behind = $2, channel = $3, payment_id = $4, plan = $5, plan_version = $6, "
    "delivered_in = $7, delivered_behind = $8, keys = $9, awaited_at = $10, awaited_position = $11, ended_at = $12, "
    "ended_position = $13, ended_as = $14, revoked_at = $15, revoked_position = $16, liable = $17 WHERE position = $18";

void update(ReadModelDatabase& database, const OrderRow& row) {
  const auto& c = row.changes;
  database.run_on_one_row(
      update_order, {row.since_placing(c.paid_at), row.behind_placing(c.paid_position), c.channel, blob_of(c.payment),
                     c.plan, c.plan_version, row.since_placing(c.delivered_at),
                     row.behind_placing(c.delivered_position), c.keys, c.awaited_at, c.awaited_position, c.ended_at,
                     c.ended_position, c.ended_as, c.revoked_at, c.revoked_position, c.liable ? 1 : 0, row.position});
}

constexpr const char* select_changes =
    "SELECT o.position, o.amount_due_minor, o.currency, o.placed_at, o.placed_at + o.paid_in, "
    "o.position + o.paid_behind, o.channel, o.payment_id, o.plan, o.plan_version, o.placed_at + o.delivered_in, "
    "o.position + o.delivered_behind, o.keys, o.awaited_at, o.awaited_position, o.ended_at, o.ended_position, "
    "o.ended_as, o.revoked_at, o.revoked_position, o.liable, (SELECT MAX(p.occurred_at) FROM order_payments p "
    "WHERE p.placed = o.position AND p.currency = o.currency) FROM orders o WHERE o.order_id = $1";

template <class T>
std::optional<T> optional_number(const ReadModelDatabase::Rows& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return static_cast<T>(row.integer(column));
}

std::optional<Position> optional_position(const ReadModelDatabase::Rows& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.position(column));
}

std::optional<std::string> optional_bytes(const ReadModelDatabase::Rows& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(std::string(row.blob(column).bytes));
}

/// As much of it as its changes depend on.
std::optional<OrderRow> load(ReadModelDatabase& database, std::string_view order) {
  const auto row = database.find(select_changes, {PackedId(order)});
  if (!row) return std::nullopt;
  OrderRow known{.position = row->position(0),
                 .amount_due = row->minor(1),
                 .currency = row->integer(2),
                 .placed_at = row->time(3),
                 .changes = {.paid_at = row->optional_time(4),
                             .paid_position = optional_position(*row, 5),
                             .channel = optional_number<std::int64_t>(*row, 6),
                             .payment = optional_bytes(*row, 7),
                             .plan = optional_number<std::int64_t>(*row, 8),
                             .plan_version = optional_number<std::uint32_t>(*row, 9),
                             .delivered_at = row->optional_time(10),
                             .delivered_position = optional_position(*row, 11),
                             .keys = optional_number<std::int64_t>(*row, 12),
                             .awaited_at = row->optional_time(13),
                             .awaited_position = optional_position(*row, 14),
                             .ended_at = row->optional_time(15),
                             .ended_position = optional_position(*row, 16),
                             .ended_as = optional_number<int>(*row, 17),
                             .revoked_at = row->optional_time(18),
                             .revoked_position = optional_position(*row, 19),
                             .liable = row->integer(20) == 1},
                 .last_payment_at = row->optional_time(21).value_or(domain::timestamp_min)};
  if (known.changes.payment) known.last_payment_at = std::max(known.last_payment_at, *known.changes.paid_at);
  return known;
}

constexpr const char* insert_payment =
    "INSERT INTO order_payments (placed, position, payment_id, amount_minor, currency, channel, effect, occurred_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

constexpr const char* insert_mismatch =
    "INSERT INTO order_mismatches (placed, position, payment_id, named_order_id, amount_minor, currency, occurred_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)";

constexpr const char* insert_return =
    "INSERT INTO order_returns (placed, position, return_id, amount_minor, currency, channel, occurred_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)";

constexpr const char* insert_refund =
    "INSERT INTO order_refunds (placed, position, refund_id, amount_minor, kind, occurred_at) "
    "VALUES ($1, $2, $3, $4, $5, $6)";

class OrdersIntake final : public Intake {
 public:
  explicit OrdersIntake(ReadModelDatabase& database) : database_(database), names_(database) {}

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
    names_.forget_many();
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
                                  .member = names_.of(e.member.value),
                                  .product = names_.of(e.product.value),
                                  .quantity = e.quantity,
                                  .amount_due = e.amount_due,
                                  .currency = names_.of(e.currency.code),
                                  .placed_at = event.occurred_at,
                                  .expires_at = e.expires_at});
  }

  void pay(const RecordedEvent& event, const domain::PaymentReceived& e) {
    auto& order = order_of(event);
    auto& changes = order.changes;
    const auto currency = names_.of(e.currency.code);
    const auto channel = names_.of(e.channel);
    const bool pays = e.effect == domain::PaymentEffect::pays;
    const bool was_paid = changes.paid_at.has_value();
    if (currency == order.currency) order.last_payment_at = std::max(order.last_payment_at, event.occurred_at);
    // What is not settled by one payment of the amount due may come to be owed back.
    if (!pays || e.amount != order.amount_due) changes.liable = true;
    if (pays) {
      // It counts as paid once the last of the payments that it took was made, whichever arrived last.
      changes.paid_at = std::max(order.placed_at, order.last_payment_at);
      changes.paid_position = event.position;
      changes.channel = channel;
      if (e.chain) changes.plan = names_.of(e.chain->plan.value);
      if (e.chain) changes.plan_version = e.chain->version.value;
    }
    const bool says_all = pays && !was_paid && e.amount == order.amount_due && currency == order.currency &&
                          event.occurred_at == changes.paid_at;
    if (says_all) {
      changes.payment = e.payment ? std::string(PackedId(e.payment->value).bytes()) : std::string();
      return;
    }
    database_.run(insert_payment, {order.position, event.position, e.payment, e.amount, currency, channel,
                                   static_cast<int>(e.effect), event.occurred_at});
  }

  void note_mismatch(const RecordedEvent& event, const domain::PaymentMismatched& e) {
    database_.run(insert_mismatch, {order_of(event).position, event.position, e.payment, e.order, e.amount,
                                    names_.of(e.currency.code), event.occurred_at});
  }

  void give_back(const RecordedEvent& event, const domain::PaymentReturned& e) {
    database_.run(insert_return, {order_of(event).position, event.position, e.id, e.amount, names_.of(e.currency.code),
                                  names_.of(e.channel), event.occurred_at});
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
    database_.run(insert_refund, {order_of(event).position, event.position, e.refund, e.amount,
                                  static_cast<int>(e.kind), event.occurred_at});
  }

  ReadModelDatabase& database_;
  NumbersOfNames names_;
  KeptRows<OrderRow> orders_{};
};

class OrdersProjection final : public Projection {
 public:
  std::string_view name() const override { return "orders"; }
  int version() const override { return 4; }
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
