#include "eventstore/csv_writer.hpp"
#include "projections/exports/statement_writers.hpp"

#include <utility>

#include <fmt/format.h>

namespace upline::projections {

namespace {

class CsvStatement : public StatementWriter {
 public:
  CsvStatement(TextSink out, StatementStyle style) : out_(std::move(out)), style_(std::move(style)) {}

  void begin(const StatementTime& time) override {
    time_ = time;
    out_("currency,position,occurred_at,kind,order_id,level,amount_minor,balance_minor,available_at,explanation\n");
  }

  void begin_currency(const domain::Currency& currency, domain::Minor opening) override {
    exponent_ = style_.exponent_of(currency);
    balance(currency, time_.from, "opening", opening, words(style_.language).opening);
  }

  void line(const StatementLine& line) override {
    auto text = fmt::format("{},{},{},{},", line.currency(), line.position().value,
                            domain::format_rfc3339(line.occurred_at()), kind_of(line));
    if (line.entry != nullptr) text += fmt::format("{},{}", line.entry->order, line.entry->level.value);
    if (line.entry == nullptr) text += ',';
    text += fmt::format(",{},{},", line.amount().value, line.balance.value);
    if (line.entry != nullptr) text += domain::format_rfc3339(line.entry->available_at);
    text += ',';
    eventstore::append_csv_text(text, explanation(line, style_.language, exponent_));
    out_(text + '\n');
  }

  void end_currency(const domain::Currency& currency, domain::Minor closing) override {
    balance(currency, time_.until, "closing", closing, words(style_.language).closing);
  }

  void end() override {}

 private:
  void balance(const domain::Currency& currency, domain::Timestamp at, std::string_view kind, domain::Minor balance,
               std::string_view what) {
    out_(fmt::format("{},,{},{},,,,{},,{}\n", currency.code, domain::format_rfc3339(at), kind, balance.value, what));
  }

  TextSink out_;
  StatementStyle style_;
  StatementTime time_{};
  domain::Exponent exponent_{};
};

}  // namespace

std::unique_ptr<StatementWriter> statement_as_csv(TextSink out, StatementStyle style) {
  return std::make_unique<CsvStatement>(std::move(out), std::move(style));
}

}  // namespace upline::projections
