#include "eventstore/delivered_keys.hpp"

#include <utility>

namespace upline::eventstore {

std::vector<DeliveredKey> delivered_keys(Vault& vault, const domain::DeliveredOrder& order) {
  std::vector<DeliveredKey> keys;
  for (const auto& range : order.keys) {
    auto number = range.first;
    for (auto& secret : vault.reveal(order.terms.product, range)) keys.push_back({number++, std::move(secret)});
  }
  return keys;
}

std::optional<std::string> delivered_text(Vault& vault, const domain::OrderId& id,
                                          const domain::DeliveredOrder& order) {
  return order.text ? vault.text(delivery_name(id, order.terms.member)) : std::nullopt;
}

}  // namespace upline::eventstore
