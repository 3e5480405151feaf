#include "domain/key_pool.hpp"

#include "domain/overloaded.hpp"

#include <algorithm>

namespace upline::domain {

namespace {

using Decision = std::expected<std::vector<KeyPoolEvent>, Rejection>;

void add_for_sale(KeyPool& pool, const KeyRange& range) {
  if (!pool.for_sale.empty()) {
    auto& last = pool.for_sale.back();
    if (last.first + last.count == range.first) {
      last.count += range.count;
      return;
    }
  }
  pool.for_sale.push_back(range);
}

void take_from_sale(KeyPool& pool, const KeyRange& range) {
  const auto holder = std::ranges::find_if(pool.for_sale, [&](const KeyRange& r) { return r.first == range.first; });
  holder->first += range.count;
  holder->count -= range.count;
  if (holder->count == 0) pool.for_sale.erase(holder);
}

}  // namespace

Decision decide(const KeyPool& state, const ImportKeys& command, const Product& product) {
  const auto* listed = std::get_if<ListedProduct>(&product);
  if (listed == nullptr) return refuse(Reason::unknown_product, command.product.value);
  const auto fulfilment = listed->added.fulfilment;
  if (fulfilment != Fulfilment::key_pool && fulfilment != Fulfilment::reusable) {
    return refuse(Reason::not_key_product, command.product.value);
  }
  if (!is_well_formed_id(command.batch.value)) return refuse(Reason::invalid_id, "batch");
  if (command.keys.empty() || command.keys.size() > keys_per_event_max) return refuse(Reason::invalid_batch);
  const std::uint64_t first = state.imported + 1;
  Decision events{{KeysImported{command.batch, first, command.keys}}};
  if (command.release) events->push_back(KeysReleased{{first, command.keys.size()}});
  return events;
}

KeyPool evolve(KeyPool state, const KeyPoolEvent& event) {
  std::visit(Overloaded{
                 [&](const KeysImported& e) {
                   state.imported += e.keys.size();
                   state.unreleased += e.keys.size();
                 },
                 [&](const KeysReleased& e) {
                   state.unreleased -= e.keys.count;
                   state.released += e.keys.count;
                   add_for_sale(state, e.keys);
                 },
             },
             event);
  return state;
}

KeyPool evolve(KeyPool state, const KeysDelivered& event) {
  if (event.shared) return state;
  for (const auto& range : event.keys) {
    take_from_sale(state, range);
    state.released -= range.count;
    state.delivered += range.count;
  }
  return state;
}

std::optional<std::vector<KeyRange>> next_keys(const KeyPool& pool, Fulfilment fulfilment, Quantity quantity) {
  const bool shared = fulfilment == Fulfilment::reusable;
  auto wanted = shared ? std::uint64_t{1} : static_cast<std::uint64_t>(quantity.value);
  if (pool.released < wanted) return std::nullopt;
  std::vector<KeyRange> keys;
  for (const auto& range : pool.for_sale) {
    const auto taken = std::min(wanted, range.count);
    keys.push_back({range.first, taken});
    wanted -= taken;
    if (wanted == 0) break;
  }
  return keys;
}

}  // namespace upline::domain
