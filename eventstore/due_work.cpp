#include "eventstore/due_work.hpp"

#include "domain/overloaded.hpp"

#include <utility>
#include <variant>

namespace upline::eventstore {

using namespace domain;

NewEvents due_events(ShopState& state, const Due& due, Timestamp now) try {
  auto events =
      std::visit(Overloaded{
                     [&](const DueExpiry& d) { return expire(state.order(d.order), d.order, now); },
                     [&](const DueRelease& d) {
                       const auto& [product, batch] = d.batch;
                       return on_stream(pool_stream(product), d.at, carry_out_schedule(state.pool(product), batch));
                     },
                 },
                 due);
  state.load_for(events);
  return events;
} catch (const DamagedStore&) {
  return {};
} catch (const NewerStore&) {
  return {};
}

NewEvents next_delivery(ShopState& state, const ProductId& id, Timestamp at, const CodeSource& propose_code) try {
  const auto* product = std::get_if<ListedProduct>(&state.product(id));
  if (product == nullptr) return {};
  const auto order = next_to_deliver(state.pool(id), product->added.fulfilment);
  if (!order) return {};
  auto events = decide_on(state, DeliverOrder{.order = *order, .occurred_at = at}, propose_code);
  if (!events) return {};
  state.load_for(*events);
  return std::move(*events);
} catch (const DamagedStore&) {
  return {};
} catch (const NewerStore&) {
  return {};
}

}  // namespace upline::eventstore
