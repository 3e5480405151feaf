#include "projections/inventory.hpp"

#include "projections/product_settings.hpp"

#include <string>

#include <fmt/format.h>

namespace upline::projections {

namespace {

using Rows = ReadModelDatabase::Rows;

/// The latest of a setting's column that counts by $1 and $2, of products p.
std::string latest(ProductSetting setting, const char* column = "value") {
  return fmt::format(
      "(SELECT s.{} FROM product_settings s WHERE s.product_id = p.product_id AND s.setting = {} "
      "AND s.occurred_at <= $1 AND s.position <= $2 ORDER BY s.position DESC LIMIT 1)",
      column, static_cast<int>(setting));
}

/// What stock_from() reads, but for the numbers behind it.
std::string product_columns() {
  return fmt::format(
      "p.product_id, p.title, COALESCE({}, p.unit_price_minor), p.currency, p.fulfilment, {}, {}, {}, {}",
      latest(ProductSetting::unit_price), latest(ProductSetting::plan, "plan_id"), latest(ProductSetting::retired),
      latest(ProductSetting::units_per_member), latest(ProductSetting::low_stock_level));
}

std::optional<domain::Quantity> optional_quantity(const Rows& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return domain::Quantity{row.integer(column)};
}

Stock stock_from(const Rows& row) {
  return {.product = row.text(0),
          .title = row.text(1),
          .unit_price = row.minor(2),
          .currency = row.text(3),
          .fulfilment = static_cast<domain::Fulfilment>(row.integer(4)),
          .plan = row.text(5),
          .retired = row.integer(6) == 1,
          .units_per_member = optional_quantity(row, 7),
          .low_stock_level = optional_quantity(row, 8),
          .unreleased = row.integer(9),
          .released = row.integer(10),
          .reserved = row.integer(11),
          .delivered = row.integer(12),
          .revoked = row.integer(13),
          .waiting_orders = row.integer(14),
          .waiting_units = row.integer(15)};
}

std::string stock_by_then(const char* which) {
  return fmt::format(
      "SELECT {}, COALESCE(SUM(c.unreleased), 0), COALESCE(SUM(c.released), 0), COALESCE(SUM(c.reserved), 0), "
      "COALESCE(SUM(c.delivered), 0), COALESCE(SUM(c.revoked), 0), COALESCE(SUM(c.waiting_orders), 0), "
      "COALESCE(SUM(c.waiting_units), 0) FROM products p LEFT JOIN stock_changes c ON c.product_id = p.product_id "
      "AND c.occurred_at <= $1 AND c.position <= $2 "
      "WHERE p.added_at <= $1 AND p.position <= $2 {} GROUP BY p.product_id ORDER BY p.product_id",
      product_columns(), which);
}

}  // namespace

void Inventory::stock(const std::function<void(const Stock&)>& visit) const {
  static const auto select_stock = fmt::format(
      "SELECT {}, p.unreleased, p.released, p.reserved, p.delivered, p.revoked, p.waiting_orders, p.waiting_units "
      "FROM products p ORDER BY p.product_id",
      product_columns());
  const AsOf now;
  auto rows = database_.query(select_stock.c_str(), {now.occurred_until, now.last_position()});
  while (rows.next()) visit(stock_from(rows));
}

void Inventory::stock(const AsOf& as_of, const std::function<void(const Stock&)>& visit) const {
  static const auto select_stock_by_then = stock_by_then("");
  auto rows = database_.query(select_stock_by_then.c_str(), {as_of.occurred_until, as_of.last_position()});
  while (rows.next()) visit(stock_from(rows));
}

bool Inventory::stock(const AsOf& as_of, const domain::ProductId& product,
                      const std::function<void(const Stock&)>& visit) const {
  static const auto select_one_by_then = stock_by_then("AND p.product_id = $3");
  auto row = database_.query(select_one_by_then.c_str(), {as_of.occurred_until, as_of.last_position(), product});
  if (!row.next()) return false;
  visit(stock_from(row));
  return true;
}

constexpr const char* select_plans = "SELECT DISTINCT plan_id FROM plans WHERE plan_id > $1 ORDER BY plan_id LIMIT $2";

std::vector<domain::PlanId> Inventory::plans(std::string_view after, std::size_t limit) const {
  auto rows = database_.query(select_plans, {after, limit});
  std::vector<domain::PlanId> plans;
  while (rows.next()) plans.push_back({std::string(rows.text(0))});
  return plans;
}

constexpr const char* select_scheduled_releases =
    "SELECT s.product_id, s.batch_id, s.release_at, s.position FROM release_schedules s "
    "WHERE s.release_at IS NOT NULL AND s.position = (SELECT MAX(l.position) FROM release_schedules l "
    "WHERE l.product_id = s.product_id AND l.batch_id = s.batch_id AND l.occurred_at <= $1 AND l.position <= $2) "
    "ORDER BY s.product_id, s.batch_id";

void Inventory::scheduled_releases(const AsOf& as_of, const std::function<void(const ScheduledRelease&)>& visit) const {
  auto rows = database_.query(select_scheduled_releases, {as_of.occurred_until, as_of.last_position()});
  while (rows.next()) {
    visit({.product = rows.text(0), .batch = rows.text(1), .at = rows.time(2), .position = rows.position(3)});
  }
}

}  // namespace upline::projections
