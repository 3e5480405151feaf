// The server: every shop of a data folder behind one address.
#pragma once

#include "api/admission.hpp"
#include "api/cors.hpp"
#include "api/event_tail.hpp"
#include "api/listen_address.hpp"
#include "api/telemetry.hpp"
#include "api/transport.hpp"
#include "api/webhooks/options.hpp"
#include "eventstore/writer.hpp"
#include "projections/settling.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace upline::api {

/// It would be reached by those who must not; the message says by whom, and what to do.
class ServingRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ServerOptions {
  std::filesystem::path data{};
  std::filesystem::path vault_key{};
  TransportOptions transport{};
  TelemetryOptions telemetry{};
  WebhookOptions webhooks{};
  bool is_behind_proxy{};                      // which does TLS, and says in X-Forwarded-For who calls
  std::vector<std::string> allowed_origins{};  // whose pages may read the answers; as parse_origin() has them
  std::size_t workers{8};                      // threads for queries and for making answers
  std::size_t work_queue_max{4096};            // of each importance
  std::size_t write_queue_max{eventstore::WriterOptions{}.queue_max};  // of each shop
  std::size_t signatures_max{256};                                     // of requests without a token, checked at once
  AdmissionOptions admission{};
  EventStreamOptions event_streams{};
  projections::SettlingOptions settling{};
};

class Server {
 public:
  /// Opens the shops, and listens when it returns. Throws ServingRefused, ListenError, TlsError, ShopNotFound where the
  /// folder holds no shop, and what opening a shop throws.
  explicit Server(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const ListenAddress& address() const;

  /// What was let in and what was shed.
  const Admission& admission() const;

  /// See Transport::reload_certificate. From any thread.
  void reload_certificate();

  /// From here on /readyz fails, and each answer is the last of its connection: those in front send new requests
  /// elsewhere, and what still comes is answered.
  void send_away();

  /// Stops accepting, finishes what was accepted, writes and answers it, and closes the shops.
  void stop(std::chrono::milliseconds drain);

 private:
  class Service;
  std::unique_ptr<Service> service_;
};

}  // namespace upline::api
