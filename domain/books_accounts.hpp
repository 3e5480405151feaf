// The sums of the books: accounts of the double entry on one side, members' balances on the other. They must agree.
#pragma once

#include "domain/books_names.hpp"
#include "domain/journal.hpp"
#include "domain/money.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace upline::domain {

/// Ledger specification, "Balances": a member's commissions in one currency.
struct MemberBalance {
  Minor earned{};
  Minor reversed{};
  Minor pending{};
  Minor available{};
  Minor scheduled{};  // gross, as is paid
  Minor paid{};
  bool operator==(const MemberBalance&) const = default;
};

/// A shop's sums in one currency: what was delivered, at its amount due; what was paid back, before delivery or after.
struct CurrencyTotals {
  Minor sales{};
  Minor refunded{};
  Minor earned{};
  Minor reversed{};
  bool operator==(const CurrencyTotals&) const = default;
};

/// An accrual, or with `amount` below 0 a reversal, as its beneficiary's balance sees it.
struct BalanceEntry {
  std::string_view member{};
  std::string_view currency{};
  Minor amount{};
  Timestamp available_at{};
};

/// A call that can find something broken answers it as a part of a sentence, else nothing. Cost: constant, but for the
/// holds that end, logarithmic in those that run.
class BookedAccounts {
 public:
  explicit BookedAccounts(BookNames& names) : names_(names) {}

  /// Every hold that ends until `now` turns pending into available. `now` never falls.
  std::optional<std::string> pass_time(Timestamp now);

  std::optional<std::string> book(const Transaction& transaction);

  /// The entry's transaction is its own, and counts at once if its hold is over.
  std::optional<std::string> enter(const BalanceEntry& entry, const Transaction& transaction);

  /// A line of a settlement begins to count; its gross is available no longer.
  std::optional<std::string> schedule(Name member, Name currency, Minor gross, const Transaction& transaction);
  std::optional<std::string> pay(Name member, Name currency, Minor gross, const Transaction& transaction);
  /// What it covered is available again.
  std::optional<std::string> unschedule(Name member, Name currency, Minor gross, bool was_paid,
                                        const Transaction& transaction);

  /// What was available by the cutoff and no live line covers, of every member and currency, in no order: linear in
  /// all entries.
  template <class Visit>
  void each_free_sum(Timestamp cutoff, Visit visit) const {
    for (const auto& [key, sums] : members_) {
      auto free = -sums.balance.scheduled.value - sums.balance.paid.value;
      for (const auto& entry : sums.entries) {
        if (entry.available_at <= cutoff) free += entry.amount.value;
      }
      visit(Name{static_cast<std::uint32_t>(key >> 32U)}, Name{static_cast<std::uint32_t>(key)}, Minor{free});
    }
  }

  void count_sale(Name currency, Minor amount_due) { sums_[currency.value].totals.sales.value += amount_due.value; }
  void count_refund(Name currency, Minor amount) { sums_[currency.value].totals.refunded.value += amount.value; }

  /// Zero over all accounts, and the members' balances against what the shop owes them: in one currency.
  std::optional<std::string> check(std::string_view currency) const;

  Minor sum(const LedgerAccount& account, std::string_view currency) const;
  MemberBalance balance(std::string_view member, std::string_view currency) const;
  std::size_t balance_count() const { return members_.size(); }
  std::map<Currency, CurrencyTotals> totals() const;

 private:
  struct AccountKey {
    AccountKind kind{};
    Name name{};
    Name currency{};
    bool operator==(const AccountKey&) const = default;
  };
  struct AccountKeyHash {
    std::size_t operator()(const AccountKey& key) const;
  };
  /// No entry is available before it occurred, so one time says when it may be settled.
  struct SettleableEntry {
    Timestamp available_at{};
    Minor amount{};
  };
  /// Both sides of a member's books in one currency: by entries, and by the journal's accounts.
  struct MemberSums {
    MemberBalance balance{};
    Minor pending_account{};
    Minor payable_account{};
    std::vector<SettleableEntry> entries{};
  };
  struct CurrencySums {
    CurrencyTotals totals{};
    Minor live_payouts{};
    Minor all_accounts{};
    Minor owed_to_members{};  // the balance of Liabilities:Commission: a credit, so 0 or below
  };
  struct Hold {
    Timestamp available_at{};
    Name member{};
    Name currency{};
    Minor amount{};
    bool is_pending_in_journal{};
    bool operator>(const Hold& other) const { return available_at > other.available_at; }
  };

  std::optional<std::string> end_hold(const Hold& hold);
  std::optional<std::string> finish_payout(MemberSums& member, Name currency, const Transaction& transaction);
  static std::optional<std::string> check_member(const MemberSums& member);
  Minor& account(AccountKind kind, Name name, Name currency);

  BookNames& names_;
  Timestamp now_{INT64_MIN};
  std::unordered_map<AccountKey, Minor, AccountKeyHash> accounts_;  // all but the members'
  std::unordered_map<std::uint64_t, MemberSums> members_;           // by member and currency
  std::unordered_map<std::uint32_t, CurrencySums> sums_;            // by currency
  std::priority_queue<Hold, std::vector<Hold>, std::greater<>> holds_;
};

}  // namespace upline::domain
