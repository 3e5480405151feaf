// What a shop's state knows of a member.
#pragma once

#include "domain/ids.hpp"
#include "domain/member.hpp"
#include "eventstore/event_store.hpp"

#include <optional>
#include <vector>

namespace upline::eventstore {

struct KnownMember {
  domain::Member state{};
  std::optional<bool> has_purchased{};       // once somebody asked, or at the enrolment
  std::optional<StreamHead> account_head{};  // where it ends: once something was appended to it, or it was read ahead
};

struct MemberRead {
  domain::MemberId id{};
  KnownMember known{};
};

/// Read from the log as it was at a position.
struct MembersRead {
  domain::Position as_of{};
  std::vector<MemberRead> members{};
};

}  // namespace upline::eventstore
