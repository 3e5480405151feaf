#include "eventstore/sealing.hpp"

#include <optional>
#include <string_view>

namespace upline::eventstore {

namespace {

using namespace domain;

/// A row that an attempt left behind which was cut short before the log had it belongs to no order: it goes.
void keep_lookup(const OrderId& order, const OrderPlaced& placed, const Request& request, Vault& vault) {
  if (!placed.contact || request.query_secret.empty()) return vault.drop_lookup(order);
  vault.put_lookup(order, placed.member, {.contact = request.contact, .secret = request.query_secret});
}

void seal(const TextName& name, std::string_view text, std::optional<SealedText>& named, Vault& vault) {
  const auto sealed = vault.seal_text(name, text);
  vault.put_text(name, sealed);
  named = sealed.named;
}

}  // namespace

void seal_texts(NewEvents& events, const Request& request, ShopState& state, Vault& vault) {
  for (auto& event : events) {
    const OrderId order{event.stream.id};
    if (auto* placed = std::get_if<OrderPlaced>(&event.event)) {
      if (placed->contact) seal(contact_name(order, placed->member), request.contact, placed->contact, vault);
      keep_lookup(order, *placed, request, vault);
    } else if (auto* delivered = std::get_if<OrderDelivered>(&event.event); delivered != nullptr && delivered->text) {
      seal(delivery_name(order, terms_of(state.order(order))->member), request.text, delivered->text, vault);
    }
  }
}

}  // namespace upline::eventstore
