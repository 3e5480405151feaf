#include "projections/journal_ties.hpp"

#include "projections/exports/journal_text.hpp"

#include <map>
#include <utility>

#include <fmt/format.h>

namespace upline::projections {

using domain::Minor;

namespace {

using MemberAndCurrency = std::pair<std::string, std::string>;

/// What the member's two accounts say: a debt of the shop is a credit.
struct Owed {
  Minor pending{};
  Minor available{};
  bool operator==(const Owed&) const = default;
};

class Ties {
 public:
  Ties(const Journal& journal, const AccountSums& sums) {
    journal.accounts([&](const JournalAccount& account) {
      totals_[account.currency].add(sums.of(account.number));
      if (account.kind != domain::AccountKind::commission_pending) return;
      const Owed owed{{-sums.of(account.number).value}, {-sums.of(account.number + 1).value}};
      if (owed != Owed{}) owed_.emplace(MemberAndCurrency{account.name, account.currency}, owed);
    });
  }

  void compare(const Balance& balance) {
    const Owed expected{balance.pending, balance.available};
    const auto known = owed_.find({std::string(balance.member), std::string(balance.currency)});
    const auto owed = known == owed_.end() ? Owed{} : known->second;
    if (known != owed_.end()) owed_.erase(known);
    if (owed == expected) return;
    note(fmt::format("the journal owes {} {} pending and {} available in {}, the balances say {} and {}",
                     balance.member, owed.pending.value, owed.available.value, balance.currency, expected.pending.value,
                     expected.available.value));
  }

  std::vector<std::string> finish() {
    for (const auto& [key, owed] : owed_) {
      note(fmt::format("the journal owes {} {} pending and {} available in {}, the balances know nothing of it",
                       key.first, owed.pending.value, owed.available.value, key.second));
    }
    for (const auto& [currency, total] : totals_) {
      if (total != WideSum{})
        note(fmt::format("the journal's accounts in {} come to {}", currency, total.minor_text()));
    }
    return std::move(findings_);
  }

 private:
  void note(std::string finding) {
    if (findings_.size() < journal_findings_max) findings_.push_back(std::move(finding));
  }

  std::map<MemberAndCurrency, Owed> owed_{};
  std::map<std::string, WideSum> totals_{};
  std::vector<std::string> findings_{};
};

}  // namespace

std::vector<std::string> journal_findings(const Journal& journal, const CommissionBalances& balances,
                                          const AsOf& as_of) {
  const auto still = journal.hold_still();
  Ties ties(journal, journal.balances(as_of));
  balances.balances(as_of, [&](const Balance& balance) { ties.compare(balance); });
  return ties.finish();
}

}  // namespace upline::projections
