#include "cli/as_of_options.hpp"
#include "cli/queries.hpp"
#include "cli/rows_out.hpp"
#include "cli/verbs.hpp"
#include "domain/event.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

struct BalancesOptions {
  ShopOptions shop;
  AsOfOptions as_of;
  std::string member;
  std::size_t top{};  // 0: all, in the order of members
  Format format{Format::table};
};

/// A balance that outlives the visit.
struct KeptBalance {
  std::string member;
  std::string currency;
  projections::Balance amounts;
};

std::vector<Cell> cells_of(const projections::Balance& balance, const ExponentOf& exponent_of) {
  const domain::Currency currency{std::string(balance.currency)};
  const auto exponent = exponent_of(currency);
  const auto money = [&](domain::Minor amount) { return Money{amount, currency, exponent}; };
  return {std::string(balance.member), std::string(balance.currency), money(balance.earned),    money(balance.reversed),
          money(balance.pending),      money(balance.available),      money(balance.scheduled), money(balance.paid)};
}

/// The members who earned most; the smallest of those kept makes room. Amounts of different currencies do not compare,
/// so each currency has its own list.
std::vector<KeptBalance> top_earners(const projections::CommissionBalances& balances, const projections::AsOf& as_of,
                                     std::size_t count) {
  const auto earns_more = [](const KeptBalance& a, const KeptBalance& b) {
    if (a.currency != b.currency) return a.currency < b.currency;
    if (a.amounts.earned != b.amounts.earned) return a.amounts.earned > b.amounts.earned;
    return a.member < b.member;
  };
  std::map<std::string, std::vector<KeptBalance>, std::less<>> by_currency;
  balances.balances(as_of, [&](const projections::Balance& balance) {
    auto& best = by_currency[std::string(balance.currency)];
    best.push_back({std::string(balance.member), std::string(balance.currency), balance});
    std::ranges::push_heap(best, earns_more);
    if (best.size() <= count) return;
    std::ranges::pop_heap(best, earns_more);
    best.pop_back();
  });
  std::vector<KeptBalance> all;
  for (auto& [currency, best] : by_currency) {
    std::ranges::sort(best, earns_more);
    std::ranges::move(best, std::back_inserter(all));
  }
  return all;
}

/// A member who earned nothing has no row; somebody who does not exist is rather a slip of the pen.
void refuse_unknown_member(eventstore::EventStore& store, const std::string& member) {
  if (member.empty() || store.stream_head(to_text(stream_of(domain::MemberId{member}))).version.value > 0) return;
  throw NotFound("there is no member " + member + " in this shop");
}

void balances(Context& context, const BalancesOptions& options) {
  const auto books = open_books(context, options.shop);
  refuse_unknown_member(books->store(), options.member);
  const auto view = books->models.balances();
  const auto moment = as_of(options.as_of, books->store());
  const auto exponent_of = exponents_of(books->store());
  const auto rows = row_writer(options.format, context,
                               {{"member_id", "member"},
                                {"currency", "currency"},
                                {"earned_minor", "earned"},
                                {"reversed_minor", "taken back"},
                                {"pending_minor", "pending"},
                                {"available_minor", "available"},
                                {"scheduled_minor", "scheduled"},
                                {"paid_minor", "paid"}});
  const auto print = [&](const projections::Balance& balance) { rows->row(cells_of(balance, exponent_of)); };
  if (options.top == 0) {
    const auto member = options.member.empty() ? std::nullopt : std::optional(domain::MemberId{options.member});
    view.balances(moment, member, print);
  } else {
    for (auto& kept : top_earners(view, moment, options.top)) {
      kept.amounts.member = kept.member;
      kept.amounts.currency = kept.currency;
      print(kept.amounts);
    }
  }
  rows->end();
}

}  // namespace

void add_balances(CLI::App& app, Context& context) {
  auto options = std::make_shared<BalancesOptions>();
  auto* verb = app.add_subcommand("balances", "Show what every member earned and has coming");
  add_shop_options(*verb, options->shop);
  add_as_of_options(*verb, options->as_of);
  auto* member =
      verb->add_option("--member", options->member, "Only this member")->type_name("ID")->check(check_not_empty);
  verb->add_option("--top", options->top, "Only the N who earned most, most first")
      ->type_name("N")
      ->check(check_positive)
      ->excludes(member);
  add_format_option(*verb, options->format);
  verb->footer(
      "Amounts are minor units in csv and json. Members without entries are left out.\n"
      "Examples:\n"
      "  upline balances --top 10\n"
      "  upline balances --as-of 1997-03-01T00:00:00Z --format csv\n"
      "  upline balances --member m000039 --position 15000");
  verb->callback([&context, options] { balances(context, *options); });
}

}  // namespace upline::cli
