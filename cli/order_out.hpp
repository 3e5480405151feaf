// An order as it is now, told to a person or given to a program. Its keys are named by their numbers, never shown.
#pragma once

#include "cli/order_audit_out.hpp"
#include "domain/ids.hpp"
#include "domain/order.hpp"

#include <iosfwd>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace upline::cli {

/// `Order o1 is delivered: keys 1-2.`
std::string order_sentence(const domain::OrderId& id, const domain::Order& order, const ExponentOf& exponent_of);

/// The sentence, and what was bought, paid and refunded.
void print_order(std::ostream& out, const domain::OrderId& id, const domain::Order& order,
                 const ExponentOf& exponent_of);

/// With the numbers of the keys that it holds.
nlohmann::ordered_json order_answer(const domain::OrderId& id, const domain::Order& order);

}  // namespace upline::cli
