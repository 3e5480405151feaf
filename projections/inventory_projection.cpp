#include "domain/overloaded.hpp"
#include "projections/inventory.hpp"
#include "projections/product_settings.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace upline::projections {

using domain::KeyRange;
using domain::KeySource;
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
    OwnedTable{.name = "product_settings",
               .select_all = "SELECT * FROM product_settings ORDER BY product_id, setting, position",
               .key_columns = 3,
               .delete_all = "DELETE FROM product_settings"},
    OwnedTable{.name = "plans",
               .select_all = "SELECT * FROM plans ORDER BY plan_id, version",
               .key_columns = 2,
               .delete_all = "DELETE FROM plans"},
    OwnedTable{.name = "release_schedules",
               .select_all = "SELECT * FROM release_schedules ORDER BY product_id, batch_id, position",
               .key_columns = 3,
               .delete_all = "DELETE FROM release_schedules"},
    OwnedTable{.name = "limited_keys",
               .select_all = "SELECT * FROM limited_keys ORDER BY product_id, first_key",
               .key_columns = 2,
               .delete_all = "DELETE FROM limited_keys"},
    OwnedTable{.name = "key_uses",
               .select_all = "SELECT * FROM key_uses ORDER BY product_id, key",
               .key_columns = 2,
               .delete_all = "DELETE FROM key_uses"},
};

constexpr const char* insert_product =
    "INSERT INTO products (product_id, position, added_at, title, unit_price_minor, currency, fulfilment, unreleased, "
    "released, reserved, delivered, revoked, waiting_orders, waiting_units) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 0, 0, 0, 0)";

void add(ReadModelDatabase& database, const RecordedEvent& event, const domain::ProductAdded& e) {
  database.run(insert_product, {event.stream.id, event.position, event.occurred_at, e.title, e.unit_price, e.currency,
                                static_cast<int>(e.fulfilment)});
}

constexpr const char* insert_plan =
    "INSERT INTO plans (plan_id, version, position, published_at) VALUES ($1, $2, $3, $4)";

void publish(ReadModelDatabase& database, const RecordedEvent& event, const domain::PlanPublished& e) {
  database.run(insert_plan, {event.stream.id, e.version.value, event.position, event.occurred_at});
}

// No row where there is no such product.
constexpr const char* insert_setting =
    "INSERT INTO product_settings (product_id, setting, position, plan_id, value, occurred_at) "
    "SELECT product_id, $1, $2, $3, $4, $5 FROM products WHERE product_id = $6";

void settle(ReadModelDatabase& database, const RecordedEvent& event, ProductSetting setting, SqlValue value) {
  const bool is_plan = setting == ProductSetting::plan;
  database.run_on_one_row(insert_setting, {static_cast<int>(setting), event.position, is_plan ? value : SqlValue(),
                                           is_plan ? SqlValue() : value, event.occurred_at, event.stream.id});
}

SqlValue value_of(const std::optional<domain::Quantity>& limit) { return limit ? SqlValue(limit->value) : SqlValue(); }

/// By how much the numbers change.
struct Change {
  std::int64_t unreleased{};
  std::int64_t released{};
  std::int64_t reserved{};
  std::int64_t delivered{};
  std::int64_t revoked{};
  std::int64_t waiting_orders{};
  std::int64_t waiting_units{};
  bool operator==(const Change&) const = default;

  Change& operator+=(const Change& by) {
    unreleased += by.unreleased;
    released += by.released;
    reserved += by.reserved;
    delivered += by.delivered;
    revoked += by.revoked;
    waiting_orders += by.waiting_orders;
    waiting_units += by.waiting_units;
    return *this;
  }
};

constexpr const char* insert_change =
    "INSERT INTO stock_changes (product_id, position, occurred_at, unreleased, released, reserved, delivered, revoked, "
    "waiting_orders, waiting_units) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

constexpr const char* update_stock =
    "UPDATE products SET unreleased = unreleased + $1, released = released + $2, reserved = reserved + $3, "
    "delivered = delivered + $4, revoked = revoked + $5, waiting_orders = waiting_orders + $6, "
    "waiting_units = waiting_units + $7 WHERE product_id = $8";

/// The numbers of the products. What many events change is added up and written once.
class StockNumbers {
 public:
  explicit StockNumbers(ReadModelDatabase& database) : database_(database) {}

  void change(const RecordedEvent& event, const std::string& product, const Change& by) {
    if (by == Change{}) return;
    database_.run(insert_change, {product, event.position, event.occurred_at, by.unreleased, by.released, by.reserved,
                                  by.delivered, by.revoked, by.waiting_orders, by.waiting_units});
    sums_[product] += by;
  }

  /// Throws where there is no such product.
  void flush() {
    for (const auto& [product, by] : sums_) {
      database_.run_on_one_row(update_stock, {by.unreleased, by.released, by.reserved, by.delivered, by.revoked,
                                              by.waiting_orders, by.waiting_units, product});
    }
    sums_.clear();
  }

 private:
  ReadModelDatabase& database_;
  std::map<std::string, Change> sums_{};
};

std::int64_t count_of(const std::vector<KeyRange>& ranges) {
  std::int64_t count = 0;
  for (const auto& range : ranges) count += static_cast<std::int64_t>(range.count);
  return count;
}

constexpr const char* insert_limited_keys =
    "INSERT INTO limited_keys (product_id, first_key, key_count, use_limit) VALUES ($1, $2, $3, $4)";

void limit_uses(ReadModelDatabase& database, const RecordedEvent& event, const domain::KeysImported& e) {
  if (e.use_limit > 0) database.run(insert_limited_keys, {event.stream.id, e.first, e.keys.size(), e.use_limit});
}

/// The keys that the event puts on sale, or takes off where the count is below 0.
Change released(std::int64_t count) { return {.unreleased = -count, .released = count}; }

Change revoked(const domain::KeysRevoked& e) {
  const auto unreleased = count_of(e.unreleased);
  const auto released = count_of(e.released);
  return {.unreleased = -unreleased, .released = -released, .revoked = unreleased + released};
}

constexpr const char* insert_schedule =
    "INSERT INTO release_schedules (product_id, batch_id, position, release_at, occurred_at) "
    "VALUES ($1, $2, $3, $4, $5)";

void schedule(ReadModelDatabase& database, const RecordedEvent& event, const domain::BatchId& batch,
              const std::optional<domain::Timestamp>& at) {
  database.run(insert_schedule, {event.stream.id, batch, event.position, at, event.occurred_at});
}

/// Keys that an open order holds, or no longer holds where the count is below 0.
Change reserved(std::int64_t count) { return {.released = -count, .reserved = count}; }

constexpr const char* select_limit =
    "SELECT l.use_limit, COALESCE((SELECT u.used FROM key_uses u WHERE u.product_id = $1 AND u.key = $2), 0) "
    "FROM limited_keys l WHERE l.product_id = $1 AND l.first_key <= $2 AND l.first_key + l.key_count > $2 "
    "ORDER BY l.first_key DESC LIMIT 1";

constexpr const char* update_uses =
    "INSERT INTO key_uses (product_id, key, used) VALUES ($1, $2, $3) "
    "ON CONFLICT (product_id, key) DO UPDATE SET used = excluded.used";

/// How many shared keys reach their limit by serving these units, as the domain's pool lets them serve: the keys in
/// turn, each until its limit, one without a limit all that is left.
std::int64_t keys_used_up(ReadModelDatabase& database, const domain::KeysDelivered& e) {
  std::int64_t used_up = 0;
  auto units = e.units.value;
  for (const auto& range : e.keys) {
    auto row = database.query(select_limit, {e.product, range.first});
    if (!row.next()) break;
    const auto limit = row.integer(0);
    const auto uses = std::min(units, limit - row.integer(1));
    const auto used = row.integer(1) + uses;
    database.run(update_uses, {e.product, range.first, used});
    units -= uses;
    if (used == limit) ++used_up;
  }
  return used_up;
}

Change delivered(ReadModelDatabase& database, const domain::KeysDelivered& e) {
  const auto count = e.shared ? keys_used_up(database, e) : count_of(e.keys);
  Change by{.delivered = count};
  (e.source == KeySource::reservation ? by.reserved : by.released) = -count;
  if (e.source == KeySource::waiting) {
    by.waiting_orders = -1;
    by.waiting_units = -e.units.value;
  }
  return by;
}

Change waiting(std::int64_t orders, domain::Quantity quantity) {
  return {.waiting_orders = orders, .waiting_units = orders * quantity.value};
}

/// The bad key, delivered before, is revoked; the good one is delivered.
constexpr Change replaced{.released = -1, .revoked = 1};

Change taken_back(std::int64_t count) { return {.delivered = -count, .revoked = count}; }

class InventoryIntake final : public Intake {
 public:
  explicit InventoryIntake(ReadModelDatabase& database) : database_(database), stock_(database) {}

  void apply(const RecordedEvent& event) override {
    const auto set = [&](ProductSetting setting, SqlValue value) { settle(database_, event, setting, value); };
    const auto change = [&](const std::string& product, const Change& by) { stock_.change(event, product, by); };
    const auto& here = event.stream.id;
    std::visit(
        domain::Overloaded{
            [&](const domain::ProductAdded& e) { add(database_, event, e); },
            [&](const domain::PlanPublished& e) { publish(database_, event, e); },
            [&](const domain::PlanAssigned& e) { set(ProductSetting::plan, e.plan); },
            [&](const domain::ProductRepriced& e) { set(ProductSetting::unit_price, e.unit_price); },
            [&](const domain::ProductRetired&) { set(ProductSetting::retired, 1); },
            [&](const domain::ProductRelisted&) { set(ProductSetting::retired, 0); },
            [&](const domain::PurchasesLimited& e) {
              set(ProductSetting::units_per_member, value_of(e.units_per_member));
            },
            [&](const domain::LowStockLevelSet& e) { set(ProductSetting::low_stock_level, value_of(e.keys)); },
            [&](const domain::KeysImported& e) {
              change(here, {.unreleased = static_cast<std::int64_t>(e.keys.size())});
              limit_uses(database_, event, e);
            },
            [&](const domain::KeysReleased& e) { change(here, released(static_cast<std::int64_t>(e.keys.count))); },
            [&](const domain::ReleaseScheduled& e) { schedule(database_, event, e.batch, e.at); },
            [&](const domain::ScheduleEnded& e) { schedule(database_, event, e.batch, std::nullopt); },
            [&](const domain::KeysWithdrawn& e) { change(here, released(-count_of(e.keys))); },
            [&](const domain::KeysRevoked& e) { change(here, revoked(e)); },
            [&](const domain::OrderPlaced& e) { change(e.product.value, reserved(e.reserved.value)); },
            [&](const domain::OrderExpired& e) { change(e.product.value, reserved(-e.freed.value)); },
            [&](const domain::OrderCancelled& e) { change(e.product.value, reserved(-e.freed.value)); },
            [&](const domain::StockAwaited& e) { change(e.product.value, waiting(1, e.quantity)); },
            [&](const domain::StockNoLongerAwaited& e) { change(e.product.value, waiting(-1, e.quantity)); },
            [&](const domain::KeysDelivered& e) { change(e.product.value, delivered(database_, e)); },
            [&](const domain::KeyReplaced& e) { change(e.product.value, replaced); },
            [&](const domain::DeliveredKeysRevoked& e) { change(e.product.value, taken_back(count_of(e.keys))); },
            [](const auto&) {},
        },
        event.event);
  }

  void flush() override { stock_.flush(); }

 private:
  ReadModelDatabase& database_;
  StockNumbers stock_;
};

class InventoryProjection final : public Projection {
 public:
  std::string_view name() const override { return "inventory"; }
  int version() const override { return 4; }
  std::span<const OwnedTable> tables() const override { return projections::tables; }

  std::unique_ptr<Intake> begin(ReadModelDatabase& database) const override {
    return std::make_unique<InventoryIntake>(database);
  }
};

}  // namespace

const Projection& inventory_projection() {
  static const InventoryProjection projection;
  return projection;
}

}  // namespace upline::projections
