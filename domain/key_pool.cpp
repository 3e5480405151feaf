#include "domain/key_pool.hpp"

#include "domain/overloaded.hpp"

#include <algorithm>
#include <utility>

namespace upline::domain {

namespace {

using Decision = std::expected<std::vector<KeyPoolEvent>, Rejection>;

std::uint64_t end_of(const KeyRange& range) { return range.first + range.count; }

/// Behind the last, or as a part of it where it follows on.
void add(std::vector<StagedKeys>& keys, StagedKeys more) {
  if (!keys.empty()) {
    auto& last = keys.back();
    if (end_of(last.keys) == more.keys.first && last.batch == more.batch && last.use_limit == more.use_limit &&
        more.used == 0) {
      last.keys.count += more.keys.count;
      return;
    }
  }
  keys.push_back(std::move(more));
}

/// Takes a range out, wherever it lies; answers what was taken. Needs it to lie within one element.
StagedKeys take(std::vector<StagedKeys>& keys, const KeyRange& range) {
  const auto holder = std::ranges::find_if(keys, [&](const StagedKeys& staged) {
    return staged.keys.first <= range.first && end_of(range) <= end_of(staged.keys);
  });
  auto taken = *holder;
  taken.keys = range;
  if (range.first != holder->keys.first) taken.used = 0;
  auto behind = *holder;
  behind.keys = {end_of(range), end_of(holder->keys) - end_of(range)};
  behind.used = 0;
  holder->keys.count = range.first - holder->keys.first;
  const bool nothing_before = holder->keys.count == 0;
  if (nothing_before && behind.keys.count == 0) {
    keys.erase(holder);
  } else if (nothing_before) {
    *holder = std::move(behind);
  } else if (behind.keys.count > 0) {
    keys.insert(holder + 1, std::move(behind));
  }
  return taken;
}

std::vector<KeyRange> ranges_of(const std::vector<StagedKeys>& keys, const BatchId& batch) {
  std::vector<KeyRange> ranges;
  for (const auto& staged : keys) {
    if (staged.batch == batch) ranges.push_back(staged.keys);
  }
  return ranges;
}

/// The newest of the batch's keys for sale, as far as no open order needs them, in their order.
std::vector<KeyRange> free_keys_of(const KeyPool& pool, const BatchId& batch) {
  std::vector<KeyRange> ranges;
  auto left = pool.released;
  for (auto staged = pool.for_sale.rbegin(); staged != pool.for_sale.rend() && left > 0; ++staged) {
    if (staged->batch != batch) continue;
    const auto count = std::min(left, staged->keys.count);
    ranges.push_back({end_of(staged->keys) - count, count});
    left -= count;
  }
  std::ranges::reverse(ranges);
  return ranges;
}

bool is_for_sale(const KeyPool& pool, const BatchId& batch) {
  return std::ranges::any_of(pool.for_sale, [&](const StagedKeys& staged) { return staged.batch == batch; });
}

/// What is left of the batch for sale leaves later; once nothing is left, it has left.
void take_from_sale(KeyPool& pool, const BatchId& batch, Leaving leaving) {
  pool.leaving[batch] = leaving;
  std::erase_if(pool.leaving, [&](const auto& entry) { return !is_for_sale(pool, entry.first); });
}

void forget_left(KeyPool& pool) {
  if (pool.leaving.empty()) return;
  std::erase_if(pool.leaving, [&](const auto& entry) { return !is_for_sale(pool, entry.first); });
}

bool is_leaving(const KeyPool& pool, const BatchId& batch, Leaving leaving) {
  const auto known = pool.leaving.find(batch);
  return known != pool.leaving.end() && known->second == leaving;
}

std::uint64_t count_of(const std::vector<KeyRange>& ranges) {
  std::uint64_t count = 0;
  for (const auto& range : ranges) count += range.count;
  return count;
}

std::expected<void, Rejection> check_reason(const std::string& reason) {
  if (reason.empty()) return refuse(Reason::reason_missing, "keys");
  if (!is_plain_text(reason, reason_bytes_max)) return refuse(Reason::invalid_text, "reason");
  return {};
}

Decision import(const KeyPool& pool, const ImportKeys& c, Fulfilment fulfilment) {
  if (c.keys.empty() || c.keys.size() > keys_per_event_max) return refuse(Reason::invalid_batch);
  if (c.use_limit > use_limit_max || (c.use_limit > 0 && fulfilment != Fulfilment::reusable)) {
    return refuse(Reason::invalid_limit, "use limit");
  }
  const std::uint64_t first = pool.imported + 1;
  Decision events{{KeysImported{c.batch, first, c.keys, c.use_limit}}};
  if (c.release) events->push_back(KeysReleased{{first, c.keys.size()}});
  return events;
}

Decision release(const KeyPool& pool, const ReleaseKeys& c) {
  const auto ranges = ranges_of(pool.waiting_for_release, c.batch);
  if (ranges.empty()) return refuse(Reason::no_unreleased_keys, c.batch.value);
  if (c.at && *c.at > c.occurred_at) {
    if (*c.at > timestamp_max) return refuse(Reason::invalid_time, "release");
    const auto known = pool.scheduled.find(c.batch);
    if (known != pool.scheduled.end() && known->second == *c.at) return Decision{};
    return Decision{{ReleaseScheduled{c.batch, *c.at}}};
  }
  Decision events{std::in_place};
  for (const auto& range : ranges) events->push_back(KeysReleased{range});
  if (pool.scheduled.contains(c.batch)) events->push_back(ScheduleEnded{c.batch});
  return events;
}

Decision withdraw(const KeyPool& pool, const WithdrawKeys& c) {
  if (auto checked = check_reason(c.reason); !checked) return std::unexpected(checked.error());
  if (!is_for_sale(pool, c.batch)) return refuse(Reason::keys_not_there, c.batch.value + " has no key for sale");
  auto keys = free_keys_of(pool, c.batch);
  if (keys.empty() && pool.leaving.contains(c.batch)) return Decision{};
  return Decision{{KeysWithdrawn{std::move(keys), c.reason, c.batch}}};
}

Decision revoke(const KeyPool& pool, const RevokeKeys& c) {
  if (auto checked = check_reason(c.reason); !checked) return std::unexpected(checked.error());
  auto unreleased = ranges_of(pool.waiting_for_release, c.batch);
  auto released = free_keys_of(pool, c.batch);
  if (unreleased.empty() && !is_for_sale(pool, c.batch)) {
    return refuse(Reason::keys_not_there, c.batch.value + " has no key in stock");
  }
  if (unreleased.empty() && released.empty() && is_leaving(pool, c.batch, Leaving::revoked)) return Decision{};
  Decision events{{KeysRevoked{std::move(unreleased), std::move(released), c.reason, c.batch}}};
  if (pool.scheduled.contains(c.batch)) events->push_back(ScheduleEnded{c.batch});
  return events;
}

/// Units that the keys for sale can still serve, up to `wanted`.
struct SharedKeys {
  std::vector<KeyRange> keys{};
  std::uint64_t served{};
};

SharedKeys shared_keys(const KeyPool& pool, std::uint64_t wanted) {
  SharedKeys found;
  for (const auto& staged : pool.for_sale) {
    if (staged.use_limit == 0) {
      found.keys.push_back({staged.keys.first, 1});
      found.served = wanted;
      return found;
    }
    auto key = staged.keys.first;
    for (auto uses = std::uint64_t{staged.use_limit - staged.used}; key < end_of(staged.keys);
         ++key, uses = staged.use_limit) {
      found.keys.push_back({key, 1});
      found.served += std::min(wanted - found.served, uses);
      if (found.served == wanted) return found;
    }
  }
  return found;
}

/// Limited keys that reach their limit leave the sale.
void use_shared_keys(KeyPool& pool, std::uint64_t units) {
  while (units > 0 && !pool.for_sale.empty()) {
    auto& first = pool.for_sale.front();
    if (first.use_limit == 0) return;
    const auto uses = std::min(units, std::uint64_t{first.use_limit - first.used});
    first.used += static_cast<std::uint32_t>(uses);
    units -= uses;
    if (first.used < first.use_limit) return;
    take(pool.for_sale, {first.keys.first, 1});
    --pool.released;
    ++pool.delivered;
  }
}

std::uint64_t units_waiting(const KeyPool& pool) {
  std::uint64_t units = 0;
  for (const auto& waiting : pool.queue) units += static_cast<std::uint64_t>(waiting.quantity.value);
  return units;
}

void leave_queue(KeyPool& pool, const OrderId& order) {
  std::erase_if(pool.queue, [&](const WaitingOrder& waiting) { return waiting.order == order; });
}

}  // namespace

std::string_view name(KeySource source) {
  switch (source) {
    case KeySource::sale:
      return "sale";
    case KeySource::reservation:
      return "reservation";
    case KeySource::waiting:
      return "waiting";
  }
  std::unreachable();
}

Decision decide(const KeyPool& state, const KeyPoolCommand& command, const Product& product) {
  const auto [id, batch] = std::visit([](const auto& c) { return std::pair(c.product, c.batch); }, command);
  const auto* listed = std::get_if<ListedProduct>(&product);
  if (listed == nullptr) return refuse(Reason::unknown_product, id.value);
  const auto fulfilment = listed->added.fulfilment;
  if (!takes_keys(fulfilment)) return refuse(Reason::not_key_product, id.value);
  if (!is_well_formed_id(batch.value)) return refuse(Reason::invalid_id, "batch");
  return std::visit(Overloaded{
                        [&](const ImportKeys& c) { return import(state, c, fulfilment); },
                        [&](const ReleaseKeys& c) { return release(state, c); },
                        [&](const WithdrawKeys& c) { return withdraw(state, c); },
                        [&](const RevokeKeys& c) { return revoke(state, c); },
                    },
                    command);
}

std::vector<KeyPoolEvent> carry_on_leaving(const KeyPool& state) {
  constexpr const char* reason = "as the rest of its batch";
  for (const auto& [batch, leaving] : state.leaving) {
    auto keys = free_keys_of(state, batch);
    if (keys.empty()) continue;
    if (leaving == Leaving::revoked) return {KeysRevoked{{}, std::move(keys), reason, batch}};
    return {KeysWithdrawn{std::move(keys), reason, batch}};
  }
  return {};
}

std::vector<KeyPoolEvent> carry_out_schedule(const KeyPool& state, const BatchId& batch) {
  std::vector<KeyPoolEvent> events;
  for (const auto& range : ranges_of(state.waiting_for_release, batch)) events.push_back(KeysReleased{range});
  events.push_back(ScheduleEnded{batch});
  return events;
}

KeyPool evolve(KeyPool state, const KeyPoolEvent& event) {
  std::visit(Overloaded{
                 [&](const KeysImported& e) {
                   state.imported += e.keys.size();
                   state.unreleased += e.keys.size();
                   add(state.waiting_for_release, {{e.first, e.keys.size()}, e.batch, e.use_limit, 0});
                 },
                 [&](const KeysReleased& e) {
                   state.unreleased -= e.keys.count;
                   state.released += e.keys.count;
                   auto keys = take(state.waiting_for_release, e.keys);
                   if (is_leaving(state, keys.batch, Leaving::withdrawn)) state.leaving.erase(keys.batch);
                   add(state.for_sale, std::move(keys));
                 },
                 [&](const ReleaseScheduled& e) { state.scheduled[e.batch] = e.at; },
                 [&](const ScheduleEnded& e) { state.scheduled.erase(e.batch); },
                 [&](const KeysWithdrawn& e) {
                   for (const auto& range : e.keys) add(state.waiting_for_release, take(state.for_sale, range));
                   state.released -= count_of(e.keys);
                   state.unreleased += count_of(e.keys);
                   if (!is_leaving(state, e.batch, Leaving::revoked))
                     take_from_sale(state, e.batch, Leaving::withdrawn);
                 },
                 [&](const KeysRevoked& e) {
                   for (const auto& range : e.unreleased) take(state.waiting_for_release, range);
                   for (const auto& range : e.released) take(state.for_sale, range);
                   state.unreleased -= count_of(e.unreleased);
                   state.released -= count_of(e.released);
                   state.revoked += count_of(e.unreleased) + count_of(e.released);
                   take_from_sale(state, e.batch, Leaving::revoked);
                 },
             },
             event);
  return state;
}

KeyPool evolve(KeyPool state, const KeysDelivered& event, const OrderId& order) {
  if (event.source == KeySource::waiting) leave_queue(state, order);
  if (event.shared) {
    use_shared_keys(state, static_cast<std::uint64_t>(event.units.value));
    return state;
  }
  for (const auto& range : event.keys) take(state.for_sale, range);
  const auto count = count_of(event.keys);
  (event.source == KeySource::reservation ? state.reserved : state.released) -= count;
  state.delivered += count;
  forget_left(state);
  return state;
}

KeyPool evolve(KeyPool state, const StockAwaited& event, const OrderId& order) {
  state.queue.push_back({order, event.quantity});
  return state;
}

KeyPool evolve(KeyPool state, const StockNoLongerAwaited&, const OrderId& order) {
  leave_queue(state, order);
  return state;
}

KeyPool evolve(KeyPool state, const KeyReplaced& event) {
  take(state.for_sale, {event.new_key, 1});
  --state.released;
  ++state.revoked;
  forget_left(state);
  return state;
}

KeyPool evolve(KeyPool state, const DeliveredKeysRevoked& event) {
  state.delivered -= count_of(event.keys);
  state.revoked += count_of(event.keys);
  return state;
}

KeyPool reserve(KeyPool state, Quantity quantity) {
  state.released -= static_cast<std::uint64_t>(quantity.value);
  state.reserved += static_cast<std::uint64_t>(quantity.value);
  return state;
}

KeyPool free_reserved(KeyPool state, Quantity quantity) {
  state.reserved -= static_cast<std::uint64_t>(quantity.value);
  state.released += static_cast<std::uint64_t>(quantity.value);
  return state;
}

std::optional<std::vector<KeyRange>> next_keys(const KeyPool& pool, Fulfilment fulfilment, Quantity quantity,
                                               KeySource source) {
  auto wanted = static_cast<std::uint64_t>(quantity.value);
  if (fulfilment == Fulfilment::reusable) {
    auto found = shared_keys(pool, wanted);
    return found.served == wanted ? std::optional(std::move(found.keys)) : std::nullopt;
  }
  const auto free = source == KeySource::sale ? keys_to_sell(pool) : pool.released;
  if (source != KeySource::reservation && free < wanted) return std::nullopt;
  std::vector<KeyRange> keys;
  for (const bool leaving : {false, true}) {
    for (const auto& staged : pool.for_sale) {
      if (wanted == 0) break;
      if (pool.leaving.contains(staged.batch) != leaving) continue;
      const auto taken = std::min(wanted, staged.keys.count);
      keys.push_back({staged.keys.first, taken});
      wanted -= taken;
    }
  }
  return keys;
}

std::uint64_t keys_to_sell(const KeyPool& pool) { return pool.released - std::min(pool.released, units_waiting(pool)); }

std::optional<OrderId> next_to_deliver(const KeyPool& pool, Fulfilment fulfilment) {
  if (pool.queue.empty()) return std::nullopt;
  const auto& first = pool.queue.front();
  if (!next_keys(pool, fulfilment, first.quantity, KeySource::waiting)) return std::nullopt;
  return first.order;
}

}  // namespace upline::domain
