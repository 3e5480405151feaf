// How many decimals each currency of a shop has.
#pragma once

#include "domain/currency.hpp"
#include "eventstore/event_store.hpp"

#include <functional>
#include <string_view>

namespace upline::eventstore {

/// 0 for a currency that the shop does not know.
using ExponentOf = std::function<domain::Exponent(std::string_view currency)>;

/// As the shop's policy has it now: reads its stream once, some 5 microseconds an event.
ExponentOf exponents_of(EventStore& store);

}  // namespace upline::eventstore
