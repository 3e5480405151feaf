// Where a webhook may be sent.
#include "api/webhooks/target_address.hpp"

#include "tests/api/webhooks/hooked_shop.hpp"

#include <string>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>

using namespace upline;
using namespace upline::tests;

namespace {

bool is_public(const std::string& text) {
  sockaddr_storage storage{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
  } else if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
  } else {
    throw std::logic_error(text);
  }
  return api::is_public(reinterpret_cast<const sockaddr&>(storage));
}

}  // namespace

TEST_CASE("addresses of this machine and of inner networks are not public, however they are written", "[webhook]") {
  for (const auto* address : {"0.0.0.0",
                              "10.1.2.3",
                              "100.64.0.1",
                              "100.127.255.255",
                              "127.0.0.1",
                              "127.255.0.9",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.0.0.1",
                              "192.168.1.1",
                              "198.18.0.1",
                              "198.19.255.255",
                              "224.0.0.1",
                              "239.255.255.255",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "fe80::1",
                              "fc00::1",
                              "fd00:ec2::254",
                              "ff02::1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "64:ff9b::a9fe:a9fe",
                              "64:ff9b:1::1",
                              "2002:7f00:1::",
                              "2002:0a00:0001::1",
                              "2001::1",
                              "2001:db8::1",
                              "3fff::1",
                              "100::1",
                              "::127.0.0.1",
                              "fec0::1"}) {
    INFO(address);
    CHECK_FALSE(is_public(address));
  }
}

TEST_CASE("addresses of the internet are public, also right beside those that are not", "[webhook]") {
  for (const auto* address :
       {"1.1.1.1",     "9.255.255.255",   "11.0.0.0",         "100.63.255.255",    "100.128.0.0",     "126.255.255.255",
        "128.0.0.0",   "169.253.255.255", "169.255.0.0",      "172.15.255.255",    "172.32.0.0",      "192.167.255.255",
        "192.169.0.0", "198.17.255.255",  "198.20.0.0",       "223.255.255.255",   "2606:4700::1111", "2001:200::1",
        "2a00::1",     "::ffff:1.1.1.1",  "64:ff9b::101:101", "2002:0101:0101::1", "3fff:1000::1"}) {
    INFO(address);
    CHECK(is_public(address));
  }
  sockaddr local{};
  local.sa_family = AF_UNIX;
  CHECK_FALSE(api::is_public(local));
}

TEST_CASE("a delivery to this machine is refused, and the webhook says why, unless the operator allows it",
          "[webhook]") {
  Receiver receiver;
  auto options = hasty_webhooks();
  options.client.allows_private_addresses = false;
  HookedShop shop(options);
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    const auto address = receiver.url();
    const auto url = "http://" + host + address.substr(address.rfind(':'));
    INFO(url);
    const auto hook = shop.hook(url);
    shop.sell("to-" + host);
    const auto state = shop.await_state(hook, [](const auto& now) { return now["failing"] > 0; });
    const auto error = state["last_error"].get<std::string>();
    CHECK(error.find("private network") != std::string::npos);
    CHECK(error.find("--webhooks-to-private-addresses") != std::string::npos);
  }
  CHECK(receiver.received().empty());
}
