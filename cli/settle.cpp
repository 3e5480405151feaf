#include "cli/settle.hpp"

#include "cli/confirmation.hpp"
#include "cli/queries.hpp"
#include "cli/settle_out.hpp"
#include "cli/verbs.hpp"
#include "cli/writing.hpp"
#include "eventstore/settlement_lines.hpp"

#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

using namespace domain;

struct Words {
  WriteOptions write;
  std::string id;
  std::string reason;
  bool although_exported{};
  bool yes{};
};

Settlement settlement_of(eventstore::Shop& shop, const std::string& id) {
  auto known = eventstore::read_settlement(shop.store(), {id});
  if (!known) throw CommandRefused({Reason::unknown_settlement, id});
  return std::move(*known);
}

void add_words(CLI::App& verb, Words& words) {
  verb.add_option("id", words.id, "The settlement's id")->required()->type_name("ID");
  verb.add_flag("--yes", words.yes, "Do not ask");
  add_undated_write_options(verb, words.write);
}

/// Where there is something to ask: a summary of what is there, then the question.
bool is_agreed(Context& context, eventstore::Shop& shop, const Words& words, const std::string& question) {
  const auto settlement = settlement_of(shop, words.id);
  if (words.yes) return true;
  const auto summary =
      fmt::format("Settlement {} up to {}, opened by {}:\n{}", words.id, format_rfc3339(settlement.terms.cutoff),
                  settlement.opened_by, totals_text(settlement.totals, exponents_of(shop.store())));
  return ask_on_terminal(context, summary, question);
}

void change(Context& context, const Words& words, Command command, const std::string& question,
            const std::string& sentence) {
  refuse_without_yes(words.yes);
  const auto shop = open_shop(words.write.shop);
  if (!is_agreed(context, *shop, words, question)) throw UsageError("nothing was done");
  const auto outcome = write(context, *shop, {.command = std::move(command), .dated = false}, words.write);
  tell(context, *shop, outcome, words.write, {sentence, {{"settlement", words.id}}});
}

void add_approve(CLI::App& settle, Context& context) {
  auto words = std::make_shared<Words>();
  auto* verb = settle.add_subcommand("approve", "Allow a settlement's payouts to be made");
  add_words(*verb, *words);
  verb->footer(
      "Where the policy four-eyes is on, another actor than the one that opened it has to approve.\n"
      "Example:\n"
      "  upline settle approve 2026-10 --actor li.lei");
  verb->callback([&context, words] {
    change(context, *words, ApproveSettlement{.settlement = {words->id}}, "Approve these payouts?",
           fmt::format("Settlement {} is approved.", words->id));
  });
}

void add_cancel(CLI::App& settle, Context& context) {
  auto words = std::make_shared<Words>();
  auto* verb = settle.add_subcommand("cancel", "Give a settlement up: all that it covered is available again");
  add_words(*verb, *words);
  add_text(*verb, "--reason", words->reason, "Why, for the log")->required();
  verb->add_flag("--although-exported", words->although_exported,
                 "Also where a file was exported: it was never sent to the bank");
  verb->footer(
      "Only while none of its payouts has a result. Where a file was exported, the bank may be paying already, and\n"
      "the next settlement would pay the same again: add --although-exported if the file was never sent.\n"
      "Example:\n"
      "  upline settle cancel 2026-10 --reason 'wrong cutoff'");
  verb->callback([&context, words] {
    const CancelSettlement cancel{
        .settlement = {words->id}, .reason = words->reason, .although_exported = words->although_exported};
    change(context, *words, cancel, "Cancel these payouts?", fmt::format("Settlement {} is cancelled.", words->id));
  });
}

}  // namespace

void add_settle(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("settle", "Pay promoters: open, approve and follow settlements");
  verb->require_subcommand(1);
  verb->footer(
      "Examples:\n"
      "  upline settle open 2026-10 --cutoff 2026-11-01T00:00:00Z --minimum 1000\n"
      "  upline settle approve 2026-10\n"
      "  upline settle export 2026-10 --format alipay --out payouts.csv\n"
      "  upline settle result 2026-10 results.csv\n"
      "  upline settle show 2026-10");
  add_settle_open(*verb, context);
  add_approve(*verb, context);
  add_cancel(*verb, context);
  add_settle_export(*verb, context);
  add_settle_result(*verb, context);
  add_settle_show(*verb, context);
  add_settle_list(*verb, context);
}

}  // namespace upline::cli
