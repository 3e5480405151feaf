#include "api/client_address.hpp"

#include "api/listen_address.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

namespace upline::api {

std::string client_address(const Request& request) {
  std::string_view forwarded;
  for (const auto& header : request.headers) {
    if (equal_ignoring_case(header.name, "X-Forwarded-For")) forwarded = header.value;
  }
  const auto comma = forwarded.rfind(',');
  if (comma != std::string_view::npos) forwarded.remove_prefix(comma + 1);
  std::string address(domain::trimmed(forwarded));
  return is_address(address) ? address : request.peer_address;
}

namespace {

constexpr std::string_view ipv4_in_ipv6 = "::ffff:";  // as a socket that takes both says it

}  // namespace

std::optional<std::string> client_of(const std::string& address) {
  auto text = address.substr(0, address.find('%'));
  if (text.starts_with(ipv4_in_ipv6) && text.find('.') != std::string::npos) text.erase(0, ipv4_in_ipv6.size());
  if (text == "::1" || text.starts_with("127.")) return std::nullopt;
  ::in6_addr bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), &bytes) != 1) return text;
  std::fill(std::begin(bytes.s6_addr) + 8, std::end(bytes.s6_addr), std::uint8_t{0});
  std::array<char, INET6_ADDRSTRLEN> network{};
  ::inet_ntop(AF_INET6, &bytes, network.data(), network.size());
  return fmt::format("{}/64", network.data());
}

}  // namespace upline::api
