#include "cli/verbs.hpp"
#include "domain/command.hpp"

#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

struct InitOptions {
  ShopOptions shop;
  std::string currency;
};

void init(Context& context, const InitOptions& options) {
  const domain::Currency currency{options.currency};
  if (!domain::is_well_formed_currency(currency.code)) {
    throw UsageError(fmt::format("'{}' is no currency code: use 2 to 24 upper-case letters and digits, such as CNY",
                                 options.currency));
  }
  const auto location = locate_shop(options.shop);
  prepare_shop(location);
  eventstore::Shop shop(location);
  const std::vector<eventstore::Request> requests{
      {.command = domain::OpenShop{currency, eventstore::system_clock_now()}, .actor = "cli"}};
  const auto outcome = shop.handler().execute(requests).front();
  switch (outcome.answer) {
    case eventstore::Answer::appended:
      context.out << fmt::format("Shop '{}' is open in {}, its default currency is {}.\n", location.shop,
                                 location.data.string(), currency.code);
      context.out << fmt::format("Its vault key is {}: keep a copy elsewhere, without it no card key can be read.\n",
                                 location.vault_key.string());
      break;
    case eventstore::Answer::already_there:
    case eventstore::Answer::repeated:
      context.out << fmt::format("Shop '{}' was open already.\n", location.shop);
      break;
    case eventstore::Answer::rejected:
      context.err << fmt::format("upline: shop '{}' exists already: {}\n", location.shop, outcome.rejection->detail);
      context.exit_code = refused;
      break;
    case eventstore::Answer::failed:
      std::rethrow_exception(outcome.failure);
  }
}

}  // namespace

void add_init(CLI::App& app, Context& context) {
  auto options = std::make_shared<InitOptions>();
  auto* verb = app.add_subcommand("init", "Open a new shop");
  add_shop_options(*verb, options->shop);
  verb->get_option("--shop")->required()->description("Its name: 1 to 64 of A-Z a-z 0-9 . _ -");
  verb->add_option("--currency", options->currency, "Its default currency: an ISO 4217 code or a token's code")
      ->required()
      ->type_name("CODE");
  verb->footer(
      "Examples:\n"
      "  upline init --shop demo --currency USD\n"
      "  upline init --data /srv/upline --shop kami --currency CNY");
  verb->callback([&context, options] { init(context, *options); });
}

}  // namespace upline::cli
