#include "projections/shop_totals.hpp"

#include "domain/overloaded.hpp"
#include "eventstore/stored_event.hpp"
#include "projections/checkpoint.hpp"
#include "projections/kept_rows.hpp"
#include "projections/order_facts.hpp"
#include "projections/packed_id.hpp"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace upline::projections {

using domain::Currency;
using domain::Minor;
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

constexpr const char* add_count =
    "INSERT INTO counts (name, value) VALUES ($1, $2) "
    "ON CONFLICT (name) DO UPDATE SET value = counts.value + excluded.value";

constexpr const char* add_to_state =
    "INSERT INTO order_states (state, orders) VALUES ($1, $2) "
    "ON CONFLICT (state) DO UPDATE SET orders = order_states.orders + excluded.orders";

constexpr const char* add_liability =
    "INSERT INTO liabilities (currency, owed_minor, awaiting_minor) VALUES ($1, $2, $3) ON CONFLICT (currency) DO "
    "UPDATE SET owed_minor = liabilities.owed_minor + excluded.owed_minor, "
    "awaiting_minor = liabilities.awaiting_minor + excluded.awaiting_minor";

constexpr const char* add_totals =
    "INSERT INTO totals (currency, sales_minor, refunded_minor, earned_minor, reversed_minor) "
    "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (currency) DO UPDATE SET "
    "sales_minor = totals.sales_minor + excluded.sales_minor, "
    "refunded_minor = totals.refunded_minor + excluded.refunded_minor, "
    "earned_minor = totals.earned_minor + excluded.earned_minor, "
    "reversed_minor = totals.reversed_minor + excluded.reversed_minor";

/// By how much the sums change.
struct Changes {
  std::map<std::string_view, std::int64_t> counts{};
  std::map<std::string_view, std::int64_t> states{};  // the names are constants
  std::map<Currency, LiabilitySum> liabilities{};
  std::map<Currency, CurrencyTotals> totals{};
};

/// Sums that do not fit 64 bits are refused here, before they are written.
void add(Minor& sum, Minor amount) {
  const auto total = domain::checked_sum(sum, amount);
  if (!total) throw std::overflow_error("a sum of the shop does not fit 64 bits");
  sum = *total;
}

void write(ReadModelDatabase& database, const Changes& changes) {
  for (const auto& [name, by] : changes.counts) database.run(add_count, {name, by});
  for (const auto& [state, by] : changes.states) database.run(add_to_state, {state, by});
  for (const auto& [currency, by] : changes.liabilities) {
    database.run(add_liability, {currency, by.owed_back, by.awaiting_stock});
  }
  for (const auto& [currency, by] : changes.totals) {
    database.run(add_totals, {currency, by.sales, by.refunded, by.earned, by.reversed});
  }
}

struct KnownOrder {
  Currency currency{};
  OrderFacts facts{};
};

// The lowest two bits are the ending.
constexpr std::int64_t ending_bits = 3;
constexpr std::int64_t paid_flag = 4;
constexpr std::int64_t waited_flag = 8;
constexpr std::int64_t delivered_flag = 16;

std::int64_t flags_of(const OrderFacts& facts) {
  return static_cast<std::int64_t>(facts.ended) | (facts.is_paid ? paid_flag : 0) |
         (facts.waited_for_stock ? waited_flag : 0) | (facts.is_delivered ? delivered_flag : 0);
}

constexpr const char* select_facts =
    "SELECT currency, amount_due_minor, unreceived_minor, refunded_minor, flags FROM order_facts WHERE order_id = $1";

std::optional<KnownOrder> load(ReadModelDatabase& database, std::string_view order) {
  const auto row = database.find(select_facts, {PackedId(order)});
  if (!row) return std::nullopt;
  const auto flags = row->integer(4);
  return KnownOrder{{std::string(row->text(0))},
                    {.amount_due = row->minor(1),
                     .received = {row->integer(1) - row->integer(2)},
                     .refunded = row->minor(3),
                     .ended = static_cast<Ending>(flags & ending_bits),
                     .is_paid = (flags & paid_flag) != 0,
                     .waited_for_stock = (flags & waited_flag) != 0,
                     .is_delivered = (flags & delivered_flag) != 0}};
}

std::int64_t unreceived(const OrderFacts& facts) { return facts.amount_due.value - facts.received.value; }

constexpr const char* insert_facts =
    "INSERT INTO order_facts (order_id, currency, amount_due_minor, unreceived_minor, refunded_minor, flags) "
    "VALUES ($1, $2, $3, $4, $5, $6)";

void insert(ReadModelDatabase& database, std::string_view order, const KnownOrder& known) {
  const auto& facts = known.facts;
  database.run(insert_facts,
               {PackedId(order), known.currency, facts.amount_due, unreceived(facts), facts.refunded, flags_of(facts)});
}

constexpr const char* update_facts =
    "UPDATE order_facts SET unreceived_minor = $1, refunded_minor = $2, flags = $3 WHERE order_id = $4";

void update(ReadModelDatabase& database, std::string_view order, const KnownOrder& known) {
  const auto& facts = known.facts;
  database.run_on_one_row(update_facts, {unreceived(facts), facts.refunded, flags_of(facts), PackedId(order)});
}

class ShopTotalsIntake final : public Intake {
 public:
  explicit ShopTotalsIntake(ReadModelDatabase& database) : database_(database) {}

  void apply(const RecordedEvent& event) override {
    std::visit(domain::Overloaded{
                   [&](const domain::MemberEnrolled&) { ++by_.counts[members_counted]; },
                   [&](const domain::OrderPlaced& e) { place(event, e); },
                   [&](const domain::PaymentReceived& e) { pay(event, e); },
                   [&](const domain::PaymentReturned& e) { receive(event, e.currency, Minor{-e.amount.value}); },
                   [&](const domain::OrderExpired&) {
                     change(event, [](OrderFacts& facts) { facts.ended = Ending::expired; });
                   },
                   [&](const domain::OrderCancelled&) {
                     change(event, [](OrderFacts& facts) { facts.ended = Ending::cancelled; });
                   },
                   [&](const domain::StockAwaited&) {
                     change(event, [](OrderFacts& facts) { facts.waited_for_stock = true; });
                   },
                   [&](const domain::KeysDelivered&) { deliver(event); },
                   [&](const domain::OrderDelivered&) { deliver(event); },
                   [&](const domain::OrderRefunded& e) { refund(event, e.amount); },
                   [&](const domain::CommissionAccrued& e) { add(by_.totals[e.currency].earned, e.amount); },
                   [&](const domain::CommissionReversed& e) { add(by_.totals[e.currency].reversed, e.amount); },
                   [](const auto&) {},
               },
               event.event);
  }

  void flush() override {
    orders_.flush([&](std::string_view order, const KnownOrder& known) { insert(database_, order, known); },
                  [&](std::string_view order, const KnownOrder& known) { update(database_, order, known); });
    write(database_, std::exchange(by_, {}));
  }

 private:
  KnownOrder& order_of(const RecordedEvent& event) {
    const auto& order = event.stream.id;
    auto* known = orders_.find(order, [&] { return load(database_, order); });
    if (known == nullptr) throw eventstore::DamagedStore("the order was never placed");
    return *known;
  }

  void owe(const Currency& currency, Minor owed_back, Minor awaiting_stock) {
    if (owed_back == Minor{0} && awaiting_stock == Minor{0}) return;
    auto& liability = by_.liabilities[currency];
    add(liability.owed_back, owed_back);
    add(liability.awaiting_stock, awaiting_stock);
  }

  /// Carries the order on, and the sums by what that changes.
  template <class Change>
  KnownOrder& change(const RecordedEvent& event, const Change& apply) {
    auto& order = order_of(event);
    const auto before = order.facts;
    apply(order.facts);
    const auto& after = order.facts;
    owe(order.currency, {projections::owed_back(after).value - projections::owed_back(before).value},
        {projections::awaiting_stock(after).value - projections::awaiting_stock(before).value});
    if (state_name(after) != state_name(before)) {
      --by_.states[state_name(before)];
      ++by_.states[state_name(after)];
    }
    return order;
  }

  void place(const RecordedEvent& event, const domain::OrderPlaced& e) {
    const OrderFacts facts{.amount_due = e.amount_due};
    orders_.add(event.stream.id, {e.currency, facts});
    ++by_.counts[orders_counted];
    ++by_.states[state_name(facts)];
  }

  void pay(const RecordedEvent& event, const domain::PaymentReceived& e) {
    if (e.currency != order_of(event).currency) return owe(e.currency, e.amount, {});
    change(event, [&](OrderFacts& facts) {
      facts.received.value += e.amount.value;
      if (e.effect == domain::PaymentEffect::pays) facts.is_paid = true;
    });
  }

  void receive(const RecordedEvent& event, const Currency& currency, Minor amount) {
    if (currency != order_of(event).currency) return owe(currency, amount, {});
    change(event, [&](OrderFacts& facts) { facts.received.value += amount.value; });
  }

  void deliver(const RecordedEvent& event) {
    const auto& order = change(event, [](OrderFacts& facts) { facts.is_delivered = true; });
    add(by_.totals[order.currency].sales, order.facts.amount_due);
  }

  void refund(const RecordedEvent& event, Minor amount) {
    const auto& order = change(event, [&](OrderFacts& facts) { facts.refunded.value += amount.value; });
    add(by_.totals[order.currency].refunded, amount);
  }

  ReadModelDatabase& database_;
  KeptRows<KnownOrder> orders_{};
  Changes by_{};
};

class ShopTotalsProjection final : public Projection {
 public:
  std::string_view name() const override { return "shop_totals"; }
  int version() const override { return 3; }
  std::span<const OwnedTable> tables() const override { return projections::tables; }
  std::unique_ptr<Intake> begin(ReadModelDatabase& database) const override {
    return std::make_unique<ShopTotalsIntake>(database);
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
