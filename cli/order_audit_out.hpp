// An order's audit, told to a person.
#pragma once

#include "projections/order_audit.hpp"

#include <functional>
#include <iosfwd>

namespace upline::cli {

/// Decimals of a currency in this shop.
using ExponentOf = std::function<int(const domain::Currency&)>;

void print_order_audit(std::ostream& out, const projections::OrderAudit& audit, const ExponentOf& exponent_of);

}  // namespace upline::cli
