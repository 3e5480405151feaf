#include "projections/statement.hpp"

#include "cli/queries.hpp"
#include "cli/verbs.hpp"
#include "eventstore/exponents.hpp"
#include "projections/exports/statement_writers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

using domain::Timestamp;
using projections::StatementWriter;

struct StatementOptions {
  ShopOptions shop;
  std::string member;
  std::string month;
  std::string format{"text"};
  std::string language{"en"};
};

struct StatementFormat {
  std::string_view name;
  std::unique_ptr<StatementWriter> (*writer)(projections::TextSink, projections::StatementStyle);
};

constexpr std::array formats{
    StatementFormat{"text", projections::statement_as_text},
    StatementFormat{"json", projections::statement_as_json},
    StatementFormat{"csv", projections::statement_as_csv},
    StatementFormat{"html", projections::statement_as_html},
};

/// The first instant of a month, in UTC.
Timestamp month_start(int year, int month) {
  return *domain::parse_rfc3339(fmt::format("{:04}-{:02}-01T00:00:00Z", year, month));
}

/// `2026-10` as the time from its first instant up to the next month's. Throws UsageError.
projections::StatementTime parse_month(const std::string& text) {
  int year = 0;
  int month = 0;
  const auto* const end = text.data() + text.size();
  const bool shaped = text.size() == 7 && text[4] == '-';
  if (shaped) {
    std::from_chars(text.data(), text.data() + 4, year);
    std::from_chars(text.data() + 5, end, month);
  }
  constexpr int last_year = 9998;
  if (!shaped || year < 1 || year > last_year || month < 1 || month > 12) {
    throw UsageError(fmt::format("--month: '{}' is no month; write it like 2026-10", text));
  }
  return {.from = month_start(year, month),
          .until = month == 12 ? month_start(year + 1, 1) : month_start(year, month + 1)};
}

void statement(Context& context, const StatementOptions& options) {
  auto time = parse_month(options.month);
  const auto language = projections::parse_language(options.language);
  if (!language) throw UsageError(fmt::format("--lang: '{}' is not known; use en or zh", options.language));
  const auto* const format = std::ranges::find(formats, options.format, &StatementFormat::name);
  if (format == formats.end()) {
    throw UsageError(fmt::format("--format: '{}' is not known; use text, json, csv or html", options.format));
  }
  const auto books = open_books(context, options.shop);
  time.member = {options.member};
  if (!books->models.tree().member({}, time.member)) {
    throw NotFound(fmt::format("there is no member {} in this shop", options.member));
  }
  const auto exponent_of = eventstore::exponents_of(books->store());
  const auto writer = format->writer([&](std::string_view bytes) { context.out << bytes; },
                                     {.language = *language, .exponent_of = [&](const domain::Currency& currency) {
                                        return exponent_of(currency.code);
                                      }});
  projections::write_statement(books->models.balances(), books->models.payouts(), {}, time, *writer);
}

}  // namespace

void add_statement(CLI::App& app, Context& context) {
  auto options = std::make_shared<StatementOptions>();
  auto* verb = app.add_subcommand("statement", "What a member earned in a month, line by line, for the member to read");
  verb->add_option("member", options->member, "The member's id")->required()->type_name("MEMBER");
  verb->add_option("--month", options->month, "The month, in UTC, such as 2026-10")->required()->type_name("YYYY-MM");
  verb->add_option("--format", options->format, "text (the default), json, csv, or html: a page that prints well")
      ->type_name("FORMAT");
  verb->add_option("--lang", options->language, "Of its explanations: en (the default) or zh")->type_name("en|zh");
  add_shop_options(*verb, options->shop);
  verb->footer(
      "Opening balance and lines add up to the closing balance. It names no other person.\n"
      "Examples:\n"
      "  upline statement alice --month 2026-10\n"
      "  upline statement alice --month 2026-10 --format html --lang zh >alice.html");
  verb->callback([&context, options] { statement(context, *options); });
}

}  // namespace upline::cli
