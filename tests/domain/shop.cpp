#include "tests/domain/shop.hpp"

#include "domain/overloaded.hpp"
#include "tests/domain/shop_decider.hpp"
#include "tests/domain/shop_folder.hpp"

#include <algorithm>
#include <utility>

namespace upline::tests {

using namespace domain;

namespace {

/// The pool in which this event leaves more for those who wait.
std::optional<ProductId> pool_with_more(const NewEvent& event) {
  using Found = std::optional<ProductId>;
  return std::visit(Overloaded{
                        [&](const KeysReleased&) -> Found { return ProductId{event.stream.id}; },
                        [](const OrderExpired& e) -> Found { return e.product; },
                        [](const OrderCancelled& e) -> Found { return e.product; },
                        [](const StockNoLongerAwaited& e) -> Found { return e.product; },
                        [](const auto&) -> Found { return std::nullopt; },
                    },
                    event.event);
}

}  // namespace

Decision Shop::decide(const Command& command) const { return std::visit(Decider(*this), command); }

void Shop::append(const NewEvents& events) {
  for (const auto& event : events) {
    std::visit(Folder(*this, event), event.event);
    const auto last = log_.empty() ? event.occurred_at : log_.back().recorded_at;
    log_.push_back({Position{log_.size() + 1}, event.stream, Version{++versions_[event.stream]}, event.occurred_at,
                    std::max(last, event.occurred_at), event.event});
    follow(agenda_, log_.back());
    domain::follow(settlements_, log_.back());
  }
}

Decision Shop::send(const Command& command) {
  carry_out_due(occurred_at(command));
  auto decision = decide(command);
  if (decision) append_and_serve(*decision);
  return decision;
}

void Shop::carry_out_due(Timestamp now) {
  now_ = std::max(now_, now);
  for (auto due = agenda_.due(now_, 1); !due.empty(); due = agenda_.due(now_, 1)) {
    append_and_serve(due_events(due.front()));
  }
}

NewEvents Shop::due_events(const Due& due) const {
  return std::visit(Overloaded{
                        [&](const DueExpiry& d) { return expire(order(d.order), d.order, now_); },
                        [&](const DueRelease& d) {
                          const auto& [product, batch] = d.batch;
                          return on_stream(pool_stream(product), d.at, carry_out_schedule(pool(product), batch));
                        },
                    },
                    due);
}

void Shop::append_and_serve(const NewEvents& events) {
  append(events);
  for (const auto& event : events) {
    if (const auto product = pool_with_more(event)) serve_queue(*product, event.occurred_at);
  }
}

void Shop::serve_queue(const ProductId& product, Timestamp at) {
  const auto fulfilment = std::get<ListedProduct>(products_.at(product)).added.fulfilment;
  while (const auto next = next_to_deliver(pool(product), fulfilment)) {
    append(decide(DeliverOrder{*next, {}, at}).value());
  }
}

const Order& Shop::order(const OrderId& id) const {
  static const Order none;
  const auto found = orders_.find(id);
  return found == orders_.end() ? none : found->second;
}

const KeyPool& Shop::pool(const ProductId& id) const {
  static const KeyPool none;
  const auto found = pools_.find(id);
  return found == pools_.end() ? none : found->second;
}

}  // namespace upline::tests
