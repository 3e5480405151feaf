#include "api/shop_reading.hpp"

#include "domain/product.hpp"

#include <exception>
#include <utility>

namespace upline::api {

namespace {

void add(StockReading& to, const projections::Stock& from) {
  to.unreleased += from.unreleased;
  to.available += from.available();
  to.reserved += from.reserved;
  to.waiting_units += from.waiting_units;
}

BooksReading read_books(Reader& reader) {
  reader.models.catch_up();
  return {reader.models.totals().totals().orders_by_state, bounded_stock(reader.models.inventory())};
}

}  // namespace

std::uint64_t BooksReading::open_reservations() const {
  std::uint64_t open{};
  for (const auto* state : {"placed", "underpaid"}) {
    const auto found = orders_by_state.find(state);
    if (found != orders_by_state.end()) open += found->second;
  }
  return open;
}

std::vector<StockReading> bounded_stock(const projections::Inventory& inventory) {
  std::vector<StockReading> rows;
  StockReading others{.product = other_products};
  bool has_others = false;
  inventory.stock([&](const projections::Stock& stock) {
    if (!domain::takes_keys(stock.fulfilment)) return;
    if (stock.retired || rows.size() >= products_max) {
      has_others = true;
      return add(others, stock);
    }
    add(rows.emplace_back(StockReading{.product = std::string(stock.product)}), stock);
  });
  if (has_others) rows.push_back(std::move(others));
  return rows;
}

ShopReading read_shop(const std::string& name, ServedShop& shop) {
  ShopReading reading{.name = name, .writing = shop.writer().stats(), .projecting = shop.projecting()};
  if (reading.projecting.positions_behind() > lag_max) return reading;
  try {
    reading.books = read_books(*shop.reader());
  } catch (const std::exception&) {
    // The page says by other numbers what is wrong; what cannot be read is left out.
  }
  return reading;
}

}  // namespace upline::api
