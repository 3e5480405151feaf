#include "cli/as_of_options.hpp"
#include "cli/queries.hpp"
#include "cli/rows_out.hpp"
#include "cli/verbs.hpp"

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

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

std::vector<Cell> cells_of(const projections::Stock& stock) {
  return {std::string(stock.product), FreeText{std::string(stock.title)},
          count(stock.imported()),    count(stock.unreleased),
          count(stock.released),      count(stock.reserved),
          count(stock.delivered),     count(stock.revoked),
          count(stock.available())};
}

void inventory(Context& context, const InventoryOptions& options) {
  const auto books = open_books(context, options.shop);
  const auto view = books->models.inventory();
  const auto rows = row_writer(options.format, context,
                               {{"product_id", "product"},
                                {"title", "title"},
                                {"imported", "imported"},
                                {"unreleased", "unreleased"},
                                {"released", "released"},
                                {"reserved", "reserved"},
                                {"delivered", "delivered"},
                                {"revoked", "revoked"},
                                {"available", "available"}});
  std::vector<StockLine> kept;
  const auto visit = [&](const projections::Stock& stock) {
    if (options.top == 0) return rows->row(cells_of(stock));
    kept.push_back({stock.delivered, std::string(stock.product), cells_of(stock)});
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
      "key, or whose one key is shared, delivers without counting here.\n"
      "Examples:\n"
      "  upline inventory --top 10\n"
      "  upline inventory --format csv");
  verb->callback([&context, options] { inventory(context, *options); });
}

}  // namespace upline::cli
