#include "cli/change_verb.hpp"
#include "cli/queries.hpp"
#include "cli/rows_out.hpp"
#include "cli/verbs.hpp"
#include "cli/wording.hpp"
#include "domain/command.hpp"
#include "eventstore/state_json.hpp"
#include "eventstore/stream_states.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

using namespace domain;

struct Words {
  WriteOptions write;
  std::string product;
  std::string title;
  std::int64_t price{};
  std::string currency;
  std::string fulfilment{"key-pool"};
  std::string reason;
  std::optional<std::int64_t> units;
  bool none{};
  std::string plan;
};

void add_product_id(CLI::App& verb, Words& words) {
  verb.add_option("product", words.product, "The product's id")->required()->type_name("PRODUCT");
}

void add_price(CLI::App& verb, Words& words) {
  verb.add_option("--price-minor", words.price, "Price of a unit, in minor units (cents, fen)")
      ->required()
      ->type_name("N");
}

// What the words become

void add_adding_options(CLI::App& verb, Words& words) {
  add_product_id(verb, words);
  add_text(verb, "--title", words.title, "What buyers read")->required();
  add_price(verb, words);
  verb.add_option("--currency", words.currency, "The price's currency")->required()->type_name("CODE");
  verb.add_option("--fulfilment", words.fulfilment,
                  "A key a unit (the default), one key for all, by hand, or by somebody else")
      ->type_name("key-pool|reusable|manual|external");
}

eventstore::Request add(const Words& words) {
  const auto fulfilment = parse_fulfilment(words.fulfilment);
  if (!fulfilment) {
    throw UsageError(fmt::format("--fulfilment '{}' is not key-pool, reusable, manual or external", words.fulfilment));
  }
  return request_of(AddProduct{.product = {words.product},
                               .title = words.title,
                               .unit_price = {words.price},
                               .currency = {words.currency},
                               .fulfilment = *fulfilment},
                    words.write);
}

void add_repricing_options(CLI::App& verb, Words& words) {
  add_product_id(verb, words);
  add_price(verb, words);
}

eventstore::Request reprice(const Words& words) {
  return request_of(RepriceProduct{.product = {words.product}, .unit_price = {words.price}}, words.write);
}

void add_retiring_options(CLI::App& verb, Words& words) {
  add_product_id(verb, words);
  add_text(verb, "--reason", words.reason, "Why");
}

eventstore::Request retire(const Words& words) {
  return request_of(RetireProduct{.product = {words.product}, .reason = words.reason}, words.write);
}

eventstore::Request relist(const Words& words) {
  return request_of(RelistProduct{.product = {words.product}}, words.write);
}

void add_limiting_options(CLI::App& verb, Words& words) {
  add_product_id(verb, words);
  auto* units = verb.add_option("--units", words.units, "Units that one member may have")->type_name("N");
  verb.add_flag("--none", words.none, "No limit any more")->excludes(units);
}

eventstore::Request limit(const Words& words) {
  if (!words.units && !words.none) throw UsageError("name the limit with --units N, or lift it with --none");
  return request_of(LimitPurchases{.product = {words.product}, .units_per_member = words.units}, words.write);
}

void add_plan_options(CLI::App& verb, Words& words) {
  add_product_id(verb, words);
  verb.add_option("plan", words.plan, "The plan's id")->required()->type_name("PLAN");
}

eventstore::Request assign_plan(const Words& words) {
  return request_of(AssignPlan{.product = {words.product}, .plan = {words.plan}}, words.write);
}

// What holds afterwards

ListedProduct product_of(eventstore::Shop& shop, const Words& words) {
  return std::get<ListedProduct>(eventstore::read_product(shop.store(), {words.product}));
}

Told product_as_it_is(eventstore::Shop& shop, const Words& words, std::string sentence) {
  return {std::move(sentence), {{"product", eventstore::product_json({words.product}, product_of(shop, words))}}};
}

Told told_price(eventstore::Shop& shop, const Words& words) {
  const auto product = product_of(shop, words);
  const auto& currency = product.added.currency;
  const Money price{product.unit_price, currency, exponents_of(shop.store())(currency)};
  return product_as_it_is(shop, words, fmt::format("Product {} costs {} a unit.", words.product, to_text(price)));
}

Told told_retired(eventstore::Shop& shop, const Words& words) {
  return product_as_it_is(shop, words, fmt::format("Product {} is retired: nobody can order it.", words.product));
}

Told told_relisted(eventstore::Shop& shop, const Words& words) {
  return product_as_it_is(shop, words, fmt::format("Product {} is for sale.", words.product));
}

Told told_limit(eventstore::Shop& shop, const Words& words) {
  const auto limit = words.units ? fmt::format("at most {}", counted(static_cast<std::uint64_t>(*words.units), "unit"))
                                 : std::string("any number of units");
  return product_as_it_is(shop, words, fmt::format("A member may have {} of {}.", limit, words.product));
}

Told told_plan(eventstore::Shop& shop, const Words& words) {
  return product_as_it_is(shop, words, fmt::format("Sales of {} follow plan {}.", words.product, words.plan));
}

constexpr std::array changes{
    ChangeVerb<Words>{"add", "Put a product on the list",
                      "Examples:\n"
                      "  upline product add game --title 'Game card 50' --price-minor 4999 --currency CNY\n"
                      "  upline product add boost --title Boosting --price-minor 9900 --currency CNY "
                      "--fulfilment manual",
                      add_adding_options, add, told_price},
    ChangeVerb<Words>{"reprice", "Change the price, for orders placed from now on",
                      "Example:\n"
                      "  upline product reprice game --price-minor 4599",
                      add_repricing_options, reprice, told_price},
    ChangeVerb<Words>{"retire", "Take a product from sale; open orders may still be paid",
                      "Example:\n"
                      "  upline product retire game --reason 'the publisher stopped it'",
                      add_retiring_options, retire, told_retired},
    ChangeVerb<Words>{"relist", "Put a retired product up for sale again",
                      "Example:\n"
                      "  upline product relist game",
                      add_product_id, relist, told_relisted},
    ChangeVerb<Words>{"limit", "Limit how many units one member may have",
                      "Expired and cancelled orders do not count.\n"
                      "Examples:\n"
                      "  upline product limit trial --units 1\n"
                      "  upline product limit trial --none",
                      add_limiting_options, limit, told_limit},
    ChangeVerb<Words>{"plan", "Let a product's sales follow a plan other than the shop's default",
                      "Example:\n"
                      "  upline product plan game vip",
                      add_plan_options, assign_plan, told_plan},
};

// Looking at them

struct ListOptions {
  ShopOptions shop;
  Format format{Format::table};
};

Cell number(const std::optional<Quantity>& quantity) {
  return quantity ? Cell(static_cast<std::uint64_t>(quantity->value)) : Cell(Absent{});
}

void list(Context& context, const ListOptions& options) {
  const auto books = open_books(context, options.shop);
  const auto exponent_of = exponents_of(books->store());
  const auto rows = row_writer(options.format, context,
                               {{"product", "product"},
                                {"title", "title"},
                                {"unit_price_minor", "price"},
                                {"currency", "currency"},
                                {"fulfilment", "fulfilment"},
                                {"plan", "plan"},
                                {"units_per_member", "limit"},
                                {"low_stock_level", "low at"},
                                {"retired", "retired"}});
  books->models.inventory().stock([&](const projections::Stock& stock) {
    const Currency currency{std::string(stock.currency)};
    rows->row({std::string(stock.product), FreeText{std::string(stock.title)},
               Money{stock.unit_price, currency, exponent_of(currency)}, currency.code,
               std::string(name(stock.fulfilment)), stock.plan.empty() ? Cell(Absent{}) : Cell(std::string(stock.plan)),
               number(stock.units_per_member), number(stock.low_stock_level), stock.retired});
  });
  rows->end();
}

void add_list(CLI::App& product, Context& context) {
  auto options = std::make_shared<ListOptions>();
  auto* verb = product.add_subcommand("list", "List the products: price, plan, limits");
  add_shop_options(*verb, options->shop);
  add_format_option(*verb, options->format);
  verb->footer(
      "A product without a plan of its own follows the shop's default.\n"
      "Examples:\n"
      "  upline product list\n"
      "  upline product list --format csv");
  verb->callback([&context, options] { list(context, *options); });
}

}  // namespace

void add_product(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("product", "What is sold: add, reprice, retire, limit products");
  verb->require_subcommand(1);
  verb->footer(
      "Examples:\n"
      "  upline product add game --title 'Game card 50' --price-minor 4999 --currency CNY\n"
      "  upline product list");
  for (const auto& change : changes) add_change(*verb, context, change);
  add_list(*verb, context);
}

}  // namespace upline::cli
