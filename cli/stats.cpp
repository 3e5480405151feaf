#include "cli/queries.hpp"
#include "cli/rows_out.hpp"
#include "cli/verbs.hpp"
#include "cli/wording.hpp"

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace upline::cli {

namespace {

struct StatsOptions {
  ShopOptions shop;
  Format format{Format::table};
};

void stats_as_json(Context& context, const eventstore::TreeHead& head, const projections::Totals& totals) {
  nlohmann::ordered_json json{{"events", head.position.value},
                              {"last_position", head.position.value},
                              {"root_hash", eventstore::to_hex(head.tree.root())},
                              {"members", totals.members},
                              {"orders", totals.orders}};
  json["totals"] = nlohmann::ordered_json::object();
  for (const auto& [currency, sums] : totals.by_currency) {
    json["totals"][currency.code] = {{"sales_minor", sums.sales.value},
                                     {"refunded_minor", sums.refunded.value},
                                     {"earned_minor", sums.earned.value},
                                     {"reversed_minor", sums.reversed.value}};
  }
  json["orders_by_state"] = nlohmann::ordered_json::object();
  for (const auto& [state, orders] : totals.orders_by_state) json["orders_by_state"][state] = orders;
  json["liabilities"] = nlohmann::ordered_json::object();
  for (const auto& [currency, sum] : totals.liabilities) {
    json["liabilities"][currency.code] = {{"owed_minor", sum.owed_back.value},
                                          {"awaiting_minor", sum.awaiting_stock.value}};
  }
  context.out << json.dump(2) << '\n';
}

void stats_as_rows(Context& context, Format format, const projections::Totals& totals, const ExponentOf& exponent_of) {
  const auto rows = row_writer(format, context,
                               {{"currency", "currency"},
                                {"sales_minor", "sales"},
                                {"refunded_minor", "refunded"},
                                {"earned_minor", "commissions earned"},
                                {"reversed_minor", "taken back"}});
  for (const auto& [currency, sums] : totals.by_currency) {
    const auto money = [&](domain::Minor amount) { return Money{amount, currency, exponent_of(currency)}; };
    rows->row({currency.code, money(sums.sales), money(sums.refunded), money(sums.earned), money(sums.reversed)});
  }
  rows->end();
}

/// `5 delivered, 2 refunded`.
std::string states_text(const projections::Totals& totals) {
  std::vector<std::string> states;
  for (const auto& [state, orders] : totals.orders_by_state) {
    states.push_back(fmt::format("{} {}", grouped(orders), state));
    std::ranges::replace(states.back(), '_', ' ');
  }
  return fmt::format("{}", fmt::join(states, ", "));
}

void tell_liabilities(std::ostream& out, const projections::Totals& totals, const ExponentOf& exponent_of) {
  for (const auto& [currency, sum] : totals.liabilities) {
    const auto text = [&](domain::Minor amount) { return to_text(Money{amount, currency, exponent_of(currency)}); };
    out << fmt::format("{} owed back to buyers, {} paid for what awaits stock\n", text(sum.owed_back),
                       text(sum.awaiting_stock));
  }
}

struct Moment {
  eventstore::TreeHead head;
  projections::Totals totals;
};

/// Head and totals of the same position, also while others write and project.
Moment at_one_moment(Books& books) {
  constexpr int attempts_max = 1000;
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    const auto still = books.store().hold_still();
    auto head = books.store().tree_head();
    books.models.catch_up();
    auto totals = books.models.totals().totals();
    if (totals.position == head.position) return {std::move(head), std::move(totals)};
  }
  throw eventstore::StoreBusy("the shop is written to faster than it can be counted; try again");
}

void stats(Context& context, const StatsOptions& options) {
  const auto books = open_books(context, options.shop);
  const auto [head, totals] = at_one_moment(*books);
  if (options.format == Format::json) return stats_as_json(context, head, totals);
  const auto exponent_of = exponents_of(books->store());
  if (options.format == Format::table) {
    const auto states = states_text(totals);
    context.out << fmt::format("{}, {}, {}{}\nroot {}\n\n", counted(head.position.value, "event"),
                               counted(totals.members, "member"), counted(totals.orders, "order"),
                               states.empty() ? "" : ": " + states, eventstore::to_hex(head.tree.root()));
  }
  stats_as_rows(context, options.format, totals, exponent_of);
  if (options.format == Format::table) tell_liabilities(context.out, totals, exponent_of);
}

}  // namespace

void add_stats(CLI::App& app, Context& context) {
  auto options = std::make_shared<StatsOptions>();
  auto* verb = app.add_subcommand("stats", "Show the shop in a few numbers, and the root hash of its log");
  add_shop_options(*verb, options->shop);
  add_format_option(*verb, options->format);
  verb->footer(
      "Write the root hash down somewhere else: it commits to the whole history.\n"
      "Examples:\n"
      "  upline stats\n"
      "  upline stats --format json");
  verb->callback([&context, options] { stats(context, *options); });
}

}  // namespace upline::cli
