// Answers about the referral tree, as the routes of members.cpp give them: written without a tree of JSON, since a
// downline may have a hundred thousand levels. Ids need no escapes.
#pragma once

#include "api/hot_read.hpp"
#include "projections/referral_live_tree.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace upline::api {

/// {"member": …, "by_level": […]}
std::string downline_text(std::string_view member, const std::vector<std::uint64_t>& by_level);

/// The answer to a read of an upline, a downline or a level of one; nothing where it takes too long.
std::optional<std::string> tree_text(const projections::LiveTree& tree, projections::Place member, const HotRead& read);

}  // namespace upline::api
