// Where a webhook may be sent: to the internet, and not to this machine or the network that it stands in, unless the
// operator says so. Judged by the address that is connected to, whatever name led there.
#pragma once

struct sockaddr;

namespace upline::api {

/// False for loopback, private, link-local (where clouds keep their metadata), unique-local, shared, multicast and
/// reserved addresses, also where IPv6 wraps such an address of IPv4, and for what is neither IPv4 nor IPv6.
bool is_public(const sockaddr& address);

}  // namespace upline::api
