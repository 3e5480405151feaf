// An order's audit, told to a person or given to a program.
#pragma once

#include "projections/order_audit.hpp"

#include <functional>
#include <iosfwd>

#include <nlohmann/json_fwd.hpp>

namespace upline::cli {

/// Decimals of a currency in this shop.
using ExponentOf = std::function<int(const domain::Currency&)>;

void print_order_audit(std::ostream& out, const projections::OrderAudit& audit, const ExponentOf& exponent_of);

nlohmann::ordered_json order_audit_json(const projections::OrderAudit& audit);

}  // namespace upline::cli
