// beancount's ledger, for `bean-check` with the pedantic plugin and without tolerance.
#include "projections/exports/journal_formats.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace upline::projections {

namespace {

constexpr std::size_t currency_max = 24;

/// A currency starts with a letter there, and these words are no currencies; no code of ours has a dot.
std::string beancount_currency(const std::string& code) {
  const bool is_taken = code == "TRUE" || code == "FALSE" || code == "NULL";
  if (!is_taken && (code.front() < '0' || code.front() > '9')) return code;
  auto text = "X." + code;
  if (text.size() <= currency_max) return text;
  throw ExportRefused("beancount has no name for the currency " + code + ": use another format");
}

std::string string_literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

class BeancountJournal final : public JournalWriter {
 public:
  BeancountJournal(const JournalContents& contents, ByteSink out) : contents_(contents), out_(std::move(out)) {}

  void begin() override {
    out_("option \"inferred_tolerance_multiplier\" \"0\"\nplugin \"beancount.plugins.pedantic\"\n\n");
    if (contents_.sums.empty()) return;
    const auto day = day_text(contents_.sums.first);
    contents_.used_accounts([&](const JournalAccount& account) { currencies_[account.currency]; });
    for (auto& [code, currency] : currencies_) {
      currency = {beancount_currency(code), contents_.exponent_of(code)};
      out_(fmt::format("{} commodity {}\n", day, currency.name));
    }
    open_accounts(day);
  }

  void transaction(const JournalTransaction& transaction) override {
    text_.clear();
    fmt::format_to(std::back_inserter(text_), "\n{} * {} {} ^{}\n  at: \"{}\"\n", day_text(transaction.at),
                   string_literal(transaction.payee), string_literal(name(transaction.kind)), transaction.code(),
                   domain::format_rfc3339(transaction.at));
    if (!transaction.order.empty()) {
      fmt::format_to(std::back_inserter(text_), "  order: {}\n", string_literal(transaction.order));
    }
    if (!transaction.settlement.empty()) {
      fmt::format_to(std::back_inserter(text_), "  settlement: {}\n", string_literal(transaction.settlement));
    }
    for (const auto& [account, amount] : transaction.postings) {
      fmt::format_to(std::back_inserter(text_), "  {}  {}\n", beancount_account(account.in_books()),
                     money(amount, account.currency));
    }
    out_(text_);
  }

  /// A balance is that of the day's start.
  void end() override {
    if (!contents_.has_balances()) return;
    const auto day = day_text(next_day(contents_.sums.last));
    out_("\n");
    contents_.used_accounts([&](const JournalAccount& account) {
      const auto& currency = currencies_.at(account.currency);
      out_(fmt::format("{} balance {}  {} ~ 0 {}\n", day, beancount_account(account.in_books()),
                       domain::decimal_text(contents_.sums.sums.of(account.number), currency.exponent), currency.name));
    });
  }

 private:
  struct NamedCurrency {
    std::string name{};
    domain::Exponent exponent{};
  };

  std::string money(domain::Minor amount, const std::string& code) const {
    const auto& currency = currencies_.at(code);
    return domain::decimal_text(amount, currency.exponent) + " " + currency.name;
  }

  /// Its currencies are named where an account is opened; the journal has an account for each of them.
  void open_accounts(const std::string& day) {
    JournalAccount open;
    std::vector<std::string> currencies;
    const auto write = [&] {
      if (currencies.empty()) return;
      out_(fmt::format("{} open {} {}\n", day, beancount_account(open.in_books()), fmt::join(currencies, ", ")));
      currencies.clear();
      if (open.kind != domain::AccountKind::sales) return;
      out_(fmt::format("  title: {}\n", string_literal(contents_.journal.title_of(open.name))));
    };
    contents_.used_accounts([&](const JournalAccount& account) {
      if (account.kind != open.kind || account.name != open.name) write();
      open = account;
      currencies.push_back(currencies_.at(account.currency).name);
    });
    write();
  }

  JournalContents contents_;
  ByteSink out_;
  std::map<std::string, NamedCurrency> currencies_{};
  std::string text_{};
};

}  // namespace

std::unique_ptr<JournalWriter> beancount_journal(const JournalContents& contents, ByteSink out) {
  return std::make_unique<BeancountJournal>(contents, std::move(out));
}

}  // namespace upline::projections
