#include "cli/as_of_options.hpp"
#include "cli/queries.hpp"
#include "cli/rows_out.hpp"
#include "cli/verbs.hpp"
#include "cli/wording.hpp"
#include "eventstore/exponents.hpp"
#include "projections/exports/journal_export.hpp"
#include "projections/exports/output_file.hpp"

#include <memory>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

struct ExportOptions {
  ShopOptions shop;
  std::string from;
  std::string to;
  std::uint64_t position{};  // 0: not given
  std::string format;
  std::string out;
  bool byte_order_mark{};
};

std::string known_formats() {
  std::string names;
  for (const auto& format : projections::journal_formats()) {
    names += (names.empty() ? "" : "|") + std::string(format.name);
  }
  return names;
}

const projections::JournalFormat& format_of(const ExportOptions& options) {
  const auto* format = projections::find_journal_format(options.format);
  if (format == nullptr) {
    throw UsageError(fmt::format("--format '{}' is none of {}", options.format, known_formats()));
  }
  if (options.byte_order_mark && format->name != "csv") throw UsageError("--bom goes with --format csv only");
  return *format;
}

projections::JournalPeriod period_of(const ExportOptions& options, eventstore::EventStore& store) {
  projections::JournalPeriod period;
  if (!options.from.empty()) period.from = parse_time("--from", options.from);
  if (!options.to.empty()) period.until = parse_time("--to", options.to);
  if (period.until <= period.from) throw UsageError("--to is not after --from: the period is empty");
  if (options.position == 0) return period;
  period.last = {options.position};
  const auto head = store.head().position;
  if (period.last > head) {
    throw NotFound(fmt::format("position {} is beyond the log, which ends at {}", period.last.value, head.value));
  }
  return period;
}

/// Where the period goes to the end of the log and further, what the log holds is what the file tells.
void report(Context& context, const ExportOptions& options, const projections::JournalCounts& counts,
            const eventstore::ExponentOf& exponent_of, const eventstore::Hash& hash) {
  context.err << fmt::format("{}: {}, {}\n", options.out, counted(counts.transactions, "transaction"),
                             counted(counts.postings, "posting"));
  for (const auto& [currency, sum] : counts.debits) {
    context.err << fmt::format("total {} {}, debits and credits alike\n", sum.text(exponent_of(currency)), currency);
  }
  context.err << fmt::format("sha256 {}\n", eventstore::to_hex(hash));
}

void export_journal(Context& context, const ExportOptions& options) {
  const auto& format = format_of(options);
  const auto books = open_books(context, options.shop);
  const projections::JournalRequest request{.period = period_of(options, books->store()),
                                            .exponent_of = eventstore::exponents_of(books->store()),
                                            .byte_order_mark = options.byte_order_mark};
  projections::OutputFile file(options.out);
  try {
    const auto counts = projections::export_journal(books->models.journal(), request, format,
                                                    [&](std::string_view bytes) { file.write(bytes); });
    report(context, options, counts, request.exponent_of, file.finish());
  } catch (const projections::ExportRefused& refusal) {
    throw UsageError(refusal.what());
  }
}

}  // namespace

void add_export(CLI::App& app, Context& context) {
  auto* exports = app.add_subcommand("export", "Write files that accountants take away");
  exports->require_subcommand(1);
  auto options = std::make_shared<ExportOptions>();
  auto* verb = exports->add_subcommand("journal", "Write the double-entry journal for an accountant's program");
  add_shop_options(*verb, options->shop);
  verb->add_option("--from", options->from, "What is dated then or later (RFC 3339; default: from the first day on)")
      ->type_name("TIME")
      ->check(check_not_empty);
  verb->add_option("--to", options->to, "What is dated before then (RFC 3339; default: all)")
      ->type_name("TIME")
      ->check(check_not_empty);
  verb->add_option("--position", options->position, "What the log held up to this position (default: all)")
      ->type_name("P")
      ->check(check_positive);
  verb->add_option("--format", options->format, "The program that reads it")->type_name(known_formats())->required();
  verb->add_option("--out", options->out, "The file: written whole, or not at all")
      ->type_name("FILE")
      ->required()
      ->check(check_not_empty);
  verb->add_flag("--bom", options->byte_order_mark, "Begin a CSV file with a byte order mark, for Excel");
  verb->footer(
      "The same log gives the same bytes. From the first day on, hledger, ledger and beancount files assert every "
      "balance.\n"
      "Count, total and SHA-256 of the file are told on standard error.\n"
      "Examples:\n"
      "  upline export journal --format hledger --out books.journal\n"
      "  upline export journal --from 2026-10-01T00:00:00Z --to 2026-11-01T00:00:00Z --format xlsx --out october.xlsx");
  verb->callback([&context, options] { export_journal(context, *options); });
}

}  // namespace upline::cli
