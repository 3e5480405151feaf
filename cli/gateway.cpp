#include "cli/rows_out.hpp"
#include "cli/verbs.hpp"
#include "cli/writing.hpp"
#include "eventstore/gateways.hpp"

#include <memory>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::cli {

namespace {

using Json = nlohmann::ordered_json;

struct GatewayOptions {
  ShopOptions shop;
  std::string name;
  Format format{Format::table};
};

void check_name(const std::string& name) {
  if (eventstore::is_well_formed_gateway_name(name)) return;
  throw UsageError(fmt::format("'{}' is no name for a gateway: use 1 to 32 of A-Z a-z 0-9 . _ -", name));
}

std::string path_of(const eventstore::Shop& shop, const std::string& name) {
  return fmt::format("/v1/shops/{}/gateways/{}/payments", shop.location().shop, name);
}

void create(Context& context, const GatewayOptions& options) {
  check_name(options.name);
  const auto shop = open_shop(options.shop);
  const auto secret = eventstore::create_gateway(shop->vault(), options.name, eventstore::system_clock_now());
  if (!secret) {
    throw NotFound(fmt::format("there is a gateway {} already; revoke it first, or choose another name", options.name));
  }
  const auto path = path_of(*shop, options.name);
  if (options.format == Format::json) {
    return print_json(context, {{"gateway", options.name}, {"path", path}, {"secret", *secret}});
  }
  context.out << fmt::format("Gateway {} may report payments at {}. It signs with this secret, shown only now:\n{}\n",
                             options.name, path, *secret);
}

void list(Context& context, const GatewayOptions& options) {
  const auto shop = open_shop(options.shop);
  const auto rows = row_writer(options.format, context,
                               {{"gateway", "gateway"}, {"created_at", "made"}, {"path", "reports payments at"}});
  for (const auto& gateway : eventstore::gateways(shop->vault())) {
    rows->row({gateway.name, domain::format_rfc3339(gateway.created_at), path_of(*shop, gateway.name)});
  }
  rows->end();
}

void revoke(Context& context, const GatewayOptions& options) {
  check_name(options.name);
  const auto shop = open_shop(options.shop);
  if (!eventstore::revoke_gateway(shop->vault(), options.name)) {
    throw NotFound(fmt::format("there is no gateway {} in this shop; see: upline gateway list", options.name));
  }
  if (options.format == Format::json) return print_json(context, {{"gateway", options.name}, {"outcome", "revoked"}});
  context.out << fmt::format("Gateway {} is revoked: what is signed with its secret is refused from now on.\n",
                             options.name);
}

CLI::App* add_verb(CLI::App& gateway, const char* name, const char* what,
                   const std::shared_ptr<GatewayOptions>& options) {
  auto* verb = gateway.add_subcommand(name, what);
  verb->add_option("name", options->name, "The gateway's name")->required()->type_name("NAME");
  add_shop_options(*verb, options->shop);
  add_answer_format(*verb, options->format);
  return verb;
}

void add_create(CLI::App& gateway, Context& context) {
  auto options = std::make_shared<GatewayOptions>();
  auto* verb = add_verb(gateway, "create", "Let a gateway report payments, and show its secret, this once", options);
  verb->footer(
      "The name is the payments' channel, unless they say another.\n"
      "Examples:\n"
      "  upline gateway create alipay\n"
      "  SECRET=$(upline gateway create alipay --format json | jq -r .secret)");
  verb->callback([&context, options] { create(context, *options); });
}

void add_list(CLI::App& gateway, Context& context) {
  auto options = std::make_shared<GatewayOptions>();
  auto* verb = gateway.add_subcommand("list", "List the gateways, without their secrets");
  add_shop_options(*verb, options->shop);
  add_format_option(*verb, options->format);
  verb->footer(
      "Example:\n"
      "  upline gateway list");
  verb->callback([&context, options] { list(context, *options); });
}

void add_revoke(CLI::App& gateway, Context& context) {
  auto options = std::make_shared<GatewayOptions>();
  auto* verb = add_verb(gateway, "revoke", "Destroy a gateway's secret; a running server follows at once", options);
  verb->footer(
      "To change a secret without a gap, create a second gateway, let its notifications say the first one's name as "
      "their\n"
      "channel, and revoke the first.\n"
      "Example:\n"
      "  upline gateway revoke alipay");
  verb->callback([&context, options] { revoke(context, *options); });
}

}  // namespace

void add_gateway(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("gateway", "Payment gateways that report to the server: create and revoke");
  verb->require_subcommand(1);
  verb->footer(
      "What they send, and how it is signed: docs/api/gateways.md\n"
      "Examples:\n"
      "  upline gateway create alipay\n"
      "  upline gateway list");
  add_create(*verb, context);
  add_list(*verb, context);
  add_revoke(*verb, context);
}

}  // namespace upline::cli
