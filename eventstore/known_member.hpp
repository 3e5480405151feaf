// What a shop's state has of a member in memory.
#pragma once

#include "domain/ids.hpp"
#include "domain/member.hpp"

#include <optional>
#include <unordered_map>

namespace upline::eventstore {

struct KnownMember {
  domain::Member state{};
  std::optional<bool> has_purchased{};  // once somebody asked, or at the enrolment
};

using KnownMembers = std::unordered_map<domain::MemberId, KnownMember>;

/// Read from the log as it was at a position.
struct MembersRead {
  domain::Position as_of{};
  KnownMembers members{};
};

}  // namespace upline::eventstore
