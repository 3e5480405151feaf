#include "cli/as_of_options.hpp"
#include "cli/member_audit_out.hpp"
#include "cli/order_audit_out.hpp"
#include "cli/queries.hpp"
#include "cli/rows_out.hpp"
#include "cli/verbs.hpp"
#include "projections/member_audit_json.hpp"
#include "projections/order_audit_json.hpp"

#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::cli {

namespace {

struct AuditOptions {
  ShopOptions shop;
  AsOfOptions as_of;
  std::string id;
  Format format{Format::table};
};

void refuse_csv(Format format) {
  if (format == Format::csv) throw UsageError("an audit is a story, not rows: use --format table or json");
}

NotFound nothing_named(const char* what, const AuditOptions& options) {
  return NotFound(
      fmt::format("there is no {} {} in this shop{}", what, options.id, is_now(options.as_of) ? "" : " by then"));
}

/// Without a moment all that the log holds, whatever it is dated.
projections::AsOf moment_of(const AuditOptions& options, eventstore::EventStore& store) {
  return is_now(options.as_of) ? projections::AsOf{} : as_of(options.as_of, store);
}

void audit_order(Context& context, const AuditOptions& options) {
  refuse_csv(options.format);
  const auto shop = open_shop(options.shop);
  const auto audit = projections::audit_order(shop->store(), {options.id}, moment_of(options, shop->store()));
  if (!audit) throw nothing_named("order", options);
  if (options.format == Format::json) {
    context.out << projections::order_audit_json(*audit).dump(2) << '\n';
  } else {
    print_order_audit(context.out, *audit, exponents_of(shop->store()));
  }
}

void audit_member(Context& context, const AuditOptions& options) {
  refuse_csv(options.format);
  const auto books = open_books(context, options.shop);
  const auto moment = moment_of(options, books->store());
  const auto audit = projections::audit_member(books->store(), books->models.balances(), {options.id}, moment);
  if (!audit) throw nothing_named("member", options);
  if (options.format == Format::json) {
    context.out << projections::member_audit_json(*audit).dump(2) << '\n';
  } else {
    print_member_audit(context.out, *audit, exponents_of(books->store()));
  }
}

using Run = void (*)(Context&, const AuditOptions&);

void add_subject(CLI::App& audit, Context& context, const char* name, const char* what, const char* examples, Run run) {
  auto options = std::make_shared<AuditOptions>();
  auto* verb = audit.add_subcommand(name, what);
  verb->add_option("id", options->id, "Its id")->required()->type_name("ID");
  add_shop_options(*verb, options->shop);
  add_as_of_options(*verb, options->as_of);
  add_format_option(*verb, options->format);
  verb->footer(examples);
  verb->callback([&context, options, run] { run(context, *options); });
}

}  // namespace

void add_audit(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("audit", "Explain who earned what, and why");
  verb->require_subcommand(1);
  verb->footer(
      "Examples:\n"
      "  upline audit order cd000165\n"
      "  upline audit member m000039 --format json");
  add_subject(*verb, context, "order", "One order: who bought, who stood above, what each earned and gave back",
              "Example:\n  upline audit order cd000165", audit_order);
  add_subject(*verb, context, "member", "One member: all that was earned, and from whom",
              "Example:\n  upline audit member m000039", audit_member);
}

}  // namespace upline::cli
