#include "projections/inventory.hpp"

#include "domain/overloaded.hpp"

#include <array>

namespace upline::projections {

using domain::RecordedEvent;

namespace {

constexpr std::array tables{
    OwnedTable{.name = "products",
               .select_all = "SELECT * FROM products ORDER BY product_id",
               .key_columns = 1,
               .delete_all = "DELETE FROM products"},
    OwnedTable{.name = "stock_changes",
               .select_all = "SELECT * FROM stock_changes ORDER BY product_id, position",
               .key_columns = 2,
               .delete_all = "DELETE FROM stock_changes"},
    OwnedTable{.name = "plan_choices",
               .select_all = "SELECT * FROM plan_choices ORDER BY product_id, position",
               .key_columns = 2,
               .delete_all = "DELETE FROM plan_choices"},
};

constexpr const char* insert_product =
    "INSERT INTO products (product_id, position, added_at, title, unit_price_minor, currency, fulfilment, plan_id, "
    "unreleased, released, reserved, delivered, revoked) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, 0, 0, 0, 0, 0)";

void add(ReadModelDatabase& database, const RecordedEvent& event, const domain::ProductAdded& e) {
  database.run(insert_product, {event.stream.id, event.position, event.occurred_at, e.title, e.unit_price, e.currency,
                                static_cast<int>(e.fulfilment)});
}

constexpr const char* update_plan = "UPDATE products SET plan_id = $1 WHERE product_id = $2";

constexpr const char* insert_plan_choice =
    "INSERT INTO plan_choices (product_id, position, plan_id, occurred_at) VALUES ($1, $2, $3, $4)";

void assign(ReadModelDatabase& database, const RecordedEvent& event, const domain::PlanAssigned& e) {
  database.run_on_one_row(update_plan, {e.plan, event.stream.id});
  database.run(insert_plan_choice, {event.stream.id, event.position, e.plan, event.occurred_at});
}

/// By how much the numbers of keys change.
struct Change {
  std::int64_t unreleased{};
  std::int64_t released{};
  std::int64_t delivered{};
};

constexpr const char* update_stock =
    "UPDATE products SET unreleased = unreleased + $1, released = released + $2, delivered = delivered + $3 "
    "WHERE product_id = $4";

constexpr const char* insert_change =
    "INSERT INTO stock_changes (product_id, position, occurred_at, unreleased, released, reserved, delivered, revoked) "
    "VALUES ($1, $2, $3, $4, $5, 0, $6, 0)";

void change(ReadModelDatabase& database, const RecordedEvent& event, const std::string& product, const Change& by) {
  database.run_on_one_row(update_stock, {by.unreleased, by.released, by.delivered, product});
  database.run(insert_change, {product, event.position, event.occurred_at, by.unreleased, by.released, by.delivered});
}

void import_keys(ReadModelDatabase& database, const RecordedEvent& event, const domain::KeysImported& e) {
  change(database, event, event.stream.id, {.unreleased = static_cast<std::int64_t>(e.keys.size())});
}

void release(ReadModelDatabase& database, const RecordedEvent& event, const domain::KeysReleased& e) {
  const auto count = static_cast<std::int64_t>(e.keys.count);
  change(database, event, event.stream.id, {.unreleased = -count, .released = count});
}

void deliver(ReadModelDatabase& database, const RecordedEvent& event, const domain::KeysDelivered& e) {
  if (e.shared) return;
  std::int64_t count = 0;
  for (const auto& range : e.keys) count += static_cast<std::int64_t>(range.count);
  change(database, event, e.product.value, {.released = -count, .delivered = count});
}

class InventoryProjection final : public Projection {
 public:
  std::string_view name() const override { return "inventory"; }
  int version() const override { return 2; }
  std::span<const OwnedTable> tables() const override { return projections::tables; }

  void apply(ReadModelDatabase& database, const RecordedEvent& event) const override {
    std::visit(domain::Overloaded{
                   [&](const domain::ProductAdded& e) { add(database, event, e); },
                   [&](const domain::PlanAssigned& e) { assign(database, event, e); },
                   [&](const domain::KeysImported& e) { import_keys(database, event, e); },
                   [&](const domain::KeysReleased& e) { release(database, event, e); },
                   [&](const domain::KeysDelivered& e) { deliver(database, event, e); },
                   [](const auto&) {},
               },
               event.event);
  }
};

void visit_all(ReadModelDatabase::Rows rows, const std::function<void(const Stock&)>& visit) {
  while (rows.next()) {
    visit({.product = rows.text(0),
           .title = rows.text(1),
           .unit_price = rows.minor(2),
           .currency = rows.text(3),
           .fulfilment = static_cast<domain::Fulfilment>(rows.integer(4)),
           .plan = rows.text(5),
           .unreleased = rows.integer(6),
           .released = rows.integer(7),
           .reserved = rows.integer(8),
           .delivered = rows.integer(9),
           .revoked = rows.integer(10)});
  }
}

}  // namespace

const Projection& inventory_projection() {
  static const InventoryProjection projection;
  return projection;
}

constexpr const char* select_stock =
    "SELECT product_id, title, unit_price_minor, currency, fulfilment, plan_id, unreleased, released, reserved, "
    "delivered, revoked FROM products ORDER BY product_id";

void Inventory::stock(const std::function<void(const Stock&)>& visit) const {
  visit_all(database_.query(select_stock), visit);
}

constexpr const char* select_stock_by_then =
    "SELECT p.product_id, p.title, p.unit_price_minor, p.currency, p.fulfilment, "
    "(SELECT plan_id FROM plan_choices h WHERE h.product_id = p.product_id "
    "AND h.occurred_at <= $1 AND h.position <= $2 ORDER BY h.position DESC LIMIT 1), "
    "COALESCE(SUM(c.unreleased), 0), COALESCE(SUM(c.released), 0), COALESCE(SUM(c.reserved), 0), "
    "COALESCE(SUM(c.delivered), 0), COALESCE(SUM(c.revoked), 0) "
    "FROM products p LEFT JOIN stock_changes c ON c.product_id = p.product_id "
    "AND c.occurred_at <= $1 AND c.position <= $2 "
    "WHERE p.added_at <= $1 AND p.position <= $2 GROUP BY p.product_id ORDER BY p.product_id";

void Inventory::stock(const AsOf& as_of, const std::function<void(const Stock&)>& visit) const {
  visit_all(database_.query(select_stock_by_then, {as_of.occurred_until, as_of.last_position()}), visit);
}

}  // namespace upline::projections
