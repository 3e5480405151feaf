// A member as a program sees it: the same over HTTP and on the command line.
#pragma once

#include "projections/referral_tree.hpp"

#include <nlohmann/json_fwd.hpp>

namespace upline::projections {

nlohmann::ordered_json card_json(const MemberCard& card);

}  // namespace upline::projections
