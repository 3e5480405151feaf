#include "api/client_address.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::api;

namespace {

/// Whom a request with these X-Forwarded-For headers comes from, when the proxy is 10.0.0.1.
std::string client(const std::vector<std::string>& forwarded) {
  Request request{.peer_address = "10.0.0.1"};
  for (const auto& value : forwarded) request.headers.push_back({"x-forwarded-for", value});
  return client_address(request);
}

}  // namespace

TEST_CASE("behind a proxy the client is whom the proxy named last", "[client_address]") {
  CHECK(client({"203.0.113.7"}) == "203.0.113.7");
  CHECK(client({"2001:db8::7"}) == "2001:db8::7");
  CHECK(client({"1.1.1.1, 203.0.113.7"}) == "203.0.113.7");
  CHECK(client({"1.1.1.1,2.2.2.2 ,\t203.0.113.7 "}) == "203.0.113.7");
}

TEST_CASE("a client that sends a header of its own does not change who it is", "[client_address]") {
  CHECK(client({"6.6.6.6", "203.0.113.7"}) == "203.0.113.7");
  CHECK(client({"6.6.6.6, 7.7.7.7", "203.0.113.7"}) == "203.0.113.7");
}

TEST_CASE("what is no address names nobody", "[client_address]") {
  for (const auto* text : {"", " ", ",", "unknown", "203.0.113.7,", "203.0.113.7:80", "[2001:db8::7]", "1.2.3.4.5"}) {
    INFO(text);
    CHECK(client({text}) == "10.0.0.1");
  }
  CHECK(client({}) == "10.0.0.1");
}

TEST_CASE("an address of IPv6 stands for its network, one of this machine for nobody", "[client_address]") {
  CHECK(client_of("203.0.113.7") == "203.0.113.7");
  CHECK(client_of("::ffff:203.0.113.7") == "203.0.113.7");
  CHECK(client_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
  CHECK(client_of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64");
  CHECK(client_of("2001:db8:1:3::1") == "2001:db8:1:3::/64");
  CHECK(client_of("fe80::1%eth0") == "fe80::/64");
  for (const auto* own : {"127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"}) {
    INFO(own);
    CHECK(!client_of(own));
  }
  CHECK(client_of("") == "");
}
