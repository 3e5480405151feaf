#include "projections/orders.hpp"

#include "projections/names.hpp"
#include "projections/packed_id.hpp"

#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace upline::projections {

using domain::Currency;
using domain::Minor;
using domain::OrderId;
using domain::Position;
using domain::Timestamp;

namespace {

using Rows = ReadModelDatabase::Rows;

/// What order_from() reads, of orders o. Only orders that are liable can have received anything but the amount due.
constexpr const char* order_columns =
    "o.order_id, o.position, o.member, o.product, o.quantity, o.amount_due_minor, o.currency, o.placed_at, "
    "o.placed_at + o.expires_in, o.placed_at + o.paid_in AS paid_at, o.position + o.paid_behind AS paid_position, "
    "o.channel, o.plan, o.plan_version, o.awaited_at, o.awaited_position, o.ended_at, o.ended_position, o.ended_as, "
    "o.placed_at + o.delivered_in, o.position + o.delivered_behind, o.keys, o.revoked_at, o.revoked_position, "
    "(SELECT COALESCE(SUM(r.amount_minor), 0) FROM order_refunds r "
    "WHERE r.placed = o.position AND r.occurred_at <= $1 AND r.position <= $2), "
    "CASE WHEN (o.liable = 0 OR o.payment_id IS NOT NULL) AND o.placed_at + o.paid_in <= $1 "
    "AND o.position + o.paid_behind <= $2 THEN o.amount_due_minor ELSE 0 END + "
    "CASE WHEN o.liable = 1 THEN "
    "(SELECT COALESCE(SUM(p.amount_minor), 0) FROM order_payments p "
    "WHERE p.placed = o.position AND p.currency = o.currency AND p.occurred_at <= $1 AND p.position <= $2) - "
    "(SELECT COALESCE(SUM(b.amount_minor), 0) FROM order_returns b "
    "WHERE b.placed = o.position AND b.currency = o.currency AND b.occurred_at <= $1 AND b.position <= $2) "
    "ELSE 0 END";

/// The time in a column, where it counts together with the position in the next.
std::optional<Timestamp> time_that_counts(const Rows& row, int column, const AsOf& as_of) {
  if (row.is_null(column) || !as_of.counts(row.position(column + 1), row.time(column))) return std::nullopt;
  return row.time(column);
}

void add_payment(OrderLine& line, const Rows& row, NamesOfNumbers& names) {
  line.channel = names.of(row.integer(11));
  if (!row.is_null(12)) line.plan = domain::PlanId{names.of(row.integer(12))};
  line.plan_version = {static_cast<std::uint32_t>(row.integer(13))};
}

void conclude(OrderLine& line, Ending ending) {
  const OrderFacts facts{.amount_due = line.amount_due,
                         .received = line.received,
                         .refunded = line.refunded,
                         .ended = line.ended_at ? ending : Ending::none,
                         .is_paid = line.paid_at.has_value(),
                         .waited_for_stock = line.waited_since.has_value(),
                         .is_delivered = line.delivered_at.has_value()};
  line.owed_back = owed_back(facts);
  line.awaiting_stock = awaiting_stock(facts);
  line.state = state_name(facts);
}

OrderLine order_from(const Rows& row, const AsOf& as_of, NamesOfNumbers& names) {
  const auto name = [&](int column) { return names.of(row.integer(column)); };
  OrderLine line{.order = {unpacked_id(row.blob(0))},
                 .position = row.position(1),
                 .member = {name(2)},
                 .product = {name(3)},
                 .quantity = {row.integer(4)},
                 .amount_due = row.minor(5),
                 .currency = {name(6)},
                 .placed_at = row.time(7),
                 .expires_at = row.optional_time(8),
                 .paid_at = time_that_counts(row, 9, as_of),
                 .waited_since = time_that_counts(row, 14, as_of),
                 .ended_at = time_that_counts(row, 16, as_of),
                 .delivered_at = time_that_counts(row, 19, as_of),
                 .revoked_at = time_that_counts(row, 22, as_of),
                 .received = row.minor(25),
                 .refunded = row.minor(24)};
  if (line.paid_at) add_payment(line, row, names);
  if (line.delivered_at) line.keys = row.integer(21);
  conclude(line, static_cast<Ending>(row.integer(18)));
  return line;
}

/// Where to look for the orders of a list.
enum class Among : std::uint8_t { all, of_member, of_product, undelivered, that_waited, that_ended, refunded, liable };
constexpr std::size_t among_count = 8;

/// $1 and $2 are the moment, $3 is the cursor, $4 the member or product. A plus keeps the order of placing from being
/// taken for the way to find the few.
constexpr std::array<const char*, among_count> conditions{
    "o.position {0} $3",
    "o.position {0} $3 AND o.member = $4",
    "o.position {0} $3 AND o.product = $4",
    "+o.position {0} $3 AND (o.placed_at + o.delivered_in IS NULL OR o.placed_at + o.delivered_in > $1)",
    "o.position {0} $3 AND o.awaited_position IS NOT NULL",
    "o.position {0} $3 AND o.ended_position IS NOT NULL",
    "+o.position {0} $3 AND o.position IN (SELECT placed FROM order_refunds)",
    "o.position {0} $3 AND o.liable = 1",
};

std::string list_sql(std::size_t among, bool newest_first) {
  const auto condition = fmt::format(fmt::runtime(conditions.at(among)), newest_first ? "<" : ">");
  const bool by_index = !condition.starts_with('+');
  return fmt::format(
      "SELECT {} FROM orders o WHERE o.placed_at <= $1 AND {}o.position <= $2 AND {} ORDER BY {}o.position{}",
      order_columns, by_index ? "" : "+", condition, by_index ? "" : "+", newest_first ? " DESC" : "");
}

/// Made once, since a statement is known by its address.
const char* select_list(Among among, bool newest_first) {
  static const auto statements = [] {
    std::array<std::string, 2 * among_count> all;
    for (std::size_t i = 0; i < all.size(); ++i) all.at(i) = list_sql(i / 2, i % 2 == 1);
    return all;
  }();
  return statements.at(2 * static_cast<std::size_t>(among) + (newest_first ? 1 : 0)).c_str();
}

Among place_to_look(const AsOf& as_of, const OrderFilter& filter) {
  if (filter.member) return Among::of_member;
  if (filter.state == "awaiting_stock") return Among::that_waited;
  if (filter.state == "expired" || filter.state == "cancelled") return Among::that_ended;
  if (filter.state == "refunded" || filter.state == "partially_refunded") return Among::refunded;
  const bool is_open = filter.state == "placed" || filter.state == "underpaid" || filter.state == "paid";
  if (is_open && !as_of.position) return Among::undelivered;
  return filter.product ? Among::of_product : Among::all;
}

bool fits(const OrderLine& line, const OrderFilter& filter) {
  return (!filter.state || line.state == *filter.state) && (!filter.member || line.member == *filter.member) &&
         (!filter.product || line.product == *filter.product);
}

constexpr std::int64_t no_name = 0;

Rows rows_among(ReadModelDatabase& database, Among among, const AsOf& as_of, const OrderFilter& filter,
                const OrderPage& page) {
  const auto* sql = select_list(among, page.newest_first);
  constexpr Position end{std::numeric_limits<std::int64_t>::max()};
  const auto after = page.after.value_or(page.newest_first ? end : Position{0});
  const auto until = as_of.occurred_until;
  const auto query_of = [&](const std::string& name) {
    return database.query(sql, {until, as_of.last_position(), after, find_name(database, name).value_or(no_name)});
  };
  if (among == Among::of_member) return query_of(filter.member->value);
  if (among == Among::of_product) return query_of(filter.product->value);
  return database.query(sql, {until, as_of.last_position(), after});
}

}  // namespace

std::optional<OrderLine> Orders::order(const AsOf& as_of, const OrderId& order) const {
  static const auto select_order = fmt::format(
      "SELECT {} FROM orders o WHERE o.placed_at <= $1 AND o.position <= $2 AND o.order_id = $3", order_columns);
  auto row =
      database_.query(select_order.c_str(), {as_of.occurred_until, as_of.last_position(), PackedId(order.value)});
  if (!row.next()) return std::nullopt;
  NamesOfNumbers names(database_);
  return order_from(row, as_of, names);
}

void Orders::list(const AsOf& as_of, const OrderFilter& filter, const OrderPage& page,
                  const std::function<void(const OrderLine&)>& visit) const {
  auto rows = rows_among(database_, place_to_look(as_of, filter), as_of, filter, page);
  NamesOfNumbers names(database_);
  for (std::size_t found = 0; (page.limit == 0 || found < page.limit) && rows.next();) {
    const auto line = order_from(rows, as_of, names);
    if (!fits(line, filter)) continue;
    visit(line);
    ++found;
  }
}

namespace {

std::int64_t limit_of(const MovementPage& page) {
  return page.limit == 0 ? INT64_MAX : static_cast<std::int64_t>(page.limit);
}

}  // namespace

// The payment in the order's own row stands among the others.
constexpr const char* select_payments =
    "SELECT p.payment_id, p.position, p.amount_minor, c.name, n.name, p.effect, p.occurred_at, NULL FROM orders o "
    "JOIN order_payments p ON p.placed = o.position AND p.occurred_at <= $1 AND p.position <= $2 "
    "JOIN names c ON c.number = p.currency JOIN names n ON n.number = p.channel "
    "WHERE o.placed_at <= $1 AND o.position <= $2 AND o.order_id = $3 AND p.position > $4 "
    "UNION ALL "
    "SELECT NULL, o.position + o.paid_behind, o.amount_due_minor, c.name, n.name, 1, o.placed_at + o.paid_in, "
    "o.payment_id FROM orders o JOIN names c ON c.number = o.currency JOIN names n ON n.number = o.channel "
    "WHERE o.placed_at <= $1 AND o.position <= $2 AND o.order_id = $3 AND o.position + o.paid_behind > $4 "
    "AND o.payment_id IS NOT NULL AND o.placed_at + o.paid_in <= $1 AND o.position + o.paid_behind <= $2 "
    "ORDER BY 2 LIMIT $5";

void Orders::payments(const AsOf& as_of, const OrderId& order, const std::function<void(const PaymentLine&)>& visit,
                      const MovementPage& page) const {
  auto rows = database_.query(select_payments, {as_of.occurred_until, as_of.last_position(), PackedId(order.value),
                                                page.after, limit_of(page)});
  while (rows.next()) {
    PaymentLine line{.position = rows.position(1),
                     .amount = rows.minor(2),
                     .currency = {std::string(rows.text(3))},
                     .channel = std::string(rows.text(4)),
                     .effect = static_cast<domain::PaymentEffect>(rows.integer(5)),
                     .occurred_at = rows.time(6)};
    if (!rows.is_null(0)) line.payment = domain::PaymentId{std::string(rows.text(0))};
    if (const auto own = rows.blob(7); !own.bytes.empty()) line.payment = domain::PaymentId{unpacked_id(own)};
    visit(line);
  }
}

constexpr const char* select_returns =
    "SELECT b.return_id, b.position, b.amount_minor, c.name, n.name, b.occurred_at FROM orders o "
    "JOIN order_returns b ON b.placed = o.position AND b.occurred_at <= $1 AND b.position <= $2 "
    "JOIN names c ON c.number = b.currency JOIN names n ON n.number = b.channel "
    "WHERE o.placed_at <= $1 AND o.position <= $2 AND o.order_id = $3 ORDER BY b.position";

void Orders::returns(const AsOf& as_of, const OrderId& order,
                     const std::function<void(const ReturnLine&)>& visit) const {
  auto rows = database_.query(select_returns, {as_of.occurred_until, as_of.last_position(), PackedId(order.value)});
  while (rows.next()) {
    visit({.id = {std::string(rows.text(0))},
           .position = rows.position(1),
           .amount = rows.minor(2),
           .currency = {std::string(rows.text(3))},
           .channel = std::string(rows.text(4)),
           .occurred_at = rows.time(5)});
  }
}

constexpr const char* select_mismatches =
    "SELECT m.payment_id, m.position, m.named_order_id, m.amount_minor, c.name, m.occurred_at FROM orders o "
    "JOIN order_mismatches m ON m.placed = o.position AND m.occurred_at <= $1 AND m.position <= $2 "
    "JOIN names c ON c.number = m.currency "
    "WHERE o.placed_at <= $1 AND o.position <= $2 AND o.order_id = $3 AND m.position > $4 ORDER BY m.position LIMIT $5";

void Orders::mismatches(const AsOf& as_of, const OrderId& order, const std::function<void(const MismatchLine&)>& visit,
                        const MovementPage& page) const {
  auto rows = database_.query(select_mismatches, {as_of.occurred_until, as_of.last_position(), PackedId(order.value),
                                                  page.after, limit_of(page)});
  while (rows.next()) {
    visit({.payment = {std::string(rows.text(0))},
           .position = rows.position(1),
           .named_order = {std::string(rows.text(2))},
           .amount = rows.minor(3),
           .currency = {std::string(rows.text(4))},
           .occurred_at = rows.time(5)});
  }
}

constexpr const char* select_refunds =
    "SELECT r.refund_id, r.position, r.amount_minor, r.occurred_at, r.kind FROM orders o "
    "JOIN order_refunds r ON r.placed = o.position AND r.occurred_at <= $1 AND r.position <= $2 "
    "WHERE o.placed_at <= $1 AND o.position <= $2 AND o.order_id = $3 AND r.position > $4 ORDER BY r.position LIMIT $5";

void Orders::refunds(const AsOf& as_of, const OrderId& order, const std::function<void(const RefundLine&)>& visit,
                     const MovementPage& page) const {
  auto rows = database_.query(
      select_refunds, {as_of.occurred_until, as_of.last_position(), PackedId(order.value), page.after, limit_of(page)});
  while (rows.next()) {
    visit({.refund = {std::string(rows.text(0))},
           .position = rows.position(1),
           .amount = rows.minor(2),
           .occurred_at = rows.time(3),
           .kind = static_cast<domain::RefundKind>(rows.integer(4))});
  }
}

namespace {

std::map<Currency, OrderMoney> money_of(const Orders& orders, const AsOf& as_of, const OrderLine& line) {
  std::map<Currency, OrderMoney> money;
  orders.payments(as_of, line.order, [&](const PaymentLine& p) { money[p.currency].received.value += p.amount.value; });
  orders.returns(as_of, line.order, [&](const ReturnLine& r) { money[r.currency].returned.value += r.amount.value; });
  for (auto& [currency, sums] : money) {
    sums.owed_back = currency == line.currency ? line.owed_back : Minor{sums.received.value - sums.returned.value};
  }
  return money;
}

}  // namespace

std::map<Currency, OrderMoney> Orders::money(const AsOf& as_of, const OrderId& order) const {
  const auto snapshot = database_.begin_read();
  const auto line = this->order(as_of, order);
  return line ? money_of(*this, as_of, *line) : std::map<Currency, OrderMoney>{};
}

void Orders::liabilities(const AsOf& as_of, const std::function<void(const Liability&)>& visit) const {
  const auto snapshot = database_.begin_read();
  auto rows = rows_among(database_, Among::liable, as_of, {}, {});
  NamesOfNumbers names(database_);
  while (rows.next()) {
    const auto line = order_from(rows, as_of, names);
    for (const auto& [currency, sums] : money_of(*this, as_of, line)) {
      const auto awaiting = currency == line.currency ? line.awaiting_stock : Minor{0};
      if (sums.owed_back == Minor{0} && awaiting == Minor{0}) continue;
      visit({line.order, line.position, line.member, line.product, currency, sums.owed_back, awaiting});
    }
  }
}

std::map<Currency, LiabilitySum> Orders::liability_sums(const AsOf& as_of) const {
  std::map<Currency, LiabilitySum> sums;
  liabilities(as_of, [&](const Liability& liability) {
    auto& sum = sums[liability.currency];
    sum.owed_back.value += liability.owed_back.value;
    sum.awaiting_stock.value += liability.awaiting_stock.value;
  });
  return sums;
}

}  // namespace upline::projections
