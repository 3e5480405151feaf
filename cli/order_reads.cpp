#include "cli/order_reads.hpp"

#include "cli/as_of_options.hpp"
#include "cli/order_out.hpp"
#include "cli/queries.hpp"
#include "cli/rows_out.hpp"
#include "cli/wording.hpp"
#include "cli/writing.hpp"
#include "eventstore/delivered_keys.hpp"
#include "eventstore/order_history.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace upline::cli {

namespace {

using namespace domain;
using Json = nlohmann::ordered_json;

struct OneOrder {
  ShopOptions shop;
  std::string order;
  Format format{Format::table};
};

Order known_order(eventstore::Shop& shop, const OrderId& id) {
  auto order = eventstore::read_order(shop.store(), id);
  if (std::holds_alternative<NoOrder>(order)) throw NotFound("there is no order " + id.value + " in this shop");
  return order;
}

void show(Context& context, const OneOrder& options) {
  const auto shop = open_shop(options.shop);
  const OrderId id{options.order};
  const auto order = known_order(*shop, id);
  if (options.format == Format::json) return print_json(context, order_answer(id, order));
  print_order(context.out, id, order, exponents_of(shop->store()));
}

void keys_as_json(Context& context, const OrderId& id, const std::vector<eventstore::DeliveredKey>& keys,
                  const std::optional<std::string>& text) {
  Json json{{"order", id.value}, {"keys", Json::array()}};
  for (const auto& key : keys) json["keys"].push_back({{"number", key.number}, {"key", key.secret}});
  if (text) json["text"] = *text;
  print_json(context, json);
}

/// As it is, but for what a terminal would obey.
std::string printable(const std::string& text) {
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool obeyed = byte < 0x20 || byte == 0x7f;
    shown += obeyed && c != '\n' ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return shown;
}

void keys_for_people(Context& context, const std::vector<eventstore::DeliveredKey>& keys,
                     const std::optional<std::string>& text) {
  if (!keys.empty() || !text) {
    const auto rows = row_writer(Format::table, context, {{"number", "number"}, {"key", "key"}});
    for (const auto& key : keys) rows->row({static_cast<std::int64_t>(key.number), FreeText{printable(key.secret)}});
    rows->end();
  }
  if (text) context.out << printable(*text) << '\n';
}

void keys(Context& context, const OneOrder& options) {
  const auto shop = open_shop(options.shop);
  const OrderId id{options.order};
  const auto order = known_order(*shop, id);
  const auto* delivered = std::get_if<DeliveredOrder>(&order);
  if (delivered == nullptr) {
    throw NotFound(fmt::format("order {} is {}: nothing was delivered", id.value, state_name(order)));
  }
  const auto held = eventstore::delivered_keys(shop->vault(), *delivered);
  const auto text = eventstore::delivered_text(shop->vault(), id, *delivered);
  if (options.format == Format::json) return keys_as_json(context, id, held, text);
  keys_for_people(context, held, text);
}

struct ListOptions {
  ShopOptions shop;
  AsOfOptions as_of;
  std::string state;
  std::string member;
  std::string product;
  std::uint64_t after{};  // 0: from the start
  std::uint64_t limit{100};
  bool newest_first{};
  Format format{Format::table};
};

std::string check_state(const std::string& text) {
  if (std::ranges::find(projections::order_states, text) != projections::order_states.end()) return {};
  return fmt::format("'{}' is no state; there are: {}", text, fmt::join(projections::order_states, ", "));
}

projections::OrderFilter filter_of(const ListOptions& options) {
  projections::OrderFilter filter;
  if (!options.state.empty()) filter.state = options.state;
  if (!options.member.empty()) filter.member = MemberId{options.member};
  if (!options.product.empty()) filter.product = ProductId{options.product};
  return filter;
}

projections::OrderPage page_of(const ListOptions& options) {
  projections::OrderPage page{.limit = options.limit, .newest_first = options.newest_first};
  if (options.after > 0) page.after = Position{options.after};
  return page;
}

/// Programs are told more than fits a terminal.
std::vector<Column> columns_for(Format format) {
  std::vector<Column> columns{{"order", "order"},
                              {"position", "position"},
                              {"state", "state"},
                              {"member", "member"},
                              {"product", "product"},
                              {"quantity", "quantity"},
                              {"amount_due_minor", "amount due"}};
  if (format != Format::table) {
    for (const auto* name : {"currency", "received_minor", "refunded_minor", "owed_back_minor"}) {
      columns.push_back({name, name});
    }
  }
  columns.push_back({"placed_at", "placed at"});
  return columns;
}

std::vector<Cell> cells_of(const projections::OrderLine& order, Format format, int exponent) {
  const auto money = [&](Minor amount) { return Money{amount, order.currency, exponent}; };
  std::vector<Cell> cells{order.order.value,
                          static_cast<std::int64_t>(order.position.value),
                          order.state,
                          order.member.value,
                          order.product.value,
                          static_cast<std::uint64_t>(order.quantity.value),
                          money(order.amount_due)};
  if (format != Format::table) {
    cells.emplace_back(order.currency.code);
    for (const auto amount : {order.received, order.refunded, order.owed_back}) cells.emplace_back(money(amount));
  }
  cells.emplace_back(format_rfc3339(order.placed_at));
  return cells;
}

void list(Context& context, const ListOptions& options) {
  const auto books = open_books(context, options.shop);
  const auto exponent_of = exponents_of(books->store());
  const auto moment = is_now(options.as_of) ? projections::AsOf{} : as_of(options.as_of, books->store());
  const auto rows = row_writer(options.format, context, columns_for(options.format));
  books->models.orders().list(moment, filter_of(options), page_of(options), [&](const projections::OrderLine& order) {
    rows->row(cells_of(order, options.format, exponent_of(order.currency)));
  });
  rows->end();
}

void add_one_order(CLI::App& order, Context& context, const char* name, const char* what, const char* examples,
                   void (*run)(Context&, const OneOrder&)) {
  auto options = std::make_shared<OneOrder>();
  auto* verb = order.add_subcommand(name, what);
  verb->add_option("order", options->order, "The order's id")->required()->type_name("ORDER");
  add_shop_options(*verb, options->shop);
  add_answer_format(*verb, options->format);
  verb->footer(examples);
  verb->callback([&context, options, run] { run(context, *options); });
}

void add_list(CLI::App& order, Context& context) {
  auto options = std::make_shared<ListOptions>();
  auto* verb = order.add_subcommand("list", "List orders, of one state, member or product");
  add_shop_options(*verb, options->shop);
  add_as_of_options(*verb, options->as_of);
  verb->add_option("--state", options->state, "Only those in this state")
      ->type_name(fmt::format("{}", fmt::join(projections::order_states, "|")))
      ->check(check_state);
  verb->add_option("--member", options->member, "Only this member's")->type_name("MEMBER")->check(check_not_empty);
  verb->add_option("--product", options->product, "Only of this product")->type_name("PRODUCT")->check(check_not_empty);
  verb->add_flag("--newest", options->newest_first, "The newest first");
  verb->add_option("--after", options->after, "Go on behind the order of this position")
      ->type_name("POSITION")
      ->check(check_positive);
  verb->add_option("--limit", options->limit, "How many (default 100)")->type_name("N")->check(check_positive);
  add_format_option(*verb, options->format);
  verb->footer(
      "In the order of their placing.\n"
      "Examples:\n"
      "  upline order list --state awaiting_stock\n"
      "  upline order list --member bob --newest --limit 20\n"
      "  upline order list --after 1207 --format csv");
  verb->callback([&context, options] { list(context, *options); });
}

}  // namespace

void add_order_reads(CLI::App& order, Context& context) {
  add_one_order(order, context, "show", "Show an order: its state, its money, the numbers of its keys",
                "Examples:\n"
                "  upline order show o1\n"
                "  upline order show o1 --format json",
                show);
  add_one_order(order, context, "keys", "Show the keys themselves, or the text that was delivered",
                "These are secrets: what is shown may be used by whoever reads it.\n"
                "Example:\n"
                "  upline order keys o1",
                keys);
  add_list(order, context);
}

}  // namespace upline::cli
