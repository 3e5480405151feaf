#include "api/exposure.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace upline::api;

namespace {

const ListenAddress everywhere{"0.0.0.0", 8080};
const ListenAddress here{"127.0.0.1", 8080};

/// The reason, or nothing.
std::string refusal(const Exposure& exposure) { return refuse_exposure(exposure).value_or(""); }

}  // namespace

TEST_CASE("on this machine a shop is served without anything", "[exposure]") {
  CHECK(refusal({.listen = here, .shops_without_tokens = {"kami"}}).empty());
  CHECK(refusal({.listen = {"::1", 8080}, .shops_without_tokens = {"kami"}}).empty());
  CHECK(refusal({.listen = here}).empty());
}

TEST_CASE("other machines reach a shop with tokens only", "[exposure]") {
  const std::string sentence =
      "0.0.0.0:8080 can be reached from other machines, and shop 'kami' has no access token: make one with: upline "
      "token create --shop kami --role merchant";
  CHECK(refusal({.listen = everywhere, .shops_without_tokens = {"kami", "vpn"}}) == sentence);
  CHECK(refusal({.listen = everywhere, .has_tls = true, .shops_without_tokens = {"kami"}}) == sentence);
  CHECK(refusal({.listen = everywhere, .is_behind_proxy = true, .shops_without_tokens = {"kami"}}) == sentence);
}

TEST_CASE("other machines reach a shop by TLS or through a proxy only", "[exposure]") {
  CHECK(refusal({.listen = {"2001:db8::1", 443}}) ==
        "[2001:db8::1]:443 can be reached from other machines, and tokens and keys would cross the network in clear "
        "text: give --tls-certificate and --tls-key, or --behind-proxy where a proxy does TLS");
  CHECK(refusal({.listen = everywhere, .has_tls = true}).empty());
  CHECK(refusal({.listen = everywhere, .is_behind_proxy = true}).empty());
}

TEST_CASE("what a proxy passes on comes from elsewhere, although it arrives on loopback", "[exposure]") {
  CHECK(refusal({.listen = here, .is_behind_proxy = true, .shops_without_tokens = {"kami"}}) ==
        "a proxy lets other machines in, and shop 'kami' has no access token: make one with: upline token create "
        "--shop kami --role merchant");
  CHECK(refusal({.listen = here, .is_behind_proxy = true}).empty());
}
