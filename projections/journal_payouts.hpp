// The lines of settlements as the journal counts them: none before its settlement is fixed.
#pragma once

#include "domain/ids.hpp"
#include "domain/payout.hpp"
#include "domain/time.hpp"
#include "projections/journal.hpp"

#include <cstddef>
#include <functional>

namespace upline::projections {

/// Where and when a settlement was fixed or cancelled; position 0 where it was not.
struct PayoutMoment {
  domain::Position position{};
  domain::Timestamp at{};

  bool counts(domain::Timestamp until, domain::Position last) const {
    return position != domain::Position{0} && at <= until && position <= last;
  }
};

/// A line with the numbers of its accounts; those of what is 0 may be missing, and are then 0.
struct BookedPayout {
  std::size_t member{};  // the payable account
  std::size_t payouts{};
  std::size_t tax{};
  std::size_t fees{};
  domain::PayoutAmounts amounts{};
  PayoutMoment fixed{};
  PayoutMoment cancelled{};

  /// `sign` is 1 for the line scheduled, -1 for the line undone.
  void post(AccountSums& sums, int sign) const;
};

class BookedPayouts {
 public:
  explicit BookedPayouts(ReadModelDatabase& database) : database_(database) {}

  /// Those of settlements that were fixed, whatever became of them; about a microsecond each.
  void visit(const std::function<void(const BookedPayout&)>& visit) const;

 private:
  ReadModelDatabase& database_;
};

}  // namespace upline::projections
