// Who asks, as its access token says.
#pragma once

#include "domain/ids.hpp"
#include "eventstore/role.hpp"

#include <string>

namespace upline::api {

/// Without a token id it is whoever sits at this machine, before a shop that has no tokens: there, that is the
/// merchant.
struct Caller {
  std::string token_id{};
  eventstore::Role role{};
  domain::MemberId member{};  // whose books a promoter sees; empty for others

  bool is_promoter() const { return role == eventstore::Role::promoter; }
  /// For the log.
  std::string actor() const { return token_id.empty() ? "http" : "token:" + token_id; }
};

}  // namespace upline::api
