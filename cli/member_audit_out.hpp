// A member's audit, told to a person.
#pragma once

#include "cli/order_audit_out.hpp"
#include "projections/member_audit.hpp"

#include <iosfwd>

namespace upline::cli {

void print_member_audit(std::ostream& out, const projections::MemberAudit& audit, const ExponentOf& exponent_of);

}  // namespace upline::cli
