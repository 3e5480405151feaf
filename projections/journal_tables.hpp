// What the journal's writer and its readers agree on.
#pragma once

#include "domain/journal.hpp"
#include "projections/read_model_database.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace upline::projections {

/// A movement's number is its event's position times this, and its place among the event's.
constexpr std::uint64_t movements_per_event = 8;

/// Every movement up to that position has a smaller one.
constexpr std::int64_t first_number_behind(domain::Position last) {
  constexpr auto none = static_cast<std::uint64_t>(INT64_MAX);
  const bool fits = last.value < none / movements_per_event - 1;
  return static_cast<std::int64_t>(fits ? (last.value + 1) * movements_per_event : none);
}

constexpr bool is_owed_to_member(domain::AccountKind kind) {
  return kind == domain::AccountKind::commission_pending || kind == domain::AccountKind::commission_payable;
}

// What the statements over accounts say by number. A member's payable account has no row: its number is the one behind
// the pending account's.
static_assert(static_cast<int>(domain::AccountKind::commission_pending) == 4);
static_assert(static_cast<int>(domain::AccountKind::commission_payable) == 5);

constexpr const char* select_account_number =
    "SELECT number FROM accounts WHERE kind = $1 AND name = $2 AND currency = $3";

/// Of any but a member's payable account.
inline std::optional<std::int64_t> find_account(ReadModelDatabase& database, domain::AccountKind kind,
                                                std::string_view name, std::string_view currency) {
  auto row = database.query(select_account_number, {static_cast<int>(kind), name, currency});
  if (!row.next()) return std::nullopt;
  return row.integer(0);
}

inline std::optional<std::int64_t> find_account(ReadModelDatabase& database, const domain::LedgerAccount& account,
                                                std::string_view currency) {
  if (account.kind != domain::AccountKind::commission_payable) {
    return find_account(database, account.kind, account.name, currency);
  }
  const auto pending = find_account(database, domain::AccountKind::commission_pending, account.name, currency);
  return pending ? std::optional(*pending + 1) : std::nullopt;
}

inline std::size_t account_at(const ReadModelDatabase::Rows& row, int column) {
  return static_cast<std::size_t>(row.integer(column));
}

}  // namespace upline::projections
