// One file for hledger and ledger: `hledger check --strict ordereddates payees` and `ledger --pedantic --check-payees`
// take it. Everything is declared before its use; balances are asserted at the end.
#include "projections/exports/journal_formats.hpp"

#include <set>
#include <utility>

#include <fmt/format.h>

namespace upline::projections {

namespace {

/// Who asserts the balances. A member may have the same name: a payee may be declared twice.
constexpr std::string_view own_payee = "upline";

/// hledger's letters for kinds of accounts.
char type_of(const std::string& account) {
  switch (account.front()) {
    case 'I':
      return 'R';  // income is called revenue
    case 'E':
      return 'X';
    default:
      return account.front();  // Assets, Liabilities
  }
}

/// A tag's value ends at a comma.
std::string tag_value(std::string text) {
  for (auto& c : text) {
    if (c == ',') c = ';';
  }
  return text;
}

class PlainTextJournal final : public JournalWriter {
 public:
  PlainTextJournal(const JournalContents& contents, ByteSink out) : contents_(contents), out_(std::move(out)) {}

  void begin() override {
    declare_currencies();
    for (const auto* tag : {"kind", "order", "settlement", "at", "title"}) out_(fmt::format("tag {}\n", tag));
    out_(fmt::format("payee {}\n", own_payee));
    contents_.journal.payees(contents_.request.period,
                             [&](std::string_view payee) { out_(fmt::format("payee {}\n", payee)); });
    declare_accounts();
  }

  void transaction(const JournalTransaction& transaction) override {
    text_.clear();
    fmt::format_to(std::back_inserter(text_), "\n{} * ({}) {}\n    ; kind: {}\n    ; at: {}\n",
                   day_text(transaction.at), transaction.code(), transaction.payee, name(transaction.kind),
                   domain::format_rfc3339(transaction.at));
    if (!transaction.order.empty()) fmt::format_to(std::back_inserter(text_), "    ; order: {}\n", transaction.order);
    if (!transaction.settlement.empty()) {
      fmt::format_to(std::back_inserter(text_), "    ; settlement: {}\n", transaction.settlement);
    }
    for (const auto& [account, amount] : transaction.postings) {
      fmt::format_to(std::back_inserter(text_), "    {}  {}\n", plain_account(account.in_books()),
                     money(amount, account.currency));
    }
    out_(text_);
  }

  void end() override {
    if (!contents_.has_balances()) return;
    out_(fmt::format("\n{} * (balances) {}\n", day_text(contents_.sums.last), own_payee));
    contents_.used_accounts([&](const JournalAccount& account) {
      out_(fmt::format("    {}  {} = {}\n", plain_account(account.in_books()), money({}, account.currency),
                       money(contents_.sums.sums.of(account.number), account.currency)));
    });
  }

 private:
  std::string money(domain::Minor amount, const std::string& currency) const {
    return plain_currency(currency) + " " + domain::decimal_text(amount, contents_.exponent_of(currency));
  }

  /// A format needs its decimal point, also where no decimal follows.
  void declare_currencies() {
    std::set<std::string> currencies;
    contents_.used_accounts([&](const JournalAccount& account) { currencies.insert(account.currency); });
    for (const auto& code : currencies) {
      const auto symbol = plain_currency(code);
      const auto decimals = static_cast<std::size_t>(contents_.exponent_of(code).digits);
      out_(fmt::format("commodity {}\n    format {} 1000.{}\n", symbol, symbol, std::string(decimals, '0')));
    }
  }

  void declare_accounts() {
    std::string last;
    contents_.used_accounts([&](const JournalAccount& account) {
      auto text = plain_account(account.in_books());
      if (text == last) return;  // in another currency
      out_(fmt::format("account {}\n    ; type: {}\n", text, type_of(text)));
      last = std::move(text);
      if (account.kind != domain::AccountKind::sales) return;
      out_(fmt::format("    ; title: {}\n", tag_value(contents_.journal.title_of(account.name))));
    });
  }

  JournalContents contents_;
  ByteSink out_;
  std::string text_{};
};

}  // namespace

std::unique_ptr<JournalWriter> plain_text_journal(const JournalContents& contents, ByteSink out) {
  return std::make_unique<PlainTextJournal>(contents, std::move(out));
}

}  // namespace upline::projections
