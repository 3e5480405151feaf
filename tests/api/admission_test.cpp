#include "api/admission.hpp"

#include "tests/api/hand_clock.hpp"

#include <optional>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::api;
using namespace upline::tests;
using namespace std::chrono_literals;

namespace {

std::string retry_after(const Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (name == "Retry-After") return value;
  }
  return "none";
}

bool is_shed_for(const Response& response, ShedFor reason) {
  return response.shed && response.shed->reason == reason && response.shed->requests == 1;
}

}  // namespace

TEST_CASE("addresses are limited where there is no token, and this machine never", "[peak]") {
  HandClock clock;
  Admission admission({.per_address = {.per_second = 1, .burst = 1}}, clock.source());
  const Admission::Caller stranger{.address = "203.0.113.7"};
  CHECK(!admission.limit(stranger));
  const auto refused = admission.limit(stranger);
  REQUIRE(refused);
  CHECK(refused->status == 429);
  CHECK(retry_after(*refused) == "1");
  for (int i = 0; i < 100; ++i) {
    CHECK(!admission.limit({.token = "t1", .address = "203.0.113.7"}));
    CHECK(!admission.limit({.address = "127.0.0.1"}));
    CHECK(!admission.limit({.address = "::1"}));
  }
  CHECK(is_shed_for(*refused, ShedFor::address));
}

TEST_CASE("all addresses of one network of IPv6 have one share", "[peak]") {
  HandClock clock;
  Admission admission({.per_address = {.per_second = 1, .burst = 2}}, clock.source());
  CHECK(!admission.limit({.address = "2001:db8::1"}));
  CHECK(!admission.limit({.address = "2001:db8::2"}));
  CHECK(admission.limit({.address = "2001:db8::ffff:3"}));
  CHECK(!admission.limit({.address = "2001:db8:0:1::1"}));
}

TEST_CASE("a token is limited wherever it is used from", "[peak]") {
  HandClock clock;
  Admission admission({.per_token = {.per_second = 0.25, .burst = 2}}, clock.source());
  CHECK(!admission.limit({.token = "t1", .address = "203.0.113.7"}));
  CHECK(!admission.limit({.token = "t1", .address = "203.0.113.8"}));
  const auto refused = admission.limit({.token = "t1", .address = "127.0.0.1"});
  REQUIRE(refused);
  CHECK(refused->status == 429);
  CHECK(retry_after(*refused) == "4");
  CHECK(!admission.limit({.token = "t2", .address = "203.0.113.7"}));
  CHECK(is_shed_for(*refused, ShedFor::token));
}

TEST_CASE("a place is taken until the answer is given, or nobody gives one", "[peak]") {
  HandClock clock;
  Admission admission({.gate = {.at_first = 4}}, clock.source());
  Gate pen({.at_first = 4}, clock.source());
  std::vector<unsigned> answered;
  Respond respond = [&](Response response) { answered.push_back(response.status); };
  CHECK(!admission.let_in(Importance::payment, &pen, respond));
  CHECK(admission.gate().under_way() == 1);
  CHECK(pen.under_way() == 1);
  respond(Response{.status = 201});
  CHECK(answered == std::vector{201U});
  CHECK(admission.gate().under_way() == 0);
  CHECK(pen.under_way() == 0);
  {
    Respond forgotten = [](Response) {};
    CHECK(!admission.let_in(Importance::payment, &pen, forgotten));
    CHECK(pen.under_way() == 1);
  }
  CHECK(admission.gate().under_way() == 0);
  CHECK(pen.under_way() == 0);
  CHECK(admission.counts().admitted_of(Importance::payment) == 2);
}

TEST_CASE("what finds no room is refused at once and can still be answered", "[peak]") {
  HandClock clock;
  Admission admission({.gate = {.at_first = 4}}, clock.source());
  Gate pen({.at_first = 4}, clock.source());
  std::vector<Respond> waiting(3);
  for (auto& respond : waiting) {
    respond = [](Response) {};
    CHECK(!admission.let_in(Importance::order, &pen, respond));
  }
  std::optional<Response> told;
  Respond respond = [&](Response response) { told = std::move(response); };
  auto refused = admission.let_in(Importance::order, &pen, respond);
  REQUIRE(refused);
  CHECK(refused->status == 503);
  CHECK(retry_after(*refused) == "1");
  CHECK(is_shed_for(*refused, ShedFor::server));
  respond(std::move(*refused));
  CHECK(told->status == 503);
  CHECK(admission.gate().under_way() == 3);
  CHECK(!admission.let_in(Importance::payment, &pen, respond));
}

TEST_CASE("a shop whose pen is slow leaves the server's room to the others", "[peak]") {
  HandClock clock;
  Admission admission({.gate = {.at_first = 1000}}, clock.source());
  Gate slow({.at_first = 4}, clock.source());  // 6 payments
  Gate other({.at_first = 4}, clock.source());
  std::vector<Respond> waiting(6);
  for (auto& respond : waiting) {
    respond = [](Response) {};
    CHECK(!admission.let_in(Importance::payment, &slow, respond));
  }
  Respond respond = [](Response) {};
  const auto refused = admission.let_in(Importance::payment, &slow, respond);
  REQUIRE(refused);
  CHECK(is_shed_for(*refused, ShedFor::shop));
  CHECK(admission.gate().under_way() == 6);
  CHECK(!admission.let_in(Importance::payment, &other, respond));
}
