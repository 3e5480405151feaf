// What a member earned and has coming in each currency, folded from the account's entries. What becomes available next
// is kept apart, entry by entry, so that the balance is right at any moment before the first that is not.
#pragma once

#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/time.hpp"
#include "projections/commission_balances.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace upline::api {

/// An entry of an account, as far as it moves a balance.
struct BalanceEntry {
  domain::Position position{};
  std::string currency{};
  domain::Minor amount{};  // below 0 for a reversal
  domain::Timestamp available_at{};
};

class HeldBalance {
 public:
  /// At first so many pending entries are kept apart, and twice as many later.
  static constexpr std::size_t next_max = 64;

  /// Nothing earned yet, at a position of the log and a moment.
  HeldBalance(domain::Position as_of, domain::Timestamp now) : as_of_(as_of), known_from_(now) {}

  /// The sums of one currency at that moment.
  void begin_with(const projections::Balance& balance);
  /// What of those was pending.
  void begin_pending(std::vector<BalanceEntry> pending);

  /// A new one; those up to the position that this is as of are in it already.
  void add(const BalanceEntry& entry);

  bool is_too_large() const { return next_.size() > 2 * next_max; }
  bool is_known_at(domain::Timestamp now) const { return known_from_ <= now && now < known_until_; }

  /// {"member": …, "balances": […]}, as the route of accounts.cpp gives it.
  std::string text(std::string_view member, domain::Timestamp now) const;

 private:
  struct Sums {
    std::int64_t earned{};
    std::int64_t reversed{};
    std::int64_t freed{};  // became available, before any of next_
    std::int64_t scheduled{};
    std::int64_t paid{};
  };

  std::int64_t freed_by(domain::Timestamp now, const std::string& currency) const;

  domain::Position as_of_;
  domain::Timestamp known_from_;
  std::map<std::string, Sums> by_currency_{};
  std::vector<BalanceEntry> next_{};  // those that become available before known_until_
  domain::Timestamp known_until_{domain::timestamp_max};
};

}  // namespace upline::api
