// What a settlement pays a member, as the member's account tells it: the lines of a settlement and what became of them.
#pragma once

#include "domain/ids.hpp"
#include "domain/money.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace upline::domain {

/// A settlement's lines are computed in an attempt, 1, 2, 3 ...; those of one attempt at most ever count.
struct Attempt {
  std::uint32_t value{};
  auto operator<=>(const Attempt&) const = default;
};

/// gross = net + tax + fee.
struct PayoutAmounts {
  Minor gross{};
  Minor tax{};
  Minor fee{};
  Minor net{};
  bool operator==(const PayoutAmounts&) const = default;
};

// Events, in the stream `account/<member>`. Each holds the whole line, so that whoever books it needs nothing else.

/// A line of a settlement. It counts from the event on that fixes its attempt, if one does.
struct PayoutScheduled {
  SettlementId settlement{};
  Attempt attempt{};
  Currency currency{};
  PayoutAmounts amounts{};
  bool operator==(const PayoutScheduled&) const = default;
};

struct PayoutPaid {
  SettlementId settlement{};
  Attempt attempt{};
  Currency currency{};
  PayoutAmounts amounts{};
  std::optional<std::string> reference{};  // of the bank or the wallet
  bool operator==(const PayoutPaid&) const = default;
};

/// It was never paid: what the line covered is free again.
struct PayoutFailed {
  SettlementId settlement{};
  Attempt attempt{};
  Currency currency{};
  PayoutAmounts amounts{};
  std::string reason{};
  bool operator==(const PayoutFailed&) const = default;
};

/// It was paid, and came back from the bank: what the line covered is free again.
struct PayoutReturned {
  SettlementId settlement{};
  Attempt attempt{};
  Currency currency{};
  PayoutAmounts amounts{};
  std::string reason{};
  bool operator==(const PayoutReturned&) const = default;
};

}  // namespace upline::domain
