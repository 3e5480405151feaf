#include "api/client_address.hpp"

#include "api/listen_address.hpp"
#include "domain/text.hpp"

#include <string_view>

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

}  // namespace upline::api
