// The member that a path names.
#pragma once

#include "api/endpoint.hpp"

#include <fmt/format.h>

namespace upline::api {

/// Throws Refused: 404 where there was no such member by then.
inline projections::MemberCard known_member(Reader& reader, const Call& call, const projections::AsOf& as_of) {
  const auto id = call.id<domain::MemberId>("member");
  auto card = reader.models.tree().member(as_of, id);
  if (!card) refuse_unknown("unknown_member", fmt::format("There is no member {}.", id.value));
  return std::move(*card);
}

}  // namespace upline::api
