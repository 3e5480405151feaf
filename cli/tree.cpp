#include "cli/as_of_options.hpp"
#include "cli/queries.hpp"
#include "cli/rows_out.hpp"
#include "cli/tree_drawing.hpp"
#include "cli/verbs.hpp"

#include <memory>
#include <optional>
#include <ostream>

#include <CLI/CLI.hpp>

namespace upline::cli {

namespace {

struct TreeOptions {
  ShopOptions shop;
  AsOfOptions as_of;
  std::string member;
  DrawingLimits limits;
  Format format{Format::table};
};

void tree_as_rows(Context& context, Format format, const projections::ReferralForest& forest) {
  const auto rows = row_writer(format, context,
                               {{"member_id", "member"},
                                {"referrer_id", "referrer"},
                                {"depth", "depth"},
                                {"direct_count", "direct"},
                                {"downline_count", "downline"}});
  for (projections::MemberIndex i = 0; i < forest.size(); ++i) {
    const auto row = forest.row(i);
    rows->row({std::string(row.member), std::string(row.referrer), std::uint64_t{row.place.depth},
               std::uint64_t{row.place.direct_count}, std::uint64_t{row.place.downline_count}});
  }
  rows->end();
}

void tree(Context& context, const TreeOptions& options) {
  const auto books = open_books(context, options.shop);
  const auto moment = as_of(options.as_of, books->store());
  const auto forest = books->models.tree().forest(moment);
  if (options.format != Format::table) {
    if (!options.member.empty()) throw UsageError("--member draws a part of the tree: leave --format out");
    return tree_as_rows(context, options.format, forest);
  }
  std::optional<projections::MemberIndex> below;
  if (!options.member.empty()) {
    below = forest.find(options.member);
    if (*below == projections::no_member) {
      throw NotFound("there is no member " + options.member + " in this shop" +
                     (is_now(options.as_of) ? "" : " by then"));
    }
  }
  TreeVolumes volumes(forest);
  books->models.orders().volumes(moment, [&](const projections::Volume& volume) { volumes.add(volume); });
  volumes.sum_up();
  draw_tree(context.out, forest, volumes, below, options.limits, exponents_of(books->store()));
}

}  // namespace

void add_tree(CLI::App& app, Context& context) {
  auto options = std::make_shared<TreeOptions>();
  auto* verb = app.add_subcommand("tree", "Draw the referral tree, with counts and volumes");
  add_shop_options(*verb, options->shop);
  add_as_of_options(*verb, options->as_of);
  verb->add_option("--member", options->member, "Draw what is below this member")
      ->type_name("ID")
      ->check(check_not_empty);
  verb->add_option("--depth", options->limits.depth, "Levels drawn (default 3)")
      ->type_name("N")
      ->check(CLI::Range(0, 50));
  verb->add_option("--width", options->limits.width, "Members drawn below one, the largest downlines first (default 5)")
      ->type_name("N")
      ->check(check_positive);
  add_format_option(*verb, options->format);
  verb->footer(
      "csv and json list every member: member_id, referrer_id, depth, direct_count, downline_count.\n"
      "Examples:\n"
      "  upline tree\n"
      "  upline tree --member m000039 --depth 5\n"
      "  upline tree --as-of 1999-01-01T00:00:00Z --format csv");
  verb->callback([&context, options] { tree(context, *options); });
}

}  // namespace upline::cli
