#include "api/listen_address.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace upline::api;

namespace {

/// What is understood, or the sentence on what is wrong.
std::string understood(std::string_view text) {
  const auto address = parse_listen_address(text);
  return address ? to_string(*address) : address.error();
}

}  // namespace

TEST_CASE("addresses are understood in their usual forms", "[listen]") {
  CHECK(understood("127.0.0.1:8080") == "127.0.0.1:8080");
  CHECK(understood("127.1.2.3:0") == "127.1.2.3:0");
  CHECK(understood("[::1]:65535") == "[::1]:65535");
  CHECK(understood("localhost:80") == "127.0.0.1:80");
  for (const auto* text : {"0.0.0.0:8080", "192.168.1.2:8080", "[::]:8080", "[2001:db8::1]:8080"}) {
    CHECK(understood(text) == text);
  }
}

TEST_CASE("which addresses other machines cannot reach is known", "[listen]") {
  for (const auto* host : {"127.0.0.1", "127.1.2.3", "::1"}) CHECK(is_loopback({host, 80}));
  for (const auto* host : {"0.0.0.0", "192.168.1.2", "128.0.0.1", "::", "2001:db8::1", "::ffff:192.168.1.2", "", "x"}) {
    CHECK_FALSE(is_loopback({host, 80}));
  }
}

TEST_CASE("what is no address is refused, with what to write instead", "[listen]") {
  for (const auto* text : {"", "8080", "127.0.0.1", ":8080", "[]:8080", "::1:8080", "[127.0.0.1]:8080"}) {
    CHECK(understood(text) == "'" + std::string(text) +
                                  "' is no address to listen on: write HOST:PORT, such as 127.0.0.1:8080 or "
                                  "[::1]:8080");
  }
  for (const auto* port : {"", "x", "-1", "65536", "80x", " 80", "+80"}) {
    CHECK(understood("127.0.0.1:" + std::string(port)) ==
          "'" + std::string(port) + "' is no port: it is a number from 0 (any that is free) to 65535");
  }
  CHECK(understood("example.org:80") == "'example.org' is no address of this machine: write 127.0.0.1 or [::1]");
}
