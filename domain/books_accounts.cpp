#include "domain/books_accounts.hpp"

#include <algorithm>

namespace upline::domain {

namespace {

using Finding = std::optional<std::string>;

bool is_owed_to_members(AccountKind kind) {
  return kind == AccountKind::commission_pending || kind == AccountKind::commission_payable;
}

bool add(Minor& sum, Minor amount) {
  const auto added = checked_sum(sum, amount);
  if (added) sum = *added;
  return added.has_value();
}

std::int64_t net(Minor earned, Minor reversed) { return earned.value - reversed.value; }

}  // namespace

std::size_t BookedAccounts::AccountKeyHash::operator()(const AccountKey& key) const {
  // An odd constant spreads the names; the currency and the kind change the low bits.
  return (std::size_t{key.name.value} * 0x9E3779B97F4A7C15U) ^ (std::size_t{key.currency.value} << 8) ^
         static_cast<std::size_t>(key.kind);
}

Finding BookedAccounts::pass_time(Timestamp now) {
  now_ = now;
  while (!holds_.empty() && holds_.top().available_at <= now) {
    const auto hold = holds_.top();
    holds_.pop();
    if (auto found = end_hold(hold)) return found;
  }
  return std::nullopt;
}

Finding BookedAccounts::end_hold(const Hold& hold) {
  auto& balance = members_[both(hold.member, hold.currency)].balance;
  balance.pending.value -= hold.amount.value;
  balance.available.value += hold.amount.value;
  if (!hold.is_pending_in_journal) return std::nullopt;
  return book(maturity(names_.text(hold.member), hold.amount, names_.text(hold.currency)));
}

Minor& BookedAccounts::account(AccountKind kind, Name name, Name currency) {
  if (!is_owed_to_members(kind)) return accounts_[{kind, name, currency}];
  auto& member = members_[both(name, currency)];
  return kind == AccountKind::commission_pending ? member.pending_account : member.payable_account;
}

Finding BookedAccounts::book(const Transaction& transaction) {
  for (const auto& posting : transaction) {
    const auto currency = names_.number_of(posting.currency);
    const auto name = names_.number_of(posting.account.name);
    auto& sums = sums_[currency.value];
    bool fits = add(account(posting.account.kind, name, currency), posting.amount);
    fits = fits && add(sums.all_accounts, posting.amount);
    if (is_owed_to_members(posting.account.kind)) fits = fits && add(sums.owed_to_members, posting.amount);
    if (!fits) return "the sum of " + to_text(posting.account) + " does not fit 64 bits";
  }
  return std::nullopt;
}

Finding BookedAccounts::enter(const BalanceEntry& entry, const Transaction& transaction) {
  const auto member = names_.number_of(entry.member);
  const auto currency = names_.number_of(entry.currency);
  const bool is_accrual = entry.amount > Minor{0};
  const Minor size{is_accrual ? entry.amount.value : -entry.amount.value};
  auto& sums = members_[both(member, currency)];
  auto& balance = sums.balance;
  auto& totals = sums_[currency.value].totals;
  if (!add(is_accrual ? balance.earned : balance.reversed, size)) return "a member's sum does not fit 64 bits";
  if (!add(is_accrual ? totals.earned : totals.reversed, size)) return "the commissions' sum does not fit 64 bits";
  balance.pending.value += entry.amount.value;
  sums.entries.push_back({entry.available_at, entry.amount});
  if (auto found = book(transaction)) return found;
  const bool is_pending_in_journal = std::ranges::any_of(
      transaction, [](const Posting& p) { return p.account.kind == AccountKind::commission_pending; });
  const Hold hold{entry.available_at, member, currency, entry.amount, is_pending_in_journal};
  if (entry.available_at > now_) {
    holds_.push(hold);
  } else if (auto found = end_hold(hold)) {
    return found;
  }
  return check_member(sums);
}

Finding BookedAccounts::schedule(Name member, Name currency, Minor gross, const Transaction& transaction) {
  auto& sums = members_[both(member, currency)];
  sums.balance.available.value -= gross.value;
  sums.balance.scheduled.value += gross.value;
  sums_[currency.value].live_payouts.value += gross.value;
  return finish_payout(sums, currency, transaction);
}

Finding BookedAccounts::pay(Name member, Name currency, Minor gross, const Transaction& transaction) {
  auto& sums = members_[both(member, currency)];
  sums.balance.scheduled.value -= gross.value;
  sums.balance.paid.value += gross.value;
  return finish_payout(sums, currency, transaction);
}

Finding BookedAccounts::unschedule(Name member, Name currency, Minor gross, bool was_paid,
                                   const Transaction& transaction) {
  auto& sums = members_[both(member, currency)];
  (was_paid ? sums.balance.paid : sums.balance.scheduled).value -= gross.value;
  sums.balance.available.value += gross.value;
  sums_[currency.value].live_payouts.value -= gross.value;
  return finish_payout(sums, currency, transaction);
}

Finding BookedAccounts::finish_payout(MemberSums& member, Name currency, const Transaction& transaction) {
  if (auto found = book(transaction)) return found;
  if (auto found = check_member(member)) return found;
  return check(names_.text(currency));
}

Finding BookedAccounts::check_member(const MemberSums& member) {
  const auto& balance = member.balance;
  const auto kept = net(balance.earned, balance.reversed);
  const auto owed = balance.pending.value + balance.available.value;
  if (kept != owed + balance.scheduled.value + balance.paid.value) {
    return "the member's earned less reversed is not pending plus available plus what settlements pay";
  }
  if (owed != -member.pending_account.value - member.payable_account.value) {
    return "the member's balance is not what the shop's accounts owe the member";
  }
  return std::nullopt;
}

Finding BookedAccounts::check(std::string_view currency) const {
  const auto known = names_.find(currency);
  const auto found = known ? sums_.find(known->value) : sums_.end();
  if (found == sums_.end()) return std::nullopt;
  const auto& [totals, live_payouts, all_accounts, owed_to_members] = found->second;
  if (all_accounts != Minor{0}) return "the accounts in " + std::string(currency) + " do not add up to zero";
  if (net(totals.earned, totals.reversed) - live_payouts.value != -owed_to_members.value) {
    return "the members' balances in " + std::string(currency) + " are not the balance of Liabilities:Commission";
  }
  return std::nullopt;
}

Minor BookedAccounts::sum(const LedgerAccount& account, std::string_view currency) const {
  const auto name = names_.find(account.name);
  const auto code = names_.find(currency);
  if (!name || !code) return {};
  if (const auto found = accounts_.find({account.kind, *name, *code}); found != accounts_.end()) return found->second;
  const auto member = members_.find(both(*name, *code));
  if (!is_owed_to_members(account.kind) || member == members_.end()) return {};
  return account.kind == AccountKind::commission_pending ? member->second.pending_account
                                                         : member->second.payable_account;
}

MemberBalance BookedAccounts::balance(std::string_view member, std::string_view currency) const {
  const auto name = names_.find(member);
  const auto code = names_.find(currency);
  if (!name || !code) return {};
  const auto found = members_.find(both(*name, *code));
  return found == members_.end() ? MemberBalance{} : found->second.balance;
}

std::map<Currency, CurrencyTotals> BookedAccounts::totals() const {
  std::map<Currency, CurrencyTotals> totals;
  for (const auto& [currency, sums] : sums_) {
    totals.emplace(Currency{std::string(names_.text(Name{currency}))}, sums.totals);
  }
  return totals;
}

}  // namespace upline::domain
