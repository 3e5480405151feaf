// What every member earned, holds and has coming, at any moment: the sums over the entries of the accounts.
#pragma once

#include "domain/account.hpp"
#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/order.hpp"
#include "projections/as_of.hpp"
#include "projections/projection.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace upline::projections {

/// One member's balance in one currency (ledger specification, "Balances of a member at time t"):
/// earned - reversed = pending + available + scheduled + paid. The texts are borrowed for the visit.
struct Balance {
  std::string_view member{};
  std::string_view currency{};
  domain::Minor earned{};
  domain::Minor reversed{};
  domain::Minor pending{};
  domain::Minor available{};  // below zero where more was taken back than is left
  domain::Minor scheduled{};  // gross, as is paid
  domain::Minor paid{};
};

enum class EntryKind : std::uint8_t { accrual = 1, reversal = 2 };

/// `accrual`, `reversal`.
std::string_view name(EntryKind kind);

/// What an accrual was computed from.
struct AccrualTerms {
  domain::PlanVersion plan_version{};
  domain::Rate rate{};
  domain::Minor base{};
};

/// A line of a member's account. The texts are borrowed for the visit.
struct Entry {
  std::string_view member{};
  std::string_view currency{};
  domain::Position position{};
  domain::Version version{};
  EntryKind kind{};
  domain::Minor amount{};  // below 0 for a reversal
  domain::Timestamp occurred_at{};
  domain::Timestamp available_at{};
  std::string_view order{};
  domain::Level level{};
  std::string_view plan{};
  std::optional<AccrualTerms> terms{};  // of accruals
  std::string_view refund{};            // of reversals
};

/// A commission that went to nobody. The texts are borrowed for the visit.
struct Forfeit {
  std::string_view member{};
  domain::Position position{};
  std::string_view order{};
  domain::Level level{};
  domain::Minor amount{};
  std::string_view currency{};
  domain::ForfeitReason reason{};
  domain::Timestamp occurred_at{};
  std::string_view plan{};
  AccrualTerms terms{};
};

struct BalanceCursor {
  std::string member{};
  std::string currency{};
};

/// A part of an account: entries that occurred from `from` on and before `until`, behind a currency and position.
struct EntryPage {
  domain::Timestamp from{domain::timestamp_min};
  domain::Timestamp until{domain::timestamp_max};
  std::string after_currency{};
  domain::Position after_position{};
  std::size_t limit{};  // 0: all
};

struct StatementSums {
  domain::Currency currency{};
  domain::Minor opening{};
  domain::Minor closing{};
};

const Projection& commission_balances_projection();

class CommissionBalances {
 public:
  explicit CommissionBalances(ReadModelDatabase& database) : database_(database) {}

  /// Until the handle is gone, statements, entries and payouts are of the same state, whoever carries it on.
  ReadModelDatabase::Transaction hold_still() const { return database_.begin_read(); }

  /// In the order of member (bytewise), then currency; of one member, or of all. Members without entries by then are
  /// left out. Some microseconds an account, one for each section of the log that it has entries in, 20 nanoseconds an
  /// entry. Throws where a sum does not fit 64 bits.
  void balances(const AsOf& as_of, const std::optional<domain::MemberId>& member,
                const std::function<void(const Balance&)>& visit) const;
  void balances(const AsOf& as_of, const std::function<void(const Balance&)>& visit) const {
    balances(as_of, std::nullopt, visit);
  }

  /// At most `limit`, from behind the balance of that member in that currency on; both are empty for the first page.
  void balances(const AsOf& as_of, const BalanceCursor& after, std::size_t limit,
                const std::function<void(const Balance&)>& visit) const;

  /// A member's entries by currency, then position.
  void entries(const AsOf& as_of, const domain::MemberId& member,
               const std::function<void(const Entry&)>& visit) const {
    entries(as_of, member, {}, visit);
  }
  void entries(const AsOf& as_of, const domain::MemberId& member, const EntryPage& page,
               const std::function<void(const Entry&)>& visit) const;

  /// The sums of a member's entries before `from` and before `until`, by currency: what a statement of that time opens
  /// and closes with. Throws where a sum does not fit 64 bits.
  std::vector<StatementSums> statement(const AsOf& as_of, const domain::MemberId& member, domain::Timestamp from,
                                       domain::Timestamp until) const;

  /// What a member forfeited, by position.
  void forfeits(const AsOf& as_of, const domain::MemberId& member,
                const std::function<void(const Forfeit&)>& visit) const;

 private:
  ReadModelDatabase& database_;
};

}  // namespace upline::projections
