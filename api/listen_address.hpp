// Where the server listens.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace upline::api {

struct ListenAddress {
  std::string host{"127.0.0.1"};  // an address of IPv4 or IPv6, without brackets
  std::uint16_t port{};           // 0: any that is free
};

/// From "127.0.0.1:8080", "[::1]:8080" or "localhost:8080". The error is a sentence on what to write instead.
std::expected<ListenAddress, std::string> parse_listen_address(std::string_view text);

/// "127.0.0.1:8080", "[::1]:8080"
std::string to_string(const ListenAddress& address);

/// Of IPv4 or IPv6, without brackets.
bool is_address(const std::string& host);

bool is_loopback(const ListenAddress& address);

}  // namespace upline::api
