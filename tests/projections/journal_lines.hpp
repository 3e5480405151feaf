// The journal's answers as texts that a test can say.
#pragma once

#include "projections/exports/journal_text.hpp"
#include "projections/journal.hpp"
#include "tests/projections/shop_books.hpp"

#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace upline::tests {

/// `2026-05-01 ev-17 payment dave o1: Assets:Gateway:alipay 999 CNY, Liabilities:Buyers -999 CNY`.
inline std::string text_of(const projections::JournalTransaction& transaction) {
  auto text =
      fmt::format("{} {} {} {} {}{}:", projections::day_text(transaction.at), transaction.code(),
                  projections::name(transaction.kind), transaction.payee, transaction.order, transaction.settlement);
  for (const auto& [account, amount] : transaction.postings) {
    text += fmt::format("{} {} {} {}", text.back() == ':' ? "" : ",", to_text(account.in_books()), amount.value,
                        account.currency);
  }
  return text;
}

inline Lines journal_lines(const projections::Journal& journal, const projections::JournalPeriod& period = {}) {
  Lines lines;
  journal.transactions(period, [&](const auto& transaction) { lines.push_back(text_of(transaction)); });
  return lines;
}

/// By account and currency, those of 0 left out.
using Balances = std::map<std::pair<std::string, std::string>, std::int64_t>;

inline Balances balances_of(const projections::Journal& journal, const projections::AccountSums& sums) {
  Balances balances;
  journal.accounts([&](const projections::JournalAccount& account) {
    const auto sum = sums.of(account.number).value;
    if (sum != 0) balances[{to_text(account.in_books()), account.currency}] = sum;
  });
  return balances;
}

}  // namespace upline::tests
