// A member's audit, told to a person or given to a program.
#pragma once

#include "cli/order_audit_out.hpp"
#include "projections/member_audit.hpp"

#include <iosfwd>

#include <nlohmann/json_fwd.hpp>

namespace upline::cli {

void print_member_audit(std::ostream& out, const projections::MemberAudit& audit, const ExponentOf& exponent_of);

nlohmann::ordered_json member_audit_json(const projections::MemberAudit& audit);

}  // namespace upline::cli
