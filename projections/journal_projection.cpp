// How the journal is filled from the log.
#include "domain/overloaded.hpp"
#include "eventstore/stored_event.hpp"
#include "projections/journal.hpp"
#include "projections/journal_tables.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

namespace upline::projections {

using domain::AccountKind;
using domain::LedgerAccount;
using domain::Minor;
using domain::RecordedEvent;

namespace {

constexpr std::array tables{
    OwnedTable{.name = "accounts",
               .select_all = "SELECT * FROM accounts ORDER BY number",
               .key_columns = 1,
               .delete_all = "DELETE FROM accounts"},
    OwnedTable{.name = "orders",
               .select_all = "SELECT * FROM orders ORDER BY number",
               .key_columns = 1,
               .delete_all = "DELETE FROM orders"},
    OwnedTable{.name = "products",
               .select_all = "SELECT * FROM products ORDER BY product_id",
               .key_columns = 1,
               .delete_all = "DELETE FROM products"},
    OwnedTable{.name = "settlements",
               .select_all = "SELECT * FROM settlements ORDER BY number",
               .key_columns = 1,
               .delete_all = "DELETE FROM settlements"},
    OwnedTable{.name = "payouts",
               .select_all = "SELECT * FROM payouts ORDER BY position",
               .key_columns = 1,
               .delete_all = "DELETE FROM payouts"},
    OwnedTable{.name = "movements",
               .select_all = "SELECT * FROM movements ORDER BY number",
               .key_columns = 1,
               .delete_all = "DELETE FROM movements"},
};

constexpr const char* insert_account = "INSERT INTO accounts (kind, name, currency) VALUES ($1, $2, $3)";

void open_account(ReadModelDatabase& database, const LedgerAccount& account, std::string_view currency) {
  database.run(insert_account, {static_cast<int>(account.kind), account.name, currency});
}

/// A member's two accounts are opened together, the pending one first, so that each leads to the other.
std::int64_t number_of(ReadModelDatabase& database, const LedgerAccount& account, std::string_view currency) {
  if (const auto known = find_account(database, account, currency)) return *known;
  const bool is_members = is_owed_to_member(account.kind);
  open_account(database, is_members ? LedgerAccount{AccountKind::commission_pending, account.name} : account, currency);
  if (is_members) open_account(database, {AccountKind::commission_payable, account.name}, currency);
  return find_account(database, account, currency).value();
}

// Orders

constexpr const char* insert_order =
    "INSERT INTO orders (order_id, buyer, sales, gateway, unrefunded_minor, delivered) VALUES ($1, $2, $3, 0, $4, 0)";

void place(ReadModelDatabase& database, const RecordedEvent& event, const domain::OrderPlaced& e) {
  const auto sales = number_of(database, {AccountKind::sales, e.product.value}, e.currency.code);
  database.run(insert_order, {event.stream.id, e.member, sales, e.amount_due});
}

/// An order as it was before the event.
struct KnownOrder {
  std::int64_t number{};
  std::string product{};
  std::string channel{};
  std::string currency{};
  Minor unrefunded{};
  bool delivered{};

  domain::OrderInBooks in_books() const { return {product, channel, currency, unrefunded, delivered}; }
};

constexpr const char* select_order =
    "SELECT o.number, s.name, s.currency, g.name, o.unrefunded_minor, o.delivered FROM orders o "
    "JOIN accounts s ON s.number = o.sales LEFT JOIN accounts g ON g.number = o.gateway WHERE o.order_id = $1";

KnownOrder order_of(ReadModelDatabase& database, std::string_view order) {
  auto row = database.query(select_order, {order});
  if (!row.next()) throw eventstore::DamagedStore("the order was never placed");
  return {.number = row.integer(0),
          .product = std::string(row.text(1)),
          .channel = std::string(row.text(3)),
          .currency = std::string(row.text(2)),
          .unrefunded = row.minor(4),
          .delivered = row.integer(5) == 1};
}

constexpr const char* select_order_number = "SELECT number FROM orders WHERE order_id = $1";

std::int64_t number_of_order(ReadModelDatabase& database, const domain::OrderId& order) {
  auto row = database.query(select_order_number, {order});
  if (!row.next()) throw eventstore::DamagedStore("the order was never placed");
  return row.integer(0);
}

constexpr const char* set_gateway = "UPDATE orders SET gateway = $1 WHERE number = $2";
constexpr const char* set_delivered = "UPDATE orders SET delivered = 1 WHERE number = $1";
constexpr const char* take_refund = "UPDATE orders SET unrefunded_minor = unrefunded_minor - $1 WHERE number = $2";

// Movements

struct Movement {
  TransactionKind kind{};
  std::int64_t about{};
  std::optional<domain::Timestamp> available_at{};
  std::optional<std::int64_t> member{};
};

constexpr const char* insert_movement =
    "INSERT INTO movements (number, kind, debit, credit, amount_minor, about, occurred_at, available_at, member) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Of a commission, the member's side is kept as the pending account, whichever of the two it was.
std::int64_t stored_account(ReadModelDatabase& database, const LedgerAccount& account, std::string_view currency,
                            const Movement& movement) {
  const bool is_commission = movement.available_at && is_owed_to_member(account.kind);
  return number_of(database, is_commission ? LedgerAccount{AccountKind::commission_pending, account.name} : account,
                   currency);
}

/// Pairs what is debited with what is credited, in the order of the postings.
void move(ReadModelDatabase& database, const RecordedEvent& event, domain::Transaction postings,
          const Movement& movement) {
  const auto next = [&](auto is_side) { return std::ranges::find_if(postings, is_side); };
  for (std::uint64_t place = 0;; ++place) {
    const auto debit = next([](const domain::Posting& p) { return p.amount > Minor{0}; });
    const auto credit = next([](const domain::Posting& p) { return p.amount < Minor{0}; });
    if (debit == postings.end() || credit == postings.end()) return;
    const Minor amount{std::min(debit->amount.value, -credit->amount.value)};
    debit->amount.value -= amount.value;
    credit->amount.value += amount.value;
    database.run(insert_movement, {event.position.value * movements_per_event + place, static_cast<int>(movement.kind),
                                   stored_account(database, debit->account, debit->currency, movement),
                                   stored_account(database, credit->account, credit->currency, movement), amount,
                                   movement.about, event.occurred_at, movement.available_at, movement.member});
  }
}

void pay(ReadModelDatabase& database, const RecordedEvent& event, const domain::PaymentReceived& e) {
  const auto order = order_of(database, event.stream.id);
  move(database, event, postings(event, order.in_books()), {TransactionKind::payment, order.number});
  if (e.effect != domain::PaymentEffect::pays) return;
  const auto gateway = number_of(database, {AccountKind::gateway, e.channel}, e.currency.code);
  database.run_on_one_row(set_gateway, {gateway, order.number});
}

void give_back(ReadModelDatabase& database, const RecordedEvent& event) {
  const auto order = order_of(database, event.stream.id);
  move(database, event, postings(event, order.in_books()), {TransactionKind::payment_returned, order.number});
}

void deliver(ReadModelDatabase& database, const RecordedEvent& event) {
  const auto order = order_of(database, event.stream.id);
  move(database, event, postings(event, order.in_books()), {TransactionKind::delivery, order.number});
  database.run_on_one_row(set_delivered, {order.number});
}

void refund(ReadModelDatabase& database, const RecordedEvent& event, const domain::OrderRefunded& e) {
  const auto order = order_of(database, event.stream.id);
  const auto kind = e.kind == domain::RefundKind::chargeback ? TransactionKind::chargeback : TransactionKind::refund;
  move(database, event, postings(event, order.in_books()), {kind, order.number});
  database.run_on_one_row(take_refund, {e.amount, order.number});
}

void enter(ReadModelDatabase& database, const RecordedEvent& event, TransactionKind kind, const domain::OrderId& order,
           domain::Timestamp available_at) {
  move(database, event, postings(event, {}), {kind, number_of_order(database, order), available_at});
}

// Settlements

constexpr const char* insert_settlement = "INSERT INTO settlements (settlement_id, attempt) VALUES ($1, $2)";

constexpr const char* select_settlement = "SELECT number FROM settlements WHERE settlement_id = $1 AND attempt = $2";

std::int64_t number_of_settlement(ReadModelDatabase& database, const domain::SettlementId& settlement,
                                  domain::Attempt attempt) {
  auto row = database.query(select_settlement, {settlement, attempt.value});
  if (!row.next()) throw eventstore::DamagedStore("the settlement was never opened");
  return row.integer(0);
}

constexpr const char* insert_payout =
    "INSERT INTO payouts (position, settlement, member, gross_minor, tax_minor, fee_minor) "
    "VALUES ($1, $2, $3, $4, $5, $6)";

/// Opens the accounts that the line will be posted to.
void schedule(ReadModelDatabase& database, const RecordedEvent& event, const domain::PayoutScheduled& e) {
  for (const auto& posting : payout_scheduled(event.stream.id, e.amounts, e.currency.code)) {
    number_of(database, posting.account, posting.currency);
  }
  const auto member = number_of(database, {AccountKind::commission_payable, event.stream.id}, e.currency.code);
  database.run(insert_payout, {event.position, number_of_settlement(database, e.settlement, e.attempt), member,
                               e.amounts.gross, e.amounts.tax, e.amounts.fee});
}

constexpr const char* fix_settlement =
    "UPDATE settlements SET fixed_position = $1, fixed_at = $2 WHERE settlement_id = $3 AND attempt = $4";

constexpr const char* cancel_settlement =
    "UPDATE settlements SET cancelled_position = $1, cancelled_at = $2 "
    "WHERE settlement_id = $3 AND fixed_position IS NOT NULL AND cancelled_position IS NULL";

template <class E>
void tell_result(ReadModelDatabase& database, const RecordedEvent& event, TransactionKind kind, const E& e) {
  const auto member = number_of(database, {AccountKind::commission_payable, event.stream.id}, e.currency.code);
  move(database, event, postings(event, {}),
       {.kind = kind, .about = number_of_settlement(database, e.settlement, e.attempt), .member = member});
}

constexpr const char* insert_product = "INSERT INTO products (product_id, title) VALUES ($1, $2)";

class JournalProjection final : public Projection {
 public:
  std::string_view name() const override { return "journal"; }
  int version() const override { return 1; }
  std::span<const OwnedTable> tables() const override { return projections::tables; }

  void apply(ReadModelDatabase& database, const RecordedEvent& event) const override {
    std::visit(
        domain::Overloaded{
            [&](const domain::ProductAdded& e) { database.run(insert_product, {event.stream.id, e.title}); },
            [&](const domain::OrderPlaced& e) { place(database, event, e); },
            [&](const domain::PaymentReceived& e) { pay(database, event, e); },
            [&](const domain::PaymentReturned&) { give_back(database, event); },
            [&](const domain::KeysDelivered&) { deliver(database, event); },
            [&](const domain::OrderDelivered&) { deliver(database, event); },
            [&](const domain::OrderRefunded& e) { refund(database, event, e); },
            [&](const domain::CommissionAccrued& e) {
              enter(database, event, TransactionKind::commission, e.order, e.available_at);
            },
            [&](const domain::CommissionReversed& e) {
              enter(database, event, TransactionKind::commission_reversed, e.order, e.available_at);
            },
            [&](const domain::SettlementOpened& e) {
              database.run(insert_settlement, {event.stream.id, e.attempt.value});
            },
            [&](const domain::PayoutScheduled& e) { schedule(database, event, e); },
            [&](const domain::SettlementFixed& e) {
              database.run_on_one_row(fix_settlement,
                                      {event.position, event.occurred_at, event.stream.id, e.attempt.value});
            },
            [&](const domain::SettlementCancelled&) {
              database.run(cancel_settlement, {event.position, event.occurred_at, event.stream.id});
            },
            [&](const domain::PayoutPaid& e) { tell_result(database, event, TransactionKind::payout_paid, e); },
            [&](const domain::PayoutFailed& e) { tell_result(database, event, TransactionKind::payout_failed, e); },
            [&](const domain::PayoutReturned& e) { tell_result(database, event, TransactionKind::payout_returned, e); },
            [](const auto&) {},
        },
        event.event);
  }
};

}  // namespace

const Projection& journal_projection() {
  static const JournalProjection projection;
  return projection;
}

}  // namespace upline::projections
