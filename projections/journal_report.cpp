#include "projections/journal_report.hpp"

#include "projections/exports/journal_text.hpp"
#include "projections/journal_tables.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace upline::projections {

using domain::Minor;

namespace {

enum class Root : std::uint8_t { assets, liabilities, income, expenses };

Root root_of(const std::string& account) {
  switch (account.front()) {
    case 'A':
      return Root::assets;
    case 'L':
      return Root::liabilities;
    case 'I':
      return Root::income;
    default:
      return Root::expenses;
  }
}

using LineKey = std::tuple<Root, std::string, std::string>;

/// The members' accounts bear the name that theirs begin with.
std::string line_name(const JournalAccount& account) {
  if (!is_owed_to_member(account.kind)) return plain_account(account.in_books());
  auto name = domain::to_text({account.kind, {}});
  name.pop_back();
  return name;
}

void add(Minor& sum, Minor amount) {
  const auto added = domain::checked_sum(sum, amount);
  if (!added) throw std::overflow_error("a sum of the report does not fit 64 bits");
  sum = *added;
}

void add(ReportLine& line, Minor balance) {
  if (balance == Minor{0}) return;
  ++line.accounts;
  if (balance > Minor{0}) return add(line.debit, balance);
  add(line.credit, Minor{-balance.value});
}

std::vector<ReportTotal> totals_of(const std::vector<ReportLine>& lines) {
  std::map<std::string, ReportTotal> totals;
  for (const auto& line : lines) {
    auto& total = totals.try_emplace(line.currency, ReportTotal{line.currency, {}, {}}).first->second;
    add(total.debit, line.debit);
    add(total.credit, line.credit);
  }
  std::vector<ReportTotal> all;
  for (auto& [currency, total] : totals) all.push_back(std::move(total));
  return all;
}

template <class Belongs>
Report report(const Journal& journal, const AsOf& as_of, Belongs belongs) {
  const auto still = journal.hold_still();
  const auto sums = journal.balances(as_of);
  std::map<LineKey, ReportLine> lines;
  journal.accounts([&](const JournalAccount& account) {
    const auto name = line_name(account);
    if (!sums.uses(account.number) || !belongs(root_of(name))) return;
    auto [known, is_new] = lines.try_emplace({root_of(name), name, account.currency});
    auto& line = known->second;
    if (is_new) {
      line = {.kind = account.kind, .account = name, .currency = account.currency};
      if (account.kind == domain::AccountKind::sales) line.title = journal.title_of(account.name);
    }
    add(line, sums.of(account.number));
  });
  Report result;
  for (auto& [key, line] : lines) result.lines.push_back(std::move(line));
  result.totals = totals_of(result.lines);
  return result;
}

}  // namespace

Report trial_balance(const Journal& journal, const AsOf& as_of) {
  auto result = report(journal, as_of, [](Root) { return true; });
  for (auto& line : result.lines) {
    const auto balance = line.balance();
    line.debit = {std::max<std::int64_t>(balance.value, 0)};
    line.credit = {std::max<std::int64_t>(-balance.value, 0)};
  }
  result.totals = totals_of(result.lines);
  return result;
}

Report income(const Journal& journal, const AsOf& as_of) {
  return report(journal, as_of, [](Root root) { return root == Root::income || root == Root::expenses; });
}

Report liabilities(const Journal& journal, const AsOf& as_of) {
  return report(journal, as_of, [](Root root) { return root == Root::liabilities; });
}

}  // namespace upline::projections
