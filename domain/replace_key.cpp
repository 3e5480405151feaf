#include "domain/replace_key.hpp"

#include <algorithm>
#include <string>

namespace upline::domain {

namespace {

using Decision = std::expected<NewEvents, Rejection>;

bool holds(const DeliveredOrder& order, std::uint64_t key) {
  return std::ranges::any_of(order.keys, [&](const KeyRange& r) { return r.first <= key && key < r.first + r.count; });
}

}  // namespace

Decision decide(const Order& state, const KeyPool& pool, const ReplaceKey& command) {
  const auto& id = command.order.value;
  if (std::holds_alternative<NoOrder>(state)) return refuse(Reason::unknown_order, id);
  const auto* order = std::get_if<DeliveredOrder>(&state);
  if (order == nullptr) return refuse(Reason::key_not_held, id + " is not delivered");
  const bool replaced_before =
      std::ranges::any_of(order->replaced, [&](const KeyReplacement& r) { return r.old_key == command.key; });
  if (replaced_before) return Decision{};
  if (order->shared || !holds(*order, command.key)) {
    return refuse(Reason::key_not_held, id + " holds no key " + std::to_string(command.key));
  }
  if (order->refunded == order->terms.amount_due && order->refunded > Minor{0}) {
    return refuse(Reason::order_refunded, id);
  }
  if (command.reason.empty()) return refuse(Reason::reason_missing, id);
  if (!is_plain_text(command.reason, reason_bytes_max)) return refuse(Reason::invalid_text, "reason");
  const auto next = next_keys(pool, Fulfilment::key_pool, Quantity{1}, KeySource::sale);
  if (!next) return refuse(Reason::out_of_stock, order->terms.product.value);
  return NewEvents{{stream_of(command.order), command.occurred_at,
                    KeyReplaced{order->terms.product, command.key, next->front().first, command.reason}}};
}

}  // namespace upline::domain
