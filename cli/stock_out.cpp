#include "cli/stock_out.hpp"

#include "cli/rows_out.hpp"
#include "cli/wording.hpp"
#include "eventstore/shop_state.hpp"

namespace upline::cli {

domain::KeyPool read_pool(eventstore::EventStore& store, const domain::ProductId& product) {
  const auto still = store.hold_still();
  eventstore::ShopState state(store);
  state.catch_up();
  return state.pool(product);
}

std::string stock_text(const domain::KeyPool& pool) {
  auto text = counted(pool.released, "key") + " for sale";
  if (pool.unreleased > 0) text += ", " + grouped(pool.unreleased) + " waiting for release";
  if (pool.reserved > 0) text += ", " + grouped(pool.reserved) + " held by open orders";
  return text;
}

}  // namespace upline::cli
