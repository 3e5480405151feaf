#include "eventstore/sqlite/vault_lookups.hpp"

#include "eventstore/sqlite/bindings.hpp"

#include <cstdint>

#include <nlohmann/json.hpp>

namespace upline::eventstore::sqlite {

using domain::Fingerprint;
using domain::OrderId;

namespace {

constexpr const char* upsert =
    "INSERT INTO lookups (order_id, subject, fingerprint) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (order_id) DO UPDATE SET subject = excluded.subject, fingerprint = excluded.fingerprint";

}  // namespace

void VaultLookups::put(const OrderId& order, const std::string& subject, const Fingerprint& print) {
  auto& row = database_.statement(upsert);
  bind_text(row, 1, order.value);
  bind_text(row, 2, subject);
  bind_blob(row, 3, print.bytes);
  row.exec();
}

namespace {

constexpr const char* select_orders =
    "SELECT order_id FROM lookups WHERE fingerprint = ?1 AND order_id > ?2 ORDER BY order_id LIMIT ?3";

}  // namespace

std::vector<OrderId> VaultLookups::find(const Fingerprint& print, const OrderId& after, std::size_t limit) {
  auto& rows = database_.statement(select_orders);
  const EndOfQuery end(rows);
  bind_blob(rows, 1, print.bytes);
  bind_text(rows, 2, after.value);
  rows.bind(3, static_cast<std::int64_t>(limit));
  std::vector<OrderId> orders;
  while (rows.executeStep()) orders.push_back({rows.getColumn(0).getString()});
  return orders;
}

namespace {

constexpr const char* select_subject = "SELECT subject FROM lookups WHERE order_id = ?1";

}  // namespace

std::optional<std::string> VaultLookups::subject_of(const OrderId& order) {
  auto& row = database_.statement(select_subject);
  const EndOfQuery end(row);
  bind_text(row, 1, order.value);
  if (!row.executeStep()) return std::nullopt;
  return row.getColumn(0).getString();
}

namespace {

constexpr const char* select_among = "SELECT order_id FROM lookups WHERE order_id IN (SELECT value FROM json_each(?1))";

}  // namespace

std::vector<OrderId> VaultLookups::among(const std::vector<OrderId>& orders) {
  auto ids = nlohmann::json::array();
  for (const auto& order : orders) ids.push_back(order.value);
  auto& rows = database_.statement(select_among);
  const EndOfQuery end(rows);
  bind_text(rows, 1, ids.dump());
  std::vector<OrderId> found;
  while (rows.executeStep()) found.push_back({rows.getColumn(0).getString()});
  return found;
}

namespace {

constexpr const char* delete_of_order = "DELETE FROM lookups WHERE order_id = ?1";

}  // namespace

void VaultLookups::drop(const OrderId& order) {
  auto& row = database_.statement(delete_of_order);
  bind_text(row, 1, order.value);
  row.exec();
}

}  // namespace upline::eventstore::sqlite
