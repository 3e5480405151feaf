#include "cli/queries.hpp"
#include "cli/settle.hpp"
#include "cli/settle_out.hpp"
#include "cli/wording.hpp"
#include "cli/writing.hpp"
#include "eventstore/hex.hpp"
#include "projections/exports/payout_parts.hpp"
#include "projections/exports/settlement_payouts.hpp"

#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

using namespace domain;
using projections::PayoutParts;

struct ExportOptions {
  WriteOptions write;
  std::string id;
  std::string format;
  std::string out;
  projections::Payer payer;
};

const projections::PayoutFormat& format_of(const ExportOptions& options) {
  if (const auto* format = projections::find_payout_format(options.format)) return *format;
  std::string names;
  for (const auto& format : projections::payout_formats()) names.append(names.empty() ? "" : ", ").append(format.name);
  throw UsageError(fmt::format("--format: '{}' is not known; use one of {}", options.format, names));
}

std::string left_out_text(const projections::LeftOutPayout& payout, const ExponentOf& exponent_of) {
  return fmt::format("left out: member {} was erased and has no payee account; {} stay to be settled by hand\n",
                     payout.member.value, to_text(Money{payout.net, payout.currency, exponent_of(payout.currency)}));
}

projections::FilePayouts written(eventstore::Shop& shop, const ExportOptions& options, const Settlement& settlement,
                                 const projections::PayoutFormat& format, PayoutParts& parts) {
  try {
    auto payouts = projections::payouts_of(shop.store(), shop.vault(), {options.id}, settlement, options.payer);
    format.write(payouts.batch, parts);
    return payouts;
  } catch (const projections::PayoutRefused& refused) {
    throw UsageError(refused.what());
  }
}

/// Where the log does not take it, the parts go, unplaced.
eventstore::Outcome recorded(Context& context, eventstore::Shop& shop, const ExportOptions& options,
                             const RecordExport& command) {
  try {
    return write(context, shop, {.command = command, .dated = false}, options.write);
  } catch (...) {
    context.err << "nothing is exported: no file was put in place, and what was there before is as it was\n";
    throw;
  }
}

void place(Context& context, PayoutParts& parts) {
  try {
    parts.place();
  } catch (...) {
    context.err << "the log holds this export, but not all of its files are in place: run it again\n";
    throw;
  }
  for (const auto& name : parts.names()) context.err << fmt::format("{} is written\n", name);
  for (const auto& name : parts.removed()) {
    context.err << fmt::format("{} is removed: it was a part of an earlier export\n", name);
  }
  for (const auto& name : parts.strangers()) {
    context.err << fmt::format("{} stays: it is no part of this export\n", name);
  }
}

/// The parts are durable under other names, then the event names them, then they take their place: whoever finds a file
/// finds it in the log, and what the log refuses was never there. An export that is interrupted between the event and
/// the last place is repaired by exporting again, which records nothing new.
void export_payouts(Context& context, const ExportOptions& options) {
  const auto& format = format_of(options);
  const auto shop = open_shop(options.write.shop);
  const auto settlement = projections::approved_settlement(shop->store(), {options.id});
  if (!settlement) throw CommandRefused(settlement.error());
  const auto exponents = exponents_of(shop->store());
  PayoutParts parts(options.out);
  const auto payouts = written(*shop, options, *settlement, format, parts);
  const auto hash = parts.seal();
  const auto outcome = recorded(context, *shop, options,
                                {.settlement = {options.id},
                                 .format = std::string(format.name),
                                 .digest = {hash.bytes},
                                 .rows = payouts.lines,
                                 .totals = payouts.totals});
  place(context, parts);
  for (const auto& payout : payouts.left_out) context.err << left_out_text(payout, exponents);
  context.err << fmt::format("{}sha256 {}\n", totals_text(payouts.totals, exponents), eventstore::to_hex(hash));
  tell(context, *shop, outcome, options.write,
       {fmt::format("Settlement {} is exported: {}.", options.id, counted(payouts.lines, "payout")),
        {{"settlement", options.id},
         {"format", format.name},
         {"files", parts.names()},
         {"rows", payouts.lines},
         {"sha256", eventstore::to_hex(hash)}}});
}

}  // namespace

void add_settle_export(CLI::App& settle, Context& context) {
  auto options = std::make_shared<ExportOptions>();
  auto* verb = settle.add_subcommand("export", "Write an approved settlement as a file for a bank or payment service");
  verb->add_option("id", options->id, "The settlement's id")->required()->type_name("ID");
  std::string formats;
  for (const auto& format : projections::payout_formats()) {
    formats += fmt::format("  {:<9} {}\n", format.name, format.what);
  }
  verb->add_option("--format", options->format, "What takes the file (below)")->required()->type_name("FORMAT");
  verb->add_option("--out", options->out, "The file: written whole, or not at all")
      ->required()
      ->type_name("FILE")
      ->check(check_not_empty);
  auto& payer = options->payer;
  verb->add_option("--payer-name", payer.name, "Who pays: the account's owner")->type_name("TEXT");
  verb->add_option("--payer-account", payer.account, "The number of the account, or an IBAN")->type_name("TEXT");
  verb->add_option("--payer-bic", payer.bic, "The bank's BIC")->type_name("TEXT");
  verb->add_option("--payer-appid", payer.wechat_appid, "The WeChat application that pays")->type_name("TEXT");
  add_file_write_options(*verb, options->write);
  verb->footer("Formats:\n" + formats +
               "Payee accounts are set with `upline member payee`. A payee without what the format needs fails the\n"
               "export, and no file is left. The same settlement gives the same bytes; number, sums and SHA-256 are\n"
               "told on standard error, and the log keeps the SHA-256 (of all files together, one behind the other).\n"
               "Only their owner may read the files. Parts that an earlier export left there are removed.\n"
               "Example:\n"
               "  upline settle export 2026-10 --format alipay --out payouts.csv");
  verb->callback([&context, options] { export_payouts(context, *options); });
}

}  // namespace upline::cli
