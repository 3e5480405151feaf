#include "projections/exports/statement_writers.hpp"

#include <utility>

#include <fmt/format.h>

namespace upline::projections {

namespace {

constexpr std::string_view style_sheet = R"(
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin: 0 0 .5rem }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
table { width: 100%; border-collapse: collapse }
th, td { text-align: left; vertical-align: top; padding: .35rem .5rem; border-bottom: 1px solid #8884 }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.d { white-space: nowrap }
.sum td { font-weight: 600 }
p.note { font-size: .85rem; opacity: .75 }
@media print { body { font-size: 10pt; margin: 0; max-width: none } thead { display: table-header-group } tr { break-inside: avoid } @page { margin: 18mm 15mm } }
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const auto c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

class HtmlStatement : public StatementWriter {
 public:
  HtmlStatement(TextSink out, StatementStyle style)
      : out_(std::move(out)), style_(std::move(style)), words_(words(style_.language)) {}

  void begin(const StatementTime& time) override {
    const auto days =
        fmt::format(fmt::runtime(words_.time), day_text(time.from), day_text({time.until.microseconds - 1}));
    out_(
        fmt::format("<!doctype html>\n<html lang=\"{0}\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>{1} {3}, {4}</title>\n"
                    "<style>{5}</style>\n</head>\n<body>\n<h1>{1}</h1>\n<p>{2} <strong>{3}</strong><br>{4}</p>\n",
                    words_.language, words_.title, words_.member, escaped(time.member.value), days, style_sheet));
  }

  void begin_currency(const domain::Currency& currency, domain::Minor opening) override {
    exponent_ = style_.exponent_of(currency);
    any_ = true;
    out_(
        fmt::format("<h2>{}</h2>\n<table>\n<thead><tr><th>{}</th><th>{}</th><th class=\"n\">{}</th>"
                    "<th class=\"n\">{}</th></tr></thead>\n<tbody>\n",
                    currency.code, words_.date, words_.what, words_.amount, words_.balance));
    sum(words_.opening, opening);
  }

  void line(const StatementLine& line) override {
    out_(fmt::format("<tr><td class=\"d\">{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
                     day_text(line.occurred_at()), escaped(explanation(line, style_.language, exponent_)),
                     domain::decimal_text(line.amount(), exponent_), domain::decimal_text(line.balance, exponent_)));
  }

  void end_currency(const domain::Currency&, domain::Minor closing) override {
    sum(words_.closing, closing);
    out_("</tbody>\n</table>\n");
  }

  void end() override {
    out_(fmt::format("<p class=\"note\">{}</p>\n</body>\n</html>\n", any_ ? words_.footnote : words_.nothing));
  }

 private:
  void sum(std::string_view what, domain::Minor balance) {
    out_(fmt::format("<tr class=\"sum\"><td></td><td>{}</td><td></td><td class=\"n\">{}</td></tr>\n", what,
                     domain::decimal_text(balance, exponent_)));
  }

  TextSink out_;
  StatementStyle style_;
  const StatementWords& words_;
  domain::Exponent exponent_{};
  bool any_ = false;
};

}  // namespace

std::unique_ptr<StatementWriter> statement_as_html(TextSink out, StatementStyle style) {
  return std::make_unique<HtmlStatement>(std::move(out), std::move(style));
}

}  // namespace upline::projections
