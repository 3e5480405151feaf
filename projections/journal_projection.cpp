// How the journal is filled from the log.
#include "domain/overloaded.hpp"
#include "eventstore/stored_event.hpp"
#include "projections/journal.hpp"
#include "projections/journal_movements.hpp"
#include "projections/journal_tables.hpp"
#include "projections/kept_rows.hpp"
#include "projections/known_numbers.hpp"
#include "projections/packed_id.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

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

constexpr KnownNumbers::Statements known_accounts{
    .last =
        "SELECT COALESCE((SELECT number + CASE WHEN kind = 4 THEN 1 ELSE 0 END FROM accounts ORDER BY number DESC "
        "LIMIT 1), 0)",
    .all = "SELECT kind || currency || ' ' || name, number FROM accounts ORDER BY number"};
constexpr const char* insert_account = "INSERT INTO accounts (number, kind, name, currency) VALUES ($1, $2, $3, $4)";

/// The numbers of accounts, which are opened where they are first named.
class Accounts {
 public:
  explicit Accounts(ReadModelDatabase& database) : database_(database), numbers_(database, known_accounts) {}

  std::int64_t number_of(const LedgerAccount& account, std::string_view currency) {
    if (!is_owed_to_member(account.kind)) return first_number_of(account.kind, account.name, currency);
    const auto pending = first_number_of(AccountKind::commission_pending, account.name, currency);
    return account.kind == AccountKind::commission_pending ? pending : pending + 1;
  }

  /// What is known in memory, where that has grown large.
  void forget_many() { numbers_.forget_many(); }

 private:
  std::int64_t first_number_of(AccountKind kind, std::string_view name, std::string_view currency) {
    text_.assign(std::to_string(static_cast<int>(kind))).append(currency).append(1, ' ').append(name);
    const auto look_up = [&] { return find_account(database_, kind, name, currency); };
    if (const auto known = numbers_.find(text_, look_up)) return *known;
    const auto number = numbers_.give(text_, kind == AccountKind::commission_pending ? 2 : 1);
    database_.run(insert_account, {number, static_cast<int>(kind), name, currency});
    return number;
  }

  ReadModelDatabase& database_;
  KnownNumbers numbers_;
  std::string text_{};  // kind, currency and name, in memory that is used again
};

/// An order as it was before the event.
struct KnownOrder {
  std::int64_t number{};
  std::string buyer{};
  std::int64_t sales{};
  std::int64_t gateway{};
  std::string product{};
  std::string channel{};
  std::string currency{};
  Minor unrefunded{};
  bool delivered{};

  domain::OrderInBooks in_books() const { return {product, channel, currency, unrefunded, delivered}; }
};

constexpr const char* select_order =
    "SELECT o.number, o.buyer, o.sales, o.gateway, s.name, s.currency, g.name, o.unrefunded_minor, o.delivered "
    "FROM orders o JOIN accounts s ON s.number = o.sales LEFT JOIN accounts g ON g.number = o.gateway "
    "WHERE o.order_id = $1";

std::optional<KnownOrder> load(ReadModelDatabase& database, std::string_view order) {
  const auto row = database.find(select_order, {PackedId(order)});
  if (!row) return std::nullopt;
  return KnownOrder{.number = row->integer(0),
                    .buyer = std::string(row->text(1)),
                    .sales = row->integer(2),
                    .gateway = row->integer(3),
                    .product = std::string(row->text(4)),
                    .channel = std::string(row->text(6)),
                    .currency = std::string(row->text(5)),
                    .unrefunded = row->minor(7),
                    .delivered = row->integer(8) == 1};
}

constexpr const char* insert_order =
    "INSERT INTO orders (number, order_id, buyer, sales, gateway, unrefunded_minor, delivered) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)";

void insert(ReadModelDatabase& database, std::string_view id, const KnownOrder& order) {
  database.run(insert_order, {order.number, PackedId(id), order.buyer, order.sales, order.gateway, order.unrefunded,
                              order.delivered ? 1 : 0});
}

constexpr const char* update_order =
    "UPDATE orders SET gateway = $1, unrefunded_minor = $2, delivered = $3 WHERE number = $4";

void update(ReadModelDatabase& database, const KnownOrder& order) {
  database.run_on_one_row(update_order, {order.gateway, order.unrefunded, order.delivered ? 1 : 0, order.number});
}

/// What an event's movements have in common.
struct Moved {
  TransactionKind kind{};
  std::int64_t about{};
  std::optional<domain::Timestamp> available_at{};
  std::optional<std::size_t> member{};
};

constexpr const char* select_last_order = "SELECT MAX(number) FROM orders";

constexpr const char* insert_product = "INSERT INTO products (product_id, title) VALUES ($1, $2)";

constexpr const char* insert_settlement = "INSERT INTO settlements (settlement_id, attempt) VALUES ($1, $2)";

constexpr const char* select_settlement = "SELECT number FROM settlements WHERE settlement_id = $1 AND attempt = $2";

std::int64_t number_of_settlement(ReadModelDatabase& database, const domain::SettlementId& settlement,
                                  domain::Attempt attempt) {
  const auto row = database.find(select_settlement, {settlement, attempt.value});
  if (!row) throw eventstore::DamagedStore("the settlement was never opened");
  return row->integer(0);
}

constexpr const char* insert_payout =
    "INSERT INTO payouts (position, settlement, member, gross_minor, tax_minor, fee_minor) "
    "VALUES ($1, $2, $3, $4, $5, $6)";

constexpr const char* fix_settlement =
    "UPDATE settlements SET fixed_position = $1, fixed_at = $2 WHERE settlement_id = $3 AND attempt = $4";

constexpr const char* cancel_settlement =
    "UPDATE settlements SET cancelled_position = $1, cancelled_at = $2 "
    "WHERE settlement_id = $3 AND fixed_position IS NOT NULL AND cancelled_position IS NULL";

class JournalIntake final : public Intake {
 public:
  explicit JournalIntake(ReadModelDatabase& database)
      : database_(database), accounts_(database), movements_(database) {}

  void apply(const RecordedEvent& event) override {
    const auto& here = event.stream.id;
    std::visit(
        domain::Overloaded{
            [&](const domain::ProductAdded& e) { database_.run(insert_product, {here, e.title}); },
            [&](const domain::OrderPlaced& e) { place(event, e); },
            [&](const domain::PaymentReceived& e) { pay(event, e); },
            [&](const domain::PaymentReturned&) { move(event, order_of(here), TransactionKind::payment_returned); },
            [&](const domain::KeysDelivered&) { deliver(event); },
            [&](const domain::OrderDelivered&) { deliver(event); },
            [&](const domain::OrderRefunded& e) { refund(event, e); },
            [&](const domain::CommissionAccrued& e) {
              enter(event, TransactionKind::commission, e.order, e.available_at);
            },
            [&](const domain::CommissionReversed& e) {
              enter(event, TransactionKind::commission_reversed, e.order, e.available_at);
            },
            [&](const domain::SettlementOpened& e) { database_.run(insert_settlement, {here, e.attempt.value}); },
            [&](const domain::PayoutScheduled& e) { schedule(event, e); },
            [&](const domain::SettlementFixed& e) {
              database_.run_on_one_row(fix_settlement, {event.position, event.occurred_at, here, e.attempt.value});
            },
            [&](const domain::SettlementCancelled&) {
              database_.run(cancel_settlement, {event.position, event.occurred_at, here});
            },
            [&](const domain::PayoutPaid& e) { tell_result(event, TransactionKind::payout_paid, e); },
            [&](const domain::PayoutFailed& e) { tell_result(event, TransactionKind::payout_failed, e); },
            [&](const domain::PayoutReturned& e) { tell_result(event, TransactionKind::payout_returned, e); },
            [](const auto&) {},
        },
        event.event);
  }

  void flush() override {
    orders_.flush([&](std::string_view id, const KnownOrder& order) { insert(database_, id, order); },
                  [&](std::string_view, const KnownOrder& order) { update(database_, order); });
    movements_.flush();
    accounts_.forget_many();
  }

 private:
  KnownOrder& order_of(const std::string& id) {
    auto* order = orders_.find(id, [&] { return load(database_, id); });
    if (order == nullptr) throw eventstore::DamagedStore("the order was never placed");
    return *order;
  }

  /// Orders are numbered in the order of their placing.
  std::int64_t next_order() {
    if (!last_order_) last_order_ = database_.find(select_last_order).value().integer(0);
    return ++*last_order_;
  }

  void place(const RecordedEvent& event, const domain::OrderPlaced& e) {
    orders_.add(event.stream.id, {.number = next_order(),
                                  .buyer = e.member.value,
                                  .sales = accounts_.number_of({AccountKind::sales, e.product.value}, e.currency.code),
                                  .product = e.product.value,
                                  .currency = e.currency.code,
                                  .unrefunded = e.amount_due});
  }

  void pay(const RecordedEvent& event, const domain::PaymentReceived& e) {
    auto& order = order_of(event.stream.id);
    move(event, order, TransactionKind::payment);
    if (e.effect != domain::PaymentEffect::pays) return;
    order.gateway = accounts_.number_of({AccountKind::gateway, e.channel}, e.currency.code);
    order.channel = e.channel;
  }

  void deliver(const RecordedEvent& event) {
    auto& order = order_of(event.stream.id);
    move(event, order, TransactionKind::delivery);
    order.delivered = true;
  }

  void refund(const RecordedEvent& event, const domain::OrderRefunded& e) {
    auto& order = order_of(event.stream.id);
    const bool is_chargeback = e.kind == domain::RefundKind::chargeback;
    move(event, order, is_chargeback ? TransactionKind::chargeback : TransactionKind::refund);
    order.unrefunded.value -= e.amount.value;
  }

  void enter(const RecordedEvent& event, TransactionKind kind, const domain::OrderId& order,
             domain::Timestamp available_at) {
    move(event, postings(event, {}), {kind, order_of(order.value).number, available_at});
  }

  /// Opens the accounts that the line will be posted to.
  void schedule(const RecordedEvent& event, const domain::PayoutScheduled& e) {
    for (const auto& posting : payout_scheduled(event.stream.id, e.amounts, e.currency.code)) {
      accounts_.number_of(posting.account, posting.currency);
    }
    const auto member = accounts_.number_of({AccountKind::commission_payable, event.stream.id}, e.currency.code);
    database_.run(insert_payout, {event.position, number_of_settlement(database_, e.settlement, e.attempt), member,
                                  e.amounts.gross, e.amounts.tax, e.amounts.fee});
  }

  template <class E>
  void tell_result(const RecordedEvent& event, TransactionKind kind, const E& e) {
    const auto member = accounts_.number_of({AccountKind::commission_payable, event.stream.id}, e.currency.code);
    move(event, postings(event, {}),
         {.kind = kind,
          .about = number_of_settlement(database_, e.settlement, e.attempt),
          .member = static_cast<std::size_t>(member)});
  }

  void move(const RecordedEvent& event, const KnownOrder& order, TransactionKind kind) {
    move(event, postings(event, order.in_books()), {kind, order.number});
  }

  /// Pairs what is debited with what is credited, in the order of the postings.
  void move(const RecordedEvent& event, domain::Transaction postings, const Moved& moved) {
    const auto next = [&](auto is_side) { return std::ranges::find_if(postings, is_side); };
    for (std::uint64_t place = 0;; ++place) {
      const auto debit = next([](const domain::Posting& p) { return p.amount > Minor{0}; });
      const auto credit = next([](const domain::Posting& p) { return p.amount < Minor{0}; });
      if (debit == postings.end() || credit == postings.end()) return;
      const Minor amount{std::min(debit->amount.value, -credit->amount.value)};
      debit->amount.value -= amount.value;
      credit->amount.value += amount.value;
      movements_.add({.about = moved.about,
                      .occurred_at = event.occurred_at,
                      .available_at = moved.available_at,
                      .member = moved.member,
                      .movements = {{.number = event.position.value * movements_per_event + place,
                                     .kind = moved.kind,
                                     .debit = stored_account(*debit, moved),
                                     .credit = stored_account(*credit, moved),
                                     .amount = amount}}});
    }
  }

  /// Of a commission, the member's side is kept as the pending account, whichever of the two it was.
  std::size_t stored_account(const domain::Posting& posting, const Moved& moved) {
    const auto& account = posting.account;
    const bool is_commission = moved.available_at && is_owed_to_member(account.kind);
    return static_cast<std::size_t>(accounts_.number_of(
        is_commission ? LedgerAccount{AccountKind::commission_pending, account.name} : account, posting.currency));
  }

  ReadModelDatabase& database_;
  Accounts accounts_;
  MovementsWriter movements_;
  KeptRows<KnownOrder> orders_{};
  std::optional<std::int64_t> last_order_{};
};

class JournalProjection final : public Projection {
 public:
  std::string_view name() const override { return "journal"; }
  int version() const override { return 3; }
  std::span<const OwnedTable> tables() const override { return projections::tables; }
  std::unique_ptr<Intake> begin(ReadModelDatabase& database) const override {
    return std::make_unique<JournalIntake>(database);
  }
};

}  // namespace

const Projection& journal_projection() {
  static const JournalProjection projection;
  return projection;
}

}  // namespace upline::projections
