// The journal for spreadsheets: one line a posting, debits above 0.
#include "eventstore/csv_writer.hpp"
#include "projections/exports/journal_formats.hpp"

#include <utility>

#include <fmt/format.h>

namespace upline::projections {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view header =
    "transaction,date,at,kind,payee,order_id,settlement_id,account,title,currency,amount_minor,amount\n";

class CsvJournal final : public JournalWriter {
 public:
  CsvJournal(const JournalContents& contents, ByteSink out) : contents_(contents), out_(std::move(out)) {}

  void begin() override {
    if (contents_.request.byte_order_mark) out_(byte_order_mark);
    out_(header);
  }

  /// Nobody reads these back into Upline, so an id that could be taken for a formula is neutralised like any text.
  void transaction(const JournalTransaction& transaction) override {
    line_.clear();
    for (const auto& [account, amount] : transaction.postings) {
      const bool has_title = account.kind == domain::AccountKind::sales;
      fmt::format_to(std::back_inserter(line_), "{},{},{},{},", transaction.code(), day_text(transaction.at),
                     domain::format_rfc3339(transaction.at), name(transaction.kind));
      for (const auto& text :
           {transaction.payee, transaction.order, transaction.settlement, plain_account(account.in_books()),
            has_title ? contents_.journal.title_of(account.name) : std::string()}) {
        eventstore::append_csv_text(line_, text);
        line_ += ',';
      }
      fmt::format_to(std::back_inserter(line_), "{},{},{}\n", account.currency, amount.value,
                     domain::decimal_text(amount, contents_.exponent_of(account.currency)));
    }
    out_(line_);
  }

  void end() override {}

 private:
  JournalContents contents_;
  ByteSink out_;
  std::string line_{};
};

}  // namespace

std::unique_ptr<JournalWriter> csv_journal(const JournalContents& contents, ByteSink out) {
  return std::make_unique<CsvJournal>(contents, std::move(out));
}

}  // namespace upline::projections
