#include "cli/keys_reads.hpp"

#include "cli/queries.hpp"
#include "cli/stock_out.hpp"
#include "eventstore/shop_state.hpp"
#include "eventstore/stream_states.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace upline::cli {

namespace {

using namespace domain;

using VisitPool = std::function<void(const ProductId&, const ListedProduct&, const KeyPool&)>;

/// The products that are fulfilled with keys, in bytewise order, all as of one moment.
void visit_pools(eventstore::EventStore& store, const VisitPool& visit) {
  const auto still = store.hold_still();
  eventstore::ShopState state(store);
  state.catch_up();
  for (const auto& id : ids_of<ProductId>(store, "product/")) {
    const auto product = std::get<ListedProduct>(state.product(id));
    if (takes_keys(product.added.fulfilment)) visit(id, product, state.pool(id));
  }
}

struct StockOptions {
  ShopOptions shop;
  std::string product;
  Format format{Format::table};
};

void stock_by_product(Context& context, eventstore::EventStore& store, Format format) {
  const auto rows = row_writer(format, context,
                               {{"product", "product"},
                                {"title", "title"},
                                {"imported", "imported"},
                                {"unreleased", "unreleased"},
                                {"available", "for sale"},
                                {"reserved", "held"},
                                {"delivered", "delivered"},
                                {"revoked", "revoked"},
                                {"waiting_orders", "orders waiting"}});
  visit_pools(store, [&](const ProductId& id, const ListedProduct& product, const KeyPool& pool) {
    rows->row({id.value, FreeText{product.added.title}, pool.imported, pool.unreleased, pool.released, pool.reserved,
               pool.delivered, pool.revoked, std::uint64_t{pool.queue.size()}});
  });
  rows->end();
}

struct BatchStock {
  std::uint64_t unreleased{};
  std::uint64_t for_sale{};
};

void stock_by_batch(Context& context, eventstore::EventStore& store, const ProductId& id, Format format) {
  if (std::holds_alternative<NoProduct>(eventstore::read_product(store, id))) {
    throw NotFound("there is no product " + id.value + " in this shop");
  }
  const auto pool = read_pool(store, id);
  std::map<BatchId, BatchStock> batches;
  for (const auto& staged : pool.waiting_for_release) batches[staged.batch].unreleased += staged.keys.count;
  for (const auto& staged : pool.for_sale) batches[staged.batch].for_sale += staged.keys.count;
  const auto rows = row_writer(format, context,
                               {{"batch", "batch"},
                                {"unreleased", "unreleased"},
                                {"for_sale", "for sale or held"},
                                {"release_at", "goes on sale at"}});
  for (const auto& [batch, stock] : batches) {
    const auto scheduled = pool.scheduled.find(batch);
    rows->row({batch.value, stock.unreleased, stock.for_sale,
               scheduled == pool.scheduled.end() ? Cell(Absent{}) : Cell(format_rfc3339(scheduled->second))});
  }
  rows->end();
}

void stock(Context& context, const StockOptions& options) {
  const auto shop = open_shop(options.shop);
  if (options.product.empty()) return stock_by_product(context, shop->store(), options.format);
  stock_by_batch(context, shop->store(), {options.product}, options.format);
}

}  // namespace

void list_low_stock(Context& context, const ShopOptions& options, Format format) {
  const auto shop = open_shop(options);
  const auto rows = row_writer(format, context,
                               {{"product", "product"},
                                {"title", "title"},
                                {"available", "for sale"},
                                {"low_stock_level", "low at"},
                                {"unreleased", "unreleased"}});
  visit_pools(shop->store(), [&](const ProductId& id, const ListedProduct& product, const KeyPool& pool) {
    if (!product.low_stock_level) return;
    const auto level = static_cast<std::uint64_t>(product.low_stock_level->value);
    if (product.retired || pool.released > level) return;
    rows->row({id.value, FreeText{product.added.title}, pool.released, level, pool.unreleased});
  });
  rows->end();
}

void add_keys_stock(CLI::App& keys, Context& context) {
  auto options = std::make_shared<StockOptions>();
  auto* verb = keys.add_subcommand("stock", "Show the stock of every product, or of one by batches");
  verb->add_option("product", options->product, "Only this one, by batches that are in stock")
      ->type_name("PRODUCT")
      ->check(check_not_empty);
  add_shop_options(*verb, options->shop);
  add_format_option(*verb, options->format);
  verb->footer(
      "Keys of an open order are held; those of a batch that was sold out are not shown.\n"
      "Examples:\n"
      "  upline keys stock\n"
      "  upline keys stock game --format csv");
  verb->callback([&context, options] { stock(context, *options); });
}

}  // namespace upline::cli
