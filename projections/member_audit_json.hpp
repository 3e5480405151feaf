// A member's audit for programs: the same over HTTP and on the command line.
#pragma once

#include "projections/member_audit.hpp"

#include <nlohmann/json_fwd.hpp>

namespace upline::projections {

nlohmann::ordered_json member_audit_json(const MemberAudit& audit);

}  // namespace upline::projections
