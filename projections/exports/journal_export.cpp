#include "projections/exports/journal_export.hpp"

#include "eventstore/stored_event.hpp"
#include "projections/exports/journal_formats.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace upline::projections {

namespace {

constexpr std::string_view plain_text = "text/plain; charset=utf-8";

constexpr std::array formats{
    JournalFormat{"hledger", "hledger's journal", plain_text, plain_text_journal},
    JournalFormat{"ledger", "the same file: ledger reads it too", plain_text, plain_text_journal},
    JournalFormat{"beancount", "beancount's ledger", plain_text, beancount_journal},
    JournalFormat{"csv", "one line a posting", "text/csv; charset=utf-8", csv_journal},
    JournalFormat{"xlsx", "a workbook with totals", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                  xlsx_journal},
    JournalFormat{"json", "for programs", "application/json", json_journal},
};

void must_come_to_zero(const JournalTransaction& transaction) {
  std::map<std::string_view, WideSum> sums;
  for (const auto& posting : transaction.postings) sums[posting.account.currency].add(posting.amount);
  for (const auto& [currency, sum] : sums) {
    if (sum == WideSum{}) continue;
    throw eventstore::DamagedStore(fmt::format("transaction {} comes to {} {} instead of 0; run: upline verify",
                                               transaction.code(), sum.minor_text(), currency));
  }
}

void must_come_to(const AccountSums& written, const AccountSums& expected) {
  const auto accounts = std::max(written.balance.size(), expected.balance.size());
  for (std::size_t account = 1; account < accounts; ++account) {
    if (written.of(account) == expected.of(account) && written.uses(account) == expected.uses(account)) continue;
    throw eventstore::DamagedStore(fmt::format("the transactions of account {} come to {}, not {}; run: upline verify",
                                               account, written.of(account).value, expected.of(account).value));
  }
}

}  // namespace

std::span<const JournalFormat> journal_formats() { return formats; }

const JournalFormat* find_journal_format(std::string_view name) {
  const auto* const format = std::ranges::find(formats, name, &JournalFormat::name);
  return format == formats.end() ? nullptr : format;
}

void JournalContents::used_accounts(const std::function<void(const JournalAccount&)>& visit) const {
  journal.accounts([&](const JournalAccount& account) {
    if (sums.sums.uses(account.number)) visit(account);
  });
}

JournalCounts export_journal(const Journal& journal, const JournalRequest& request, const JournalFormat& format,
                             const ByteSink& out) {
  const auto still = journal.hold_still();
  const auto sums = journal.sums(request.period);
  const JournalContents contents{journal, request, sums};
  const auto writer = format.writer(contents, out);
  JournalCounts counts;
  AccountSums written;
  writer->begin();
  journal.transactions(request.period, [&](const JournalTransaction& transaction) {
    must_come_to_zero(transaction);
    ++counts.transactions;
    counts.postings += transaction.postings.size();
    for (const auto& [account, amount] : transaction.postings) {
      written.post(account.number, amount);
      if (amount > domain::Minor{0}) counts.debits[account.currency].add(amount);
    }
    writer->transaction(transaction);
  });
  must_come_to(written, sums.sums);
  writer->end();
  return counts;
}

}  // namespace upline::projections
