#include "eventstore/this_machine.hpp"

#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace upline::eventstore {

bool is_this_machine(std::string_view host) {
  if (host == "localhost") return true;
  const bool is_bracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  const std::string address(is_bracketed ? host.substr(1, host.size() - 2) : host);
  in_addr v4{};
  if (!is_bracketed && ::inet_pton(AF_INET, address.c_str(), &v4) == 1) {
    return (ntohl(v4.s_addr) >> 24U) == IN_LOOPBACKNET;
  }
  in6_addr v6{};
  return ::inet_pton(AF_INET6, address.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace upline::eventstore
