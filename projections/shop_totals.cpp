#include "projections/shop_totals.hpp"

#include "domain/overloaded.hpp"
#include "eventstore/stored_event.hpp"
#include "projections/checkpoint.hpp"
#include "projections/order_facts.hpp"

#include <array>

namespace upline::projections {

using domain::Currency;
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
    OwnedTable{.name = "order_states",
               .select_all = "SELECT * FROM order_states ORDER BY state",
               .key_columns = 1,
               .delete_all = "DELETE FROM order_states"},
    OwnedTable{.name = "liabilities",
               .select_all = "SELECT * FROM liabilities ORDER BY currency",
               .key_columns = 1,
               .delete_all = "DELETE FROM liabilities"},
    OwnedTable{.name = "order_facts",
               .select_all = "SELECT * FROM order_facts ORDER BY order_id",
               .key_columns = 1,
               .delete_all = "DELETE FROM order_facts"},
};

constexpr std::string_view members_counted = "members";
constexpr std::string_view orders_counted = "orders";

constexpr const char* count_one =
    "INSERT INTO counts (name, value) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET value = counts.value + 1";

void count(ReadModelDatabase& database, std::string_view what) { database.run(count_one, {what}); }

constexpr const char* count_state =
    "INSERT INTO order_states (state, orders) VALUES ($1, $2) "
    "ON CONFLICT (state) DO UPDATE SET orders = order_states.orders + excluded.orders";

constexpr const char* add_liability =
    "INSERT INTO liabilities (currency, owed_minor, awaiting_minor) VALUES ($1, $2, $3) ON CONFLICT (currency) DO "
    "UPDATE SET owed_minor = liabilities.owed_minor + excluded.owed_minor, "
    "awaiting_minor = liabilities.awaiting_minor + excluded.awaiting_minor";

void owe(ReadModelDatabase& database, const Currency& currency, std::int64_t owed, std::int64_t awaiting) {
  if (owed != 0 || awaiting != 0) database.run(add_liability, {currency, owed, awaiting});
}

constexpr const char* insert_facts =
    "INSERT INTO order_facts (order_id, currency, amount_due_minor, received_minor, refunded_minor, ended_as, is_paid, "
    "waited_for_stock, is_delivered) VALUES ($1, $2, $3, 0, 0, 0, 0, 0, 0)";

void place(ReadModelDatabase& database, const RecordedEvent& event, const domain::OrderPlaced& e) {
  count(database, orders_counted);
  database.run(insert_facts, {event.stream.id, e.currency, e.amount_due});
  database.run(count_state, {state_name(OrderFacts{.amount_due = e.amount_due}), 1});
}

struct KnownOrder {
  Currency currency{};
  OrderFacts facts{};
};

constexpr const char* select_facts =
    "SELECT currency, amount_due_minor, received_minor, refunded_minor, ended_as, is_paid, waited_for_stock, "
    "is_delivered FROM order_facts WHERE order_id = $1";

KnownOrder order_of(ReadModelDatabase& database, const RecordedEvent& event) {
  auto row = database.query(select_facts, {event.stream.id});
  if (!row.next()) throw eventstore::DamagedStore("the order was never placed");
  return {{std::string(row.text(0))},
          {.amount_due = row.minor(1),
           .received = row.minor(2),
           .refunded = row.minor(3),
           .ended = static_cast<Ending>(row.integer(4)),
           .is_paid = row.integer(5) == 1,
           .waited_for_stock = row.integer(6) == 1,
           .is_delivered = row.integer(7) == 1}};
}

constexpr const char* update_facts =
    "UPDATE order_facts SET received_minor = $1, refunded_minor = $2, ended_as = $3, is_paid = $4, "
    "waited_for_stock = $5, is_delivered = $6 WHERE order_id = $7";

/// Carries the order on to the new facts, and the sums by what that changes.
void move(ReadModelDatabase& database, const RecordedEvent& event, const KnownOrder& before, const OrderFacts& after) {
  database.run_on_one_row(update_facts,
                          {after.received, after.refunded, static_cast<int>(after.ended), after.is_paid ? 1 : 0,
                           after.waited_for_stock ? 1 : 0, after.is_delivered ? 1 : 0, event.stream.id});
  const auto& facts = before.facts;
  owe(database, before.currency, owed_back(after).value - owed_back(facts).value,
      awaiting_stock(after).value - awaiting_stock(facts).value);
  if (state_name(after) == state_name(facts)) return;
  database.run(count_state, {state_name(facts), -1});
  database.run(count_state, {state_name(after), 1});
}

template <class Change>
void change(ReadModelDatabase& database, const RecordedEvent& event, Change apply) {
  const auto before = order_of(database, event);
  auto after = before.facts;
  apply(after);
  move(database, event, before, after);
}

void pay(ReadModelDatabase& database, const RecordedEvent& event, const domain::PaymentReceived& e) {
  const auto before = order_of(database, event);
  if (e.currency != before.currency) return owe(database, e.currency, e.amount.value, 0);
  auto after = before.facts;
  after.received.value += e.amount.value;
  if (e.effect == domain::PaymentEffect::pays) after.is_paid = true;
  move(database, event, before, after);
}

void give_back(ReadModelDatabase& database, const RecordedEvent& event, const domain::PaymentReturned& e) {
  const auto before = order_of(database, event);
  if (e.currency != before.currency) return owe(database, e.currency, -e.amount.value, 0);
  auto after = before.facts;
  after.received.value -= e.amount.value;
  move(database, event, before, after);
}

constexpr const char* add_sale =
    "INSERT INTO totals (currency, sales_minor, refunded_minor, earned_minor, reversed_minor) VALUES ($1, $2, 0, 0, 0) "
    "ON CONFLICT (currency) DO UPDATE SET sales_minor = totals.sales_minor + excluded.sales_minor";

void deliver(ReadModelDatabase& database, const RecordedEvent& event) {
  const auto before = order_of(database, event);
  auto after = before.facts;
  after.is_delivered = true;
  move(database, event, before, after);
  database.run(add_sale, {before.currency, after.amount_due});
}

constexpr const char* add_refund =
    "INSERT INTO totals (currency, sales_minor, refunded_minor, earned_minor, reversed_minor) VALUES ($1, 0, $2, 0, 0) "
    "ON CONFLICT (currency) DO UPDATE SET refunded_minor = totals.refunded_minor + excluded.refunded_minor";

void refund(ReadModelDatabase& database, const RecordedEvent& event, const domain::OrderRefunded& e) {
  const auto before = order_of(database, event);
  auto after = before.facts;
  after.refunded.value += e.amount.value;
  move(database, event, before, after);
  database.run(add_refund, {before.currency, e.amount});
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
  int version() const override { return 2; }
  std::span<const OwnedTable> tables() const override { return projections::tables; }

  void apply(ReadModelDatabase& database, const RecordedEvent& event) const override {
    std::visit(domain::Overloaded{
                   [&](const domain::MemberEnrolled&) { count(database, members_counted); },
                   [&](const domain::OrderPlaced& e) { place(database, event, e); },
                   [&](const domain::PaymentReceived& e) { pay(database, event, e); },
                   [&](const domain::PaymentReturned& e) { give_back(database, event, e); },
                   [&](const domain::OrderExpired&) {
                     change(database, event, [](OrderFacts& facts) { facts.ended = Ending::expired; });
                   },
                   [&](const domain::OrderCancelled&) {
                     change(database, event, [](OrderFacts& facts) { facts.ended = Ending::cancelled; });
                   },
                   [&](const domain::StockAwaited&) {
                     change(database, event, [](OrderFacts& facts) { facts.waited_for_stock = true; });
                   },
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

constexpr const char* select_states = "SELECT state, orders FROM order_states WHERE orders <> 0";

constexpr const char* select_liabilities =
    "SELECT currency, owed_minor, awaiting_minor FROM liabilities WHERE owed_minor <> 0 OR awaiting_minor <> 0";

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
  auto states = database_.query(select_states);
  while (states.next()) {
    totals.orders_by_state.emplace(states.text(0), static_cast<std::uint64_t>(states.integer(1)));
  }
  auto owed = database_.query(select_liabilities);
  while (owed.next()) {
    totals.liabilities.emplace(Currency{std::string(owed.text(0))}, LiabilitySum{owed.minor(1), owed.minor(2)});
  }
  auto rows = database_.query(select_totals);
  while (rows.next()) {
    totals.by_currency.emplace(Currency{std::string(rows.text(0))},
                               CurrencyTotals{rows.minor(1), rows.minor(2), rows.minor(3), rows.minor(4)});
  }
  return totals;
}

}  // namespace upline::projections
