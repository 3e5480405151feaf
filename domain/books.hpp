// The books of a shop, kept from its log alone: every identity of the ledger specification ("Double entry", "Balances",
// "Commission arithmetic"), checked at every position.
#pragma once

#include "domain/books_accounts.hpp"
#include "domain/books_keys.hpp"
#include "domain/event.hpp"
#include "domain/journal.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace upline::domain {

/// Memory: about 300 bytes per order, 100 per member and currency, 50 per line of a settlement, 16 per entry; nothing
/// per other event but the holds that run.
class Books {
 public:
  Books();
  ~Books();
  Books(Books&&) noexcept;
  Books& operator=(Books&&) noexcept;

  /// Folds the log's next event. Answers nothing, or one sentence that names the position and what is broken there;
  /// then the books are closed, and every later call answers the same. Amortised cost: under a microsecond.
  ///
  /// Checked are: positions, versions of streams, times of recording; the double entry, per currency and member; per
  /// order what is due, received, owed back and refunded, and what each payment does to it; that a payment freezes the
  /// plan in force and the members above the buyer; that each level of the frozen chain accrues or forfeits exactly its
  /// share at delivery, as its standing says, and after each refund keeps exactly its target; the payout cap; where
  /// each key is, which order holds it, and who waits for one; that a settlement's lines are exactly the sums that no
  /// live line covers, with the tax of its method, and what becomes of each. What has to follow directly (a delivery
  /// behind its payment, a reversal behind its refund) must.
  std::optional<std::string> apply(const RecordedEvent& recorded);

  /// What a log must not end with: a payment without its delivery, a delivery or a refund without its commissions.
  std::optional<std::string> unfinished() const;

  Position position() const;
  std::size_t member_count() const;
  std::size_t order_count() const;
  std::size_t balance_count() const;  // members and currencies with entries

  std::map<Currency, CurrencyTotals> totals() const;

  /// Of a member, as of the last event's recorded_at.
  MemberBalance balance(const MemberId& member, const Currency& currency) const;

  /// Debits are above 0. As balance(), this sees the holds that end until the last event's recorded_at.
  Minor sum(const LedgerAccount& account, const Currency& currency) const;

  KeyCounts keys(const ProductId& product) const;

 private:
  class Replay;
  std::unique_ptr<Replay> replay_;
};

}  // namespace upline::domain
