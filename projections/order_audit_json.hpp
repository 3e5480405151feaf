// An order's audit for programs: the same over HTTP and on the command line.
#pragma once

#include "projections/order_audit.hpp"

#include <nlohmann/json_fwd.hpp>

namespace upline::projections {

nlohmann::ordered_json order_audit_json(const OrderAudit& audit);

}  // namespace upline::projections
