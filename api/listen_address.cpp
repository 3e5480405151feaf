#include "api/listen_address.hpp"

#include "domain/text.hpp"
#include "eventstore/this_machine.hpp"

#include <cstdint>
#include <optional>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

namespace upline::api {

namespace {

struct HostAndPort {
  std::string host{};
  std::string_view port{};
};

/// An IPv6 address stands in brackets, since it has colons of its own.
std::optional<HostAndPort> split(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto host = text.substr(0, colon);
  const bool in_brackets = host.starts_with('[') && host.ends_with(']');
  if (in_brackets) host = host.substr(1, host.size() - 2);
  if (host.empty() || (host.find(':') != std::string_view::npos) != in_brackets) return std::nullopt;
  return HostAndPort{std::string(host), text.substr(colon + 1)};
}

}  // namespace

std::expected<ListenAddress, std::string> parse_listen_address(std::string_view text) {
  auto parts = split(text);
  if (!parts) {
    return std::unexpected(
        fmt::format("'{}' is no address to listen on: write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080", text));
  }
  const auto port = domain::whole_number<std::uint16_t>(parts->port);
  if (!port) {
    return std::unexpected(
        fmt::format("'{}' is no port: it is a number from 0 (any that is free) to 65535", parts->port));
  }
  if (parts->host == "localhost") parts->host = "127.0.0.1";
  if (!is_address(parts->host)) {
    return std::unexpected(fmt::format("'{}' is no address of this machine: write 127.0.0.1 or [::1]", parts->host));
  }
  return ListenAddress{std::move(parts->host), *port};
}

std::string to_string(const ListenAddress& address) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", is_v6 ? "[" : "", address.host, is_v6 ? "]" : "", address.port);
}

bool is_address(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 || ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_loopback(const ListenAddress& address) { return eventstore::is_this_machine(address.host); }

}  // namespace upline::api
