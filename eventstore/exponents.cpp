#include "eventstore/exponents.hpp"

#include "eventstore/stream_states.hpp"

#include <string>

namespace upline::eventstore {

ExponentOf exponents_of(EventStore& store) {
  return [policy = read_policy(store)](std::string_view currency) {
    const auto* shop = std::get_if<domain::OpenedShop>(&policy);
    const auto exponent = shop != nullptr ? domain::exponent_of(*shop, {std::string(currency)}) : std::nullopt;
    return exponent.value_or(domain::Exponent{0});
  };
}

}  // namespace upline::eventstore
