#include "domain/books_stock.hpp"

#include <algorithm>

namespace upline::domain {

namespace {

using Finding = std::optional<std::string>;

/// Where the keys of a paid order must come from.
KeySource source_of(const BookedOrder& order) {
  if (order.awaits_stock) return KeySource::waiting;
  return order.reserves ? KeySource::reservation : KeySource::sale;
}

}  // namespace

void BookedStock::add(Name product, const ProductAdded& event) {
  products_.emplace(product.value, BookedProduct{.unit_price = event.unit_price,
                                                 .currency = names_.number_of(event.currency.code),
                                                 .fulfilment = event.fulfilment});
}

BookedProduct* BookedStock::find(Name product) {
  const auto found = products_.find(product.value);
  return found == products_.end() ? nullptr : &found->second;
}

KeyCounts BookedStock::counts(Name product) const {
  const auto found = pools_.find(product.value);
  return found == pools_.end() ? KeyCounts{} : found->second.keys.counts();
}

Finding BookedStock::import(Name product, const KeysImported& event) {
  const auto* listed = find(product);
  if (listed == nullptr || !takes_keys(listed->fulfilment)) return "keys are imported of a product that has none";
  if (event.use_limit > 0 && listed->fulfilment != Fulfilment::reusable) return "the use of keys sold once is limited";
  return pool(product).import(event);
}

Finding BookedStock::schedule(Name product, const RecordedEvent& recorded, const ReleaseScheduled& event) {
  if (event.at <= recorded.occurred_at) return "a release is scheduled for a time that is over";
  pools_[product.value].scheduled[event.batch.value] = event.at;
  return std::nullopt;
}

Finding BookedStock::end_schedule(Name product, const ScheduleEnded& event) {
  if (pools_[product.value].scheduled.erase(event.batch.value) == 0) return "a schedule ends that was never made";
  return std::nullopt;
}

Finding BookedStock::place(const BookedOrder& order, const RecordedEvent& recorded, const OrderPlaced& event) {
  const auto* product = find(order.product);
  if (product == nullptr) return "the order's product was never added";
  if (order.currency != product->currency) return "the order's currency is not its product's";
  if (!order.is_live) {
    if (event.reserved != Quantity{}) return "a purchase that waited for no payment reserves keys";
    return std::nullopt;
  }
  if (product->is_retired) return "an order of a retired product is placed";
  if (*event.expires_at <= recorded.occurred_at) return "the order expires before it is placed";
  if (checked_product(product->unit_price, event.quantity) != event.amount_due) {
    return "the amount due is not the price times the quantity";
  }
  const bool reserves = product->fulfilment == Fulfilment::key_pool;
  if (event.reserved != (reserves ? event.quantity : Quantity{})) return "the order reserves other than it should";
  return reserves ? pool(order.product).reserve(order.quantity) : std::nullopt;
}

Finding BookedStock::free(BookedOrder& order, const ProductId& product, Quantity freed) {
  if (product.value != names_.text(order.product)) return "the keys that are freed are not of the order's product";
  if (freed.value != (order.reserves ? std::int64_t{order.quantity} : 0)) {
    return std::to_string(freed.value) + " keys are freed, which is not what the order holds";
  }
  if (!order.reserves) return std::nullopt;
  order.reserves = false;
  return pool(order.product).free_reserved(order.quantity);
}

Finding BookedStock::deliver(BookedOrder& order, const RecordedEvent& recorded, const KeysDelivered& event) {
  if (event.product.value != names_.text(order.product)) return "the keys are not of the order's product";
  const auto fulfilment = find(order.product)->fulfilment;
  if (!takes_keys(fulfilment)) return "keys are delivered of a product that has none";
  if (event.shared != (fulfilment == Fulfilment::reusable)) return "a key is shared that may not be, or the reverse";
  if (event.units.value != std::int64_t{order.quantity}) return "the delivery is not of the order's quantity";
  if (event.source != source_of(order)) return "the keys come from elsewhere than the order's are";
  if (auto found = deliver_keys(order, event)) return found;
  hold(order, event.keys);
  order.holds_shared = event.shared;
  order.reserves = false;
  if (!order.awaits_stock) return std::nullopt;
  order.awaits_stock = false;
  auto& queue = pools_[order.product.value].queue;
  if (queue.front() != recorded.stream.id) return "the order is delivered before one that waits longer";
  queue.pop_front();
  pools_[order.product.value].units_waiting -= order.quantity;
  return std::nullopt;
}

Finding BookedStock::deliver_keys(BookedOrder& order, const KeysDelivered& event) {
  auto& keys = pool(order.product);
  if (event.shared) return keys.share(event.keys, order.quantity);
  std::uint64_t count = 0;
  for (const auto& range : event.keys) {
    if (auto found = keys.deliver(range, event.source)) return found;
    count += range.count;
  }
  if (count == order.quantity) return std::nullopt;
  return std::to_string(count) + " keys are delivered where " + std::to_string(order.quantity) + " were sold";
}

Finding BookedStock::deliver_without_keys(const BookedOrder& order) {
  if (takes_keys(find(order.product)->fulfilment)) return "an order of keys is delivered without one";
  return std::nullopt;
}

Finding BookedStock::await(BookedOrder& order, const RecordedEvent& recorded, const StockAwaited& event) {
  const auto fulfilment = find(order.product)->fulfilment;
  if (event.product.value != names_.text(order.product) || event.quantity.value != std::int64_t{order.quantity}) {
    return "the order waits for other keys than were ordered";
  }
  if (!takes_keys(fulfilment)) return "the order waits for keys of a product that has none";
  if (order.reserves) return "the order waits for keys that it holds";
  auto& waited_for = pools_[order.product.value];
  const auto wanted = waited_for.units_waiting + order.quantity;  // those in front of it come first
  if (fulfilment == Fulfilment::key_pool && pool(order.product).counts().released >= wanted) {
    return "the order waits for keys that are free";
  }
  order.awaits_stock = true;
  waited_for.units_waiting = wanted;
  waited_for.queue.push_back(recorded.stream.id);
  return std::nullopt;
}

Finding BookedStock::leave_queue(BookedOrder& order, const RecordedEvent& recorded, const StockNoLongerAwaited& event) {
  if (!order.awaits_stock) return "an order stops waiting that did not wait";
  if (order.refunded != order.amount_due) return "an order stops waiting that is not refunded";
  if (event.product.value != names_.text(order.product) || event.member.value != names_.text(order.buyer) ||
      event.quantity.value != std::int64_t{order.quantity}) {
    return "the order stops waiting for other keys than were ordered";
  }
  order.awaits_stock = false;
  std::erase(pools_[order.product.value].queue, recorded.stream.id);
  pools_[order.product.value].units_waiting -= order.quantity;
  return std::nullopt;
}

Finding BookedStock::replace(BookedOrder& order, const KeyReplaced& event) {
  auto keys = held(order);
  const auto holder = std::ranges::find_if(
      keys, [&](const KeyRange& r) { return r.first <= event.old_key && event.old_key < r.first + r.count; });
  if (event.product.value != names_.text(order.product) || order.holds_shared || holder == keys.end()) {
    return "a key is replaced that the order does not hold";
  }
  const KeyRange behind{event.old_key + 1, holder->first + holder->count - event.old_key - 1};
  holder->count = event.old_key - holder->first;
  keys.push_back(behind);
  keys.push_back({event.new_key, 1});
  std::erase_if(keys, [](const KeyRange& range) { return range.count == 0; });
  hold(order, keys);
  return pool(order.product).replace(event.new_key);
}

Finding BookedStock::revoke(BookedOrder& order, const DeliveredKeysRevoked& event) {
  std::uint64_t count = 0;
  for (const auto& range : event.keys) count += range.count;
  auto keys = held(order);
  auto revoked = event.keys;
  std::ranges::sort(keys, {}, &KeyRange::first);
  std::ranges::sort(revoked, {}, &KeyRange::first);
  if (event.product.value != names_.text(order.product) || order.holds_shared || count == 0 || revoked != keys) {
    return "the keys that are revoked are not those that the order holds";
  }
  hold(order, {});
  pool(order.product).revoke_delivered(count);
  return std::nullopt;
}

void BookedStock::hold(BookedOrder& order, const std::vector<KeyRange>& keys) {
  order.keys_first = static_cast<std::uint32_t>(held_.size());
  order.keys_count = static_cast<std::uint32_t>(keys.size());
  held_.insert(held_.end(), keys.begin(), keys.end());
}

std::vector<KeyRange> BookedStock::held(const BookedOrder& order) const {
  const auto first = held_.begin() + order.keys_first;
  return {first, first + order.keys_count};
}

}  // namespace upline::domain
