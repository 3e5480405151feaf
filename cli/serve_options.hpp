// What `upline serve` is told, and what that makes of a server.
#pragma once

#include "api/server.hpp"
#include "cli/context.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace upline::cli {

struct ServeOptions {
  ShopOptions shop;
  std::string listen{"127.0.0.1:8080"};
  std::string tls_certificate{};
  std::string tls_key{};
  bool is_behind_proxy{};
  std::vector<std::string> allowed_origins{};
  bool sends_to_private_addresses{};
  std::size_t connections{api::TransportOptions{}.connections_max};
  std::size_t connections_per_address{api::TransportOptions{}.connections_per_client};
  std::size_t buffers_mib{api::TransportOptions{}.buffer_bytes_max >> 20U};
  double rate_per_token{};
  double rate_per_address{api::AdmissionOptions{}.per_address.per_second};
  std::string drain_delay{"0s"};
  std::string log_format{"text"};
  std::string log_level{"info"};
};

void add_serve_options(CLI::App& verb, ServeOptions& options);

/// Flags go before settings. Throws UsageError.
api::ServerOptions server_options(const ServeOptions& options);

/// How long the server still answers, as one that is leaving, before it stops accepting. Throws UsageError.
std::chrono::milliseconds drain_delay_of(const ServeOptions& options);

}  // namespace upline::cli
