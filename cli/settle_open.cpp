#include "cli/confirmation.hpp"
#include "cli/progress.hpp"
#include "cli/queries.hpp"
#include "cli/settle.hpp"
#include "cli/settle_out.hpp"
#include "cli/wording.hpp"
#include "cli/writing.hpp"
#include "eventstore/settlement_lines.hpp"
#include "projections/settling.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

using namespace domain;
using projections::LeftOutSum;
using projections::ProposalVisitor;
using projections::ProposedLine;

struct OpenOptions {
  ShopOptions shop;
  std::string id;
  std::string cutoff;
  std::int64_t minimum{};
  std::int64_t fee{};
  std::string tax{"none"};
  bool yes{};
  std::string actor;
  Format format{Format::table};
};

SettlementTerms terms_of(const OpenOptions& options) {
  return {parse_time("--cutoff", options.cutoff), Minor{options.minimum}, Minor{options.fee}, options.tax};
}

struct Proposal {
  PayoutTotals totals{};
  std::map<LeftOut, std::uint64_t> left_out{};
};

Proposal propose(Books& books, const SettlementTerms& terms, Position through) {
  Proposal proposal;
  const ProposalVisitor visitor{
      .line =
          [&](const ProposedLine& line) { return add_to(proposal.totals, {std::string(line.currency)}, line.amounts); },
      .left_out =
          [&](const LeftOutSum& sum) {
            ++proposal.left_out[sum.reason];
            return true;
          }};
  const auto payouts = books.models.payouts();
  if (auto done = propose_lines(payouts, terms, through, {}, visitor); !done) throw CommandRefused(done.error());
  return proposal;
}

std::string left_out_text(const std::map<LeftOut, std::uint64_t>& left_out) {
  std::string text;
  for (const auto& [reason, count] : left_out) {
    text += fmt::format("  left out, {}: {}\n", name(reason), counted(count, "balance"));
  }
  return text;
}

/// What was agreed to is what is fixed: where orders changed the sums meanwhile, it is asked again.
class Agreement {
 public:
  Agreement(Context& context, const OpenOptions& options, Books& books)
      : context_(context), options_(options), books_(books), exponent_of_(exponents_of(books.store())) {}

  bool before_opening() {
    if (options_.yes) return true;
    const auto proposal = propose(books_, terms_of(options_), books_.store().head().position);
    agreed_ = proposal.totals;
    return ask(totals_text(proposal.totals, exponent_of_) + left_out_text(proposal.left_out));
  }

  bool before_fixing(const Settlement& computed) {
    if (options_.yes || computed.totals == agreed_) return true;
    return ask("Orders came in meanwhile; the lines are now\n" + totals_text(computed.totals, exponent_of_));
  }

 private:
  bool ask(const std::string& summary) {
    return ask_on_terminal(context_, fmt::format("Settlement {} up to {}:\n{}", options_.id, options_.cutoff, summary),
                           "Schedule these payouts?");
  }

  Context& context_;
  const OpenOptions& options_;
  Books& books_;
  ExponentOf exponent_of_;
  PayoutTotals agreed_;
};

void print_left_out(Context& context, Books& books, const OpenOptions& options, const Settlement& settlement) {
  if (options.format != Format::table) {
    const auto proposal = propose(books, settlement.terms, settlement.through);
    context.err << left_out_text(proposal.left_out);
    return;
  }
  const auto exponent_of = exponents_of(books.store());
  const auto rows =
      row_writer(Format::table, context,
                 {{"member_id", "left out"}, {"currency", "currency"}, {"gross_minor", "sum"}, {"reason", "why"}});
  bool has_rows = false;
  const ProposalVisitor visitor{
      .line = [](const ProposedLine&) { return true; },
      .left_out =
          [&](const LeftOutSum& sum) {
            const Currency currency{std::string(sum.currency)};
            rows->row({std::string(sum.member), currency.code, Money{sum.gross, currency, exponent_of(currency)},
                       std::string(name(sum.reason))});
            has_rows = true;
            return true;
          }};
  const auto payouts = books.models.payouts();
  if (auto done = propose_lines(payouts, settlement.terms, settlement.through, {}, visitor); !done) return;
  if (!has_rows) return;
  context.out << '\n';
  rows->end();
}

void print_lines(Context& context, Books& books, const OpenOptions& options, const Settlement& settlement) {
  const auto exponent_of = exponents_of(books.store());
  const auto rows = row_writer(options.format, context, line_columns());
  read_lines(books.store(), {options.id}, settlement.attempt, {}, [&](const eventstore::SettlementLine& line) {
    rows->row(line_cells(line.member, line.payout.currency, line.payout.amounts, exponent_of));
    return true;
  });
  rows->end();
  if (options.format == Format::table) context.out << totals_text(settlement.totals, exponent_of);
}

void open(Context& context, const OpenOptions& options) {
  const auto terms = terms_of(options);
  refuse_without_yes(options.yes);
  const auto books = open_books(context, options.shop);
  Agreement agreement(context, options, *books);
  if (!agreement.before_opening()) throw UsageError("nothing was done");
  const projections::Execute execute = [&](const eventstore::Request& request) {
    return books->shop->handler().execute({&request, 1}).front();
  };
  WriteOptions who;
  who.actor = options.actor;
  const auto actor = actor_of(who);
  const auto settled =
      settle(books->store(), books->models, execute, {.settlement = {options.id}, .terms = terms}, actor,
             {.confirm = [&](const Settlement& computed) { return agreement.before_fixing(computed); }});
  if (!settled) throw CommandRefused(settled.error());
  if (settled->stage == SettlementStage::abandoned) {
    throw UsageError(fmt::format("settlement {} was abandoned before it was fixed; nothing counts", options.id));
  }
  if (settled->stage == SettlementStage::cancelled) throw CommandRefused({Reason::settlement_cancelled, options.id});
  print_lines(context, *books, options, *settled);
  print_left_out(context, *books, options, *settled);
}

}  // namespace

void add_settle_open(CLI::App& settle, Context& context) {
  auto options = std::make_shared<OpenOptions>();
  auto* verb = settle.add_subcommand("open", "Turn what is available into payouts, to be approved");
  verb->add_option("id", options->id, "The settlement's id, such as 2026-10")->required()->type_name("ID");
  add_shop_options(*verb, options->shop);
  verb->add_option("--cutoff", options->cutoff, "Commissions that were available by then (RFC 3339)")
      ->required()
      ->type_name("TIME")
      ->check(check_not_empty);
  verb->add_option("--minimum", options->minimum, "No payout below it, in minor units (default: 0)")->type_name("N");
  verb->add_option("--fee", options->fee, "Taken from each payout, in minor units (default: 0)")->type_name("N");
  verb->add_option("--tax", options->tax, "How tax is withheld (default: none)")
      ->type_name("none|flat:<bp>|cn-labour-2018");
  verb->add_flag("--yes", options->yes, "Do not ask");
  verb->add_option("--actor", options->actor, "Who opens it, for the log (default: the login name)")
      ->type_name("NAME")
      ->check(check_not_empty);
  add_format_option(*verb, options->format);
  verb->footer(
      "Cut short, the same call goes on where it stopped; nothing counts before all lines are there.\n"
      "Examples:\n"
      "  upline settle open 2026-10 --cutoff 2026-11-01T00:00:00Z --minimum 1000 --fee 0 --tax none\n"
      "  upline settle open 2026-10 --cutoff 2026-11-01T00:00:00Z --tax flat:600 --yes --format csv");
  verb->callback([&context, options] { open(context, *options); });
}

}  // namespace upline::cli
