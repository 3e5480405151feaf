#include "projections/shop_totals.hpp"

#include "domain/overloaded.hpp"
#include "projections/checkpoint.hpp"

#include <array>

namespace upline::projections {

using domain::RecordedEvent;

namespace {

constexpr std::array tables{
    OwnedTable{.name = "counts",
               .select_all = "SELECT * FROM counts ORDER BY name",
               .key_columns = 1,
               .delete_all = "DELETE FROM counts"},
    OwnedTable{.name = "totals",
               .select_all = "SELECT * FROM totals ORDER BY currency",
               .key_columns = 1,
               .delete_all = "DELETE FROM totals"},
    OwnedTable{.name = "order_amounts",
               .select_all = "SELECT * FROM order_amounts ORDER BY order_id",
               .key_columns = 1,
               .delete_all = "DELETE FROM order_amounts"},
};

constexpr std::string_view members_counted = "members";
constexpr std::string_view orders_counted = "orders";

constexpr const char* count_one =
    "INSERT INTO counts (name, value) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET value = counts.value + 1";

void count(ReadModelDatabase& database, std::string_view what) { database.run(count_one, {what}); }

constexpr const char* insert_order_amount =
    "INSERT INTO order_amounts (order_id, currency, amount_due_minor) VALUES ($1, $2, $3)";

void place(ReadModelDatabase& database, const RecordedEvent& event, const domain::OrderPlaced& e) {
  count(database, orders_counted);
  database.run(insert_order_amount, {event.stream.id, e.currency, e.amount_due});
}

constexpr const char* add_sale =
    "INSERT INTO totals (currency, sales_minor, refunded_minor, earned_minor, reversed_minor) "
    "SELECT currency, amount_due_minor, 0, 0, 0 FROM order_amounts WHERE order_id = $1 "
    "ON CONFLICT (currency) DO UPDATE SET sales_minor = totals.sales_minor + excluded.sales_minor";

void deliver(ReadModelDatabase& database, const RecordedEvent& event) {
  database.run_on_one_row(add_sale, {event.stream.id});
}

constexpr const char* add_refund =
    "INSERT INTO totals (currency, sales_minor, refunded_minor, earned_minor, reversed_minor) "
    "SELECT currency, 0, $1, 0, 0 FROM order_amounts WHERE order_id = $2 "
    "ON CONFLICT (currency) DO UPDATE SET refunded_minor = totals.refunded_minor + excluded.refunded_minor";

void refund(ReadModelDatabase& database, const RecordedEvent& event, const domain::OrderRefunded& e) {
  database.run_on_one_row(add_refund, {e.amount, event.stream.id});
}

constexpr const char* add_entry =
    "INSERT INTO totals (currency, sales_minor, refunded_minor, earned_minor, reversed_minor) "
    "VALUES ($1, 0, 0, $2, $3) ON CONFLICT (currency) DO UPDATE SET "
    "earned_minor = totals.earned_minor + excluded.earned_minor, "
    "reversed_minor = totals.reversed_minor + excluded.reversed_minor";

void accrue(ReadModelDatabase& database, const domain::CommissionAccrued& e) {
  database.run(add_entry, {e.currency, e.amount, 0});
}

void reverse(ReadModelDatabase& database, const domain::CommissionReversed& e) {
  database.run(add_entry, {e.currency, 0, e.amount});
}

class ShopTotalsProjection final : public Projection {
 public:
  std::string_view name() const override { return "shop_totals"; }
  int version() const override { return 1; }
  std::span<const OwnedTable> tables() const override { return projections::tables; }

  void apply(ReadModelDatabase& database, const RecordedEvent& event) const override {
    std::visit(domain::Overloaded{
                   [&](const domain::MemberEnrolled&) { count(database, members_counted); },
                   [&](const domain::OrderPlaced& e) { place(database, event, e); },
                   [&](const domain::KeysDelivered&) { deliver(database, event); },
                   [&](const domain::OrderDelivered&) { deliver(database, event); },
                   [&](const domain::OrderRefunded& e) { refund(database, event, e); },
                   [&](const domain::CommissionAccrued& e) { accrue(database, e); },
                   [&](const domain::CommissionReversed& e) { reverse(database, e); },
                   [](const auto&) {},
               },
               event.event);
  }
};

}  // namespace

const Projection& shop_totals_projection() {
  static const ShopTotalsProjection projection;
  return projection;
}

constexpr const char* select_counts = "SELECT name, value FROM counts";

constexpr const char* select_totals =
    "SELECT currency, sales_minor, refunded_minor, earned_minor, reversed_minor FROM totals";

Totals ShopTotals::totals() const {
  const auto snapshot = database_.begin_read();
  Totals totals{.position = read_checkpoint(database_).position};
  auto counts = database_.query(select_counts);
  while (counts.next()) {
    auto& counted = counts.text(0) == members_counted ? totals.members : totals.orders;
    counted = static_cast<std::uint64_t>(counts.integer(1));
  }
  auto rows = database_.query(select_totals);
  while (rows.next()) {
    totals.by_currency.emplace(domain::Currency{std::string(rows.text(0))},
                               CurrencyTotals{rows.minor(1), rows.minor(2), rows.minor(3), rows.minor(4)});
  }
  return totals;
}

}  // namespace upline::projections
