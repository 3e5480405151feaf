#include "cli/as_of_options.hpp"
#include "cli/queries.hpp"
#include "cli/rows_out.hpp"
#include "cli/verbs.hpp"
#include "projections/journal_report.hpp"

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace upline::cli {

namespace {

using projections::Report;
using projections::ReportLine;

struct ReportOptions {
  ShopOptions shop;
  AsOfOptions as_of;
  Format format{Format::table};
};

/// A kind of report: how it is made, and how a line of it is told.
struct ReportKind {
  const char* name;
  const char* what;
  const char* footer;
  Report (*make)(const projections::Journal&, const projections::AsOf&);
  std::vector<Column> columns;
  std::vector<domain::Minor> (*amounts)(domain::Minor debit, domain::Minor credit);
};

std::vector<domain::Minor> debit_and_credit(domain::Minor debit, domain::Minor credit) { return {debit, credit}; }
std::vector<domain::Minor> profit(domain::Minor debit, domain::Minor credit) { return {{credit.value - debit.value}}; }
std::vector<domain::Minor> owed(domain::Minor debit, domain::Minor credit) {
  return {credit, debit, {credit.value - debit.value}};
}

std::vector<ReportKind> report_kinds() {
  return {{"trial-balance",
           "Show every account's balance: debits are credits",
           "The members' accounts are one line together.",
           projections::trial_balance,
           {{"debit_minor", "debit"}, {"credit_minor", "credit"}},
           debit_and_credit},
          {"income",
           "Show what was sold and what it cost, since the first day",
           "Expenses are below 0. What is earned counts once it is delivered.",
           projections::income,
           {{"amount_minor", "amount"}},
           profit},
          {"liabilities",
           "Show what is owed to buyers, members and the tax office",
           "A member whose commissions were taken back after they were paid out owes the shop: such debts stand apart.",
           projections::liabilities,
           {{"owed_minor", "owed"}, {"owing_minor", "owed to the shop"}, {"net_minor", "net"}},
           owed}};
}

/// Sums are for people: who reads the other forms can add, and would count them twice.
void show(Context& context, const ReportKind& kind, Format format, const Report& report,
          const ExponentOf& exponent_of) {
  std::vector<Column> columns{{"account", "account"}, {"currency", "currency"}};
  columns.insert(columns.end(), kind.columns.begin(), kind.columns.end());
  if (format == Format::table) {
    columns.push_back({"title", "title"});
  } else {
    columns.insert(columns.begin() + 1, {"title", "title"});
  }
  const auto rows = row_writer(format, context, columns);
  const auto row = [&](const std::string& account, const std::string& title, const std::string& currency,
                       domain::Minor debit, domain::Minor credit) {
    std::vector<Cell> cells{account, currency};
    for (const auto amount : kind.amounts(debit, credit)) {
      cells.emplace_back(Money{amount, {currency}, exponent_of({currency})});
    }
    cells.insert(format == Format::table ? cells.end() : cells.begin() + 1, FreeText{title});
    rows->row(cells);
  };
  for (const auto& line : report.lines) row(line.account, line.title, line.currency, line.debit, line.credit);
  if (format == Format::table) {
    for (const auto& total : report.totals) row("Total", "", total.currency, total.debit, total.credit);
  }
  rows->end();
}

void report(Context& context, const ReportKind& kind, const ReportOptions& options) {
  const auto books = open_books(context, options.shop);
  const auto moment = as_of(options.as_of, books->store());
  show(context, kind, options.format, kind.make(books->models.journal(), moment), exponents_of(books->store()));
}

/// A report's form for people is called text; as everywhere else, table is understood too.
void add_report_format(CLI::App& verb, Format& format) {
  const auto parse = [&format](const std::string& text) {
    if (text == "text" || text == "table")
      format = Format::table;
    else if (text == "csv")
      format = Format::csv;
    else if (text == "json")
      format = Format::json;
    else
      throw CLI::ValidationError("--format", "'" + text + "' is not text, csv or json");
  };
  verb.add_option_function<std::string>("--format", parse, "For people (the default), spreadsheets or programs")
      ->type_name("text|csv|json");
}

}  // namespace

void add_report(CLI::App& app, Context& context) {
  auto* reports = app.add_subcommand("report", "Show the accountant's reports, from the double entry");
  reports->require_subcommand(1);
  for (auto& kind : report_kinds()) {
    auto options = std::make_shared<ReportOptions>();
    auto* verb = reports->add_subcommand(kind.name, kind.what);
    add_shop_options(*verb, options->shop);
    add_as_of_options(*verb, options->as_of);
    add_report_format(*verb, options->format);
    verb->footer(std::string(kind.footer) +
                 " Amounts are minor units in csv and json.\n"
                 "Examples:\n"
                 "  upline report " +
                 kind.name + "\n  upline report " + kind.name + " --as-of 2026-11-01T00:00:00Z --format csv");
    verb->callback([&context, options, kind] { report(context, kind, *options); });
  }
}

}  // namespace upline::cli
