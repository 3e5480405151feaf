#include "cli/queries.hpp"
#include "cli/settle.hpp"
#include "cli/settle_out.hpp"
#include "cli/writing.hpp"
#include "eventstore/settlement_json.hpp"
#include "eventstore/settlement_lines.hpp"

#include <cstdint>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace upline::cli {

namespace {

using namespace domain;

struct ShowOptions {
  ShopOptions shop;
  std::string id;
  Format format{Format::table};
};

void show(Context& context, const ShowOptions& options) {
  const auto shop = open_shop(options.shop);
  const auto settlement = eventstore::read_settlement(shop->store(), {options.id});
  if (!settlement) throw CommandRefused({Reason::unknown_settlement, options.id});
  if (options.format == Format::json) {
    return print_json(context, eventstore::settlement_json({options.id}, *settlement));
  }
  print_settlement(context.out, {options.id}, *settlement, exponents_of(shop->store()));
}

void list(Context& context, const ShowOptions& options) {
  const auto shop = open_shop(options.shop);
  const auto rows = row_writer(options.format, context,
                               {{"settlement", "settlement"},
                                {"state", "state"},
                                {"cutoff", "cutoff"},
                                {"lines", "lines"},
                                {"open_lines", "open"},
                                {"failed_lines", "failed"}});
  for (const auto& [id, settlement] : eventstore::read_settlements(shop->store()).known) {
    rows->row({id.value, std::string(name(settlement.stage)), format_rfc3339(settlement.terms.cutoff), settlement.lines,
               open_lines(settlement), count_of(settlement.failed)});
  }
  rows->end();
}

}  // namespace

void add_settle_show(CLI::App& settle, Context& context) {
  auto options = std::make_shared<ShowOptions>();
  auto* verb = settle.add_subcommand("show", "Show a settlement's state, its sums, and what is still open");
  verb->add_option("id", options->id, "The settlement's id")->required()->type_name("ID");
  add_shop_options(*verb, options->shop);
  add_answer_format(*verb, options->format);
  verb->footer(
      "Example:\n"
      "  upline settle show 2026-10");
  verb->callback([&context, options] { show(context, *options); });
}

void add_settle_list(CLI::App& settle, Context& context) {
  auto options = std::make_shared<ShowOptions>();
  auto* verb = settle.add_subcommand("list", "List the settlements");
  add_shop_options(*verb, options->shop);
  add_format_option(*verb, options->format);
  verb->footer(
      "Example:\n"
      "  upline settle list --format csv");
  verb->callback([&context, options] { list(context, *options); });
}

}  // namespace upline::cli
