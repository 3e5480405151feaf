#include "cli/member_reads.hpp"

#include "cli/as_of_options.hpp"
#include "cli/queries.hpp"
#include "cli/rows_out.hpp"
#include "cli/wording.hpp"
#include "cli/writing.hpp"
#include "projections/card_json.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::cli {

namespace {

using namespace domain;

struct ShowOptions {
  ShopOptions shop;
  AsOfOptions as_of;
  std::string member;
  Format format{Format::table};
};

/// Without a moment all that the log holds, whatever it is dated.
projections::AsOf moment_of(const AsOfOptions& options, eventstore::EventStore& store) {
  return is_now(options) ? projections::AsOf{} : as_of(options, store);
}

void print_card(std::ostream& out, const projections::MemberCard& card) {
  out << fmt::format("Member {} is {}, referral code {}\n", card.member.value, name(card.standing), card.code.value);
  out << fmt::format("  enrolled at {} ({})\n", format_rfc3339(card.enrolled_at), position_text(card.position));
  if (!card.referrer) {
    out << "  has no referrer\n";
    return;
  }
  out << fmt::format("  referred by {}{}\n", card.referrer->value,
                     card.bound_at ? " since " + format_rfc3339(*card.bound_at) : "");
}

void show(Context& context, const ShowOptions& options) {
  const auto books = open_books(context, options.shop);
  const auto card = books->models.tree().member(moment_of(options.as_of, books->store()), {options.member});
  if (!card) {
    throw NotFound(
        fmt::format("there is no member {} in this shop{}", options.member, is_now(options.as_of) ? "" : " by then"));
  }
  if (options.format == Format::json) return print_json(context, projections::card_json(*card));
  print_card(context.out, *card);
}

struct ListOptions {
  ShopOptions shop;
  AsOfOptions as_of;
  std::string after;
  std::uint64_t limit{100};
  Format format{Format::table};
};

void list(Context& context, const ListOptions& options) {
  const auto books = open_books(context, options.shop);
  const auto moment = moment_of(options.as_of, books->store());
  const auto tree = books->models.tree();
  const auto forest = tree.forest(moment);
  const auto rows = row_writer(options.format, context,
                               {{"member", "member"},
                                {"code", "code"},
                                {"standing", "standing"},
                                {"enrolled_at", "enrolled at"},
                                {"referrer", "referrer"},
                                {"direct_count", "direct"},
                                {"downline_count", "downline"}});
  std::uint64_t shown = 0;
  for (projections::MemberIndex i = 0; i < forest.size() && shown < options.limit; ++i) {
    const auto row = forest.row(i);
    if (row.member <= options.after) continue;
    const auto card = tree.member(moment, {std::string(row.member)});
    if (!card) continue;
    ++shown;
    rows->row({card->member.value, card->code.value, std::string(name(card->standing)),
               format_rfc3339(card->enrolled_at),
               row.referrer.empty() ? Cell(Absent{}) : Cell(std::string(row.referrer)),
               std::uint64_t{row.place.direct_count}, std::uint64_t{row.place.downline_count}});
  }
  rows->end();
}

void add_show(CLI::App& member, Context& context) {
  auto options = std::make_shared<ShowOptions>();
  auto* verb = member.add_subcommand("show", "Show a member: standing, referral code, referrer");
  verb->add_option("member", options->member, "The member's id")->required()->type_name("MEMBER");
  add_shop_options(*verb, options->shop);
  add_as_of_options(*verb, options->as_of);
  add_answer_format(*verb, options->format);
  verb->footer(
      "Examples:\n"
      "  upline member show bob\n"
      "  upline member show bob --as-of 2026-05-01T00:00:00Z --format json");
  verb->callback([&context, options] { show(context, *options); });
}

void add_list(CLI::App& member, Context& context) {
  auto options = std::make_shared<ListOptions>();
  auto* verb = member.add_subcommand("list", "List members in the order of their ids");
  add_shop_options(*verb, options->shop);
  add_as_of_options(*verb, options->as_of);
  verb->add_option("--after", options->after, "Begin behind this id")->type_name("MEMBER")->check(check_not_empty);
  verb->add_option("--limit", options->limit, "How many (default 100)")->type_name("N")->check(check_positive);
  add_format_option(*verb, options->format);
  verb->footer(
      "Examples:\n"
      "  upline member list\n"
      "  upline member list --after m000100 --limit 50 --format csv");
  verb->callback([&context, options] { list(context, *options); });
}

}  // namespace

void add_member_reads(CLI::App& member, Context& context) {
  add_show(member, context);
  add_list(member, context);
}

}  // namespace upline::cli
