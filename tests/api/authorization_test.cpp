#include "api/authorization.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace upline::api;

namespace {

const Caller bobs{"id", Role::promoter, {"bob"}};
const Caller auditor{"id", Role::auditor, {}};

Route<Endpoint> for_roles(const Roles& roles) { return {"GET", "/v1/shops/{shop}/reports/{report}", {.roles = roles}}; }

/// 0 where nothing is refused.
unsigned refusal(const Caller& caller, const Route<Endpoint>& route, const Parameters& path) {
  const auto refused = refuse(caller, route, path);
  return refused ? refused->status : 0;
}

}  // namespace

TEST_CASE("a route is for the roles of its row", "[authorization]") {
  CHECK(refusal(auditor, for_roles({Role::auditor, Role::merchant}), {}) == 0);
  CHECK(refusal(auditor, for_roles({Role::merchant}), {}) == 403);
  CHECK(refusal(auditor, for_roles({}), {}) == 403);
  CHECK(refusal(auditor, for_roles(Roles::anybody()), {}) == 0);
}

TEST_CASE("a route without a member is not for a promoter, whatever its row says", "[authorization]") {
  CHECK(refusal(bobs, for_roles({Role::promoter}), Parameters({{"report", "bob"}})) == 403);
}

TEST_CASE("a promoter is shown the member of its token, to the letter", "[authorization]") {
  const auto route = for_roles({Role::promoter});
  CHECK(refusal(bobs, route, Parameters({{"member", "bob"}})) == 0);
  for (const auto* other : {"alice", "Bob", "bob ", "bo", "bobby", ""}) {
    CHECK(refusal(bobs, route, Parameters({{"member", other}})) == 404);
  }
  CHECK(refusal({"id", Role::promoter, {}}, route, Parameters({{"member", "bob"}})) == 404);
}
