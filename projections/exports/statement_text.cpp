#include "projections/exports/statement_writers.hpp"

#include <utility>

#include <fmt/format.h>

namespace upline::projections {

namespace {

class TextStatement : public StatementWriter {
 public:
  TextStatement(TextSink out, StatementStyle style)
      : out_(std::move(out)), style_(std::move(style)), words_(words(style_.language)) {}

  void begin(const StatementTime& time) override {
    const auto days =
        fmt::format(fmt::runtime(words_.time), day_text(time.from), day_text({time.until.microseconds - 1}));
    out_(fmt::format("{}\n{} {}\n{}\n", words_.title, words_.member, time.member.value, days));
  }

  void begin_currency(const domain::Currency& currency, domain::Minor opening) override {
    exponent_ = style_.exponent_of(currency);
    any_ = true;
    out_(fmt::format("\n{}\n", currency.code));
    row("          ", opening, opening, words_.opening, false);
  }

  void line(const StatementLine& line) override {
    row(day_text(line.occurred_at()), line.amount(), line.balance, explanation(line, style_.language, exponent_), true);
  }

  void end_currency(const domain::Currency&, domain::Minor closing) override {
    row("          ", closing, closing, words_.closing, false);
  }

  void end() override { out_(fmt::format("\n{}\n", any_ ? words_.footnote : words_.nothing)); }

 private:
  /// A balance has no amount of its own.
  void row(std::string_view day, domain::Minor amount, domain::Minor balance, std::string_view what, bool moves) {
    constexpr int width = 14;
    out_(fmt::format("{}  {:>{}}  {:>{}}  {}\n", day, moves ? domain::decimal_text(amount, exponent_) : "", width,
                     domain::decimal_text(balance, exponent_), width, what));
  }

  TextSink out_;
  StatementStyle style_;
  const StatementWords& words_;
  domain::Exponent exponent_{};
  bool any_ = false;
};

}  // namespace

std::unique_ptr<StatementWriter> statement_as_text(TextSink out, StatementStyle style) {
  return std::make_unique<TextStatement>(std::move(out), std::move(style));
}

}  // namespace upline::projections
