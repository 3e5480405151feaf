// What happens to a settlement, in the stream `settlement/<id>`. All of it is dated when it was recorded.
#pragma once

#include "domain/digest.hpp"
#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/payout.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace upline::domain {

/// Sums over lines of one currency.
struct PayoutTotal {
  Currency currency{};
  std::uint64_t lines{};
  PayoutAmounts amounts{};
  bool operator==(const PayoutTotal&) const = default;
};

/// In the order of currencies, none twice.
using PayoutTotals = std::vector<PayoutTotal>;

/// Lines may now be computed, from the log up to `through`: the position in front of this event.
struct SettlementOpened {
  Attempt attempt{};
  Timestamp cutoff{};
  Minor minimum{};
  Minor fee{};
  std::string tax{};  // a method's name: domain/tax.hpp
  Position through{};
  std::string opened_by{};
  bool operator==(const SettlementOpened&) const = default;
};

/// The lines that stand directly in front of this event were added. All numbers are those of the attempt so far, and
/// `last_member`, `last_currency` is its newest line: the lines are in the order of member (bytewise), then currency.
struct LinesScheduled {
  Attempt attempt{};
  std::uint64_t lines{};
  MemberId last_member{};
  Currency last_currency{};
  Digest digest{};
  PayoutTotals totals{};
  bool operator==(const LinesScheduled&) const = default;
};

/// From here on the attempt's lines count, and no others of this settlement ever will, unless it is cancelled.
struct SettlementFixed {
  Attempt attempt{};
  std::uint64_t lines{};
  Digest digest{};
  PayoutTotals totals{};
  bool operator==(const SettlementFixed&) const = default;
};

/// The attempt's lines never counted and never will.
struct SettlementAbandoned {
  Attempt attempt{};
  std::string reason{};
  bool operator==(const SettlementAbandoned&) const = default;
};

struct SettlementApproved {
  std::string approved_by{};
  bool operator==(const SettlementApproved&) const = default;
};

/// A file of payouts was written.
struct SettlementExported {
  std::string format{};
  Digest digest{};  // SHA-256 of the file
  std::uint64_t rows{};
  PayoutTotals totals{};
  bool operator==(const SettlementExported&) const = default;
};

/// What its lines covered is free again, at once.
struct SettlementCancelled {
  std::string reason{};
  bool operator==(const SettlementCancelled&) const = default;
};

using SettlementEvent = std::variant<SettlementOpened, LinesScheduled, SettlementFixed, SettlementAbandoned,
                                     SettlementApproved, SettlementExported, SettlementCancelled>;

}  // namespace upline::domain
