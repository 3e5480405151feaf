#include "cli/as_of_options.hpp"
#include "cli/queries.hpp"
#include "cli/rows_out.hpp"
#include "cli/verbs.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace upline::cli {

namespace {

struct InventoryOptions {
  ShopOptions shop;
  AsOfOptions as_of;
  std::size_t top{};  // 0: all, in the order of products
  Format format{Format::table};
};

struct StockLine {
  std::int64_t delivered{};
  std::string product;
  std::vector<Cell> cells;
};

/// At a moment in the past a count may be below 0: a sale can be dated before the keys that it took.
Cell count(std::int64_t keys) { return keys < 0 ? Cell(keys) : Cell(static_cast<std::uint64_t>(keys)); }

Cell limit(const std::optional<domain::Quantity>& quantity) {
  return quantity ? Cell(static_cast<std::uint64_t>(quantity->value)) : Cell(Absent{});
}

/// The csv form is fixed; people and programs are told more.
std::vector<Column> columns_for(Format format) {
  std::vector<Column> columns{{"product_id", "product"},    {"title", "title"},       {"imported", "imported"},
                              {"unreleased", "unreleased"}, {"released", "released"}, {"reserved", "reserved"},
                              {"delivered", "delivered"},   {"revoked", "revoked"},   {"available", "available"}};
  if (format == Format::table) {
    columns.push_back({"unit_price_minor", "price"});
    columns.push_back({"note", "note"});
  } else if (format == Format::json) {
    for (const auto* name : {"unit_price_minor", "currency", "fulfilment", "plan_id", "retired", "units_per_member",
                             "low_stock_level", "low", "waiting_orders", "waiting_units"}) {
      columns.push_back({name, name});
    }
  }
  return columns;
}

/// `retired, low, 2 orders wait`.
std::string note(const projections::Stock& stock) {
  std::vector<std::string> notes;
  if (stock.retired) notes.emplace_back("retired");
  if (stock.is_low()) notes.emplace_back("low");
  if (stock.waiting_orders == 1) notes.emplace_back("1 order waits");
  if (stock.waiting_orders > 1) notes.push_back(fmt::format("{} orders wait", stock.waiting_orders));
  return fmt::format("{}", fmt::join(notes, ", "));
}

std::vector<Cell> cells_of(const projections::Stock& stock, Format format, const ExponentOf& exponent_of) {
  std::vector<Cell> cells{std::string(stock.product), FreeText{std::string(stock.title)},
                          count(stock.imported()),    count(stock.unreleased),
                          count(stock.released),      count(stock.reserved),
                          count(stock.delivered),     count(stock.revoked),
                          count(stock.available())};
  if (format == Format::csv) return cells;
  const domain::Currency currency{std::string(stock.currency)};
  cells.emplace_back(Money{stock.unit_price, currency, exponent_of(currency)});
  if (format == Format::table) {
    cells.emplace_back(note(stock));
    return cells;
  }
  cells.emplace_back(currency.code);
  cells.emplace_back(std::string(domain::name(stock.fulfilment)));
  cells.push_back(stock.plan.empty() ? Cell(Absent{}) : Cell(std::string(stock.plan)));
  cells.emplace_back(stock.retired);
  cells.push_back(limit(stock.units_per_member));
  cells.push_back(limit(stock.low_stock_level));
  cells.emplace_back(stock.is_low());
  cells.push_back(count(stock.waiting_orders));
  cells.push_back(count(stock.waiting_units));
  return cells;
}

void inventory(Context& context, const InventoryOptions& options) {
  const auto books = open_books(context, options.shop);
  const auto view = books->models.inventory();
  const auto exponent_of = exponents_of(books->store());
  const auto rows = row_writer(options.format, context, columns_for(options.format));
  std::vector<StockLine> kept;
  const auto visit = [&](const projections::Stock& stock) {
    auto cells = cells_of(stock, options.format, exponent_of);
    if (options.top == 0) return rows->row(cells);
    kept.push_back({stock.delivered, std::string(stock.product), std::move(cells)});
  };
  if (is_now(options.as_of)) {
    view.stock(visit);
  } else {
    view.stock(as_of(options.as_of, books->store()), visit);
  }
  std::ranges::sort(kept, {}, [](const StockLine& line) { return std::pair(-line.delivered, line.product); });
  for (std::size_t i = 0; i < std::min(options.top, kept.size()); ++i) rows->row(kept[i].cells);
  rows->end();
}

}  // namespace

void add_inventory(CLI::App& app, Context& context) {
  auto options = std::make_shared<InventoryOptions>();
  auto* verb = app.add_subcommand("inventory", "Show every product's keys: imported, sold, available");
  add_shop_options(*verb, options->shop);
  add_as_of_options(*verb, options->as_of);
  verb->add_option("--top", options->top, "Only the N products sold most, most first")
      ->type_name("N")
      ->check(check_positive);
  add_format_option(*verb, options->format);
  verb->footer(
      "imported = unreleased + released + reserved + delivered + revoked; available = released. A product that needs "
      "no\n"
      "key, or whose key is shared without a limit, delivers without counting here.\n"
      "Examples:\n"
      "  upline inventory --top 10\n"
      "  upline inventory --format csv");
  verb->callback([&context, options] { inventory(context, *options); });
}

}  // namespace upline::cli
