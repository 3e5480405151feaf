// The journal's movements as they are stored: those of events that follow each other and belong together (an order is
// paid, delivered, and earns commissions) are one row.
#pragma once

#include "domain/money.hpp"
#include "domain/time.hpp"
#include "projections/journal.hpp"
#include "projections/journal_tables.hpp"
#include "projections/read_model_database.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace upline::projections {

/// An amount goes from one account to another.
struct Movement {
  std::uint64_t number{};  // its event's position times 8, and its place among the event's
  TransactionKind kind{};
  std::size_t debit{};
  std::size_t credit{};
  domain::Minor amount{};  // above 0
  bool operator==(const Movement&) const = default;

  std::uint64_t position() const { return number / movements_per_event; }

  /// The member's side of a commission is kept as the pending account; the payable one's number is the next.
  bool is_commission() const {
    return kind == TransactionKind::commission || kind == TransactionKind::commission_reversed;
  }
  std::size_t pending() const { return kind == TransactionKind::commission ? credit : debit; }
};

struct MovementRow {
  std::int64_t about{};  // the number of the order; of a payout that of the settlement
  domain::Timestamp occurred_at{};
  std::optional<domain::Timestamp> available_at{};  // of the commissions in it
  std::optional<std::size_t> member{};              // of a payout: the payable account
  std::vector<Movement> movements{};                // at least one; their numbers ascend

  std::uint64_t first() const { return movements.front().number; }

  /// Whether the next movement of the log belongs into the same row.
  bool goes_on_with(const MovementRow& next) const;
};

std::string pack(const std::vector<Movement>& movements);

/// From number, about, occurred_at, available_in, member, packed, which begin at that column. Uses the row's memory
/// again.
void read(const ReadModelDatabase::Rows& rows, int column, MovementRow& row);

/// For who writes: the row at the end of the table, which may go on.
class MovementsWriter {
 public:
  explicit MovementsWriter(ReadModelDatabase& database) : database_(database) {}

  /// A row with one movement, behind all that were added.
  void add(MovementRow next);
  void flush();

 private:
  void load_last();

  ReadModelDatabase& database_;
  std::optional<MovementRow> last_{};
  bool is_loaded_{};
  bool is_stored_{};  // a part of it is in the table
  bool is_changed_{};
};

}  // namespace upline::projections
