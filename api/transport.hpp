// HTTP/1.1 on a listening address: bytes in, requests out; answers in, bytes out. Knows no route and no shop.
#pragma once

#include "api/http.hpp"
#include "api/listen_address.hpp"
#include "api/tls.hpp"
#include "api/transport_observer.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace upline::api {

/// The address cannot be listened on; the message says which, and why.
class ListenError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct TransportOptions {
  ListenAddress listen{};
  std::optional<TlsFiles> tls{};  // without: plain HTTP
  std::size_t io_threads{2};
  std::size_t connections_max{16'384};  // beyond them: 503
  std::size_t header_bytes_max{std::size_t{16} << 10U};
  std::size_t body_bytes_max{std::size_t{1} << 20U};
  std::size_t buffer_bytes_max{std::size_t{256} << 20U};  // bodies and answers of all connections; beyond them: 503
  /// Whom connections from an address count for; nothing: for nobody. Not set: nobody is counted.
  std::function<std::optional<std::string>(const std::string& address)> client_of{};
  std::size_t connections_per_client{512};  // beyond them: 429
  // For the handshake of TLS, and from the first byte of a request to the end of its header.
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds body_timeout{30'000};     // from there to the end of its body
  std::chrono::milliseconds handler_timeout{30'000};  // from there to the answer, else 503
  // Without a byte of the answer being taken; of a stream, without a piece being taken whole.
  std::chrono::milliseconds write_timeout{30'000};
  std::chrono::milliseconds idle_timeout{60'000};  // between two requests
  // A connection that the server ends reads on for so long and so much, else the client may lose the answer to a reset.
  std::chrono::milliseconds linger_timeout{2'000};
  std::size_t linger_bytes_max{std::size_t{16} << 20U};
  // A server that stops still waits so long on an idle connection, since a request may be on its way.
  std::chrono::milliseconds last_call{250};
  /// Told of what went wrong outside of any request, in a sentence, on any thread.
  std::function<void(const std::string&)> warn{};
  TransportObserver* observer{};  // outlives the transport; may be null
};

class Transport {
 public:
  /// Listens when it returns. Throws ListenError and TlsError.
  Transport(TransportOptions options, Handle handle);
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  /// Stops without a drain, unless it was stopped before.
  ~Transport();

  /// Where it listens, with the port that it was given.
  const ListenAddress& address() const;
  std::uint16_t port() const { return address().port; }

  /// Reads the certificate again, for the connections to come. One that cannot be used changes nothing and is warned
  /// of. Without TLS, nothing happens.
  void reload_certificate();

  /// From here on each answer is the last of its connection, so that clients go elsewhere in good order before stop().
  void send_away();

  /// Stops accepting, closes idle connections, lets accepted requests finish for as long as `drain`, then closes what
  /// is left. Returns when all its threads have ended. From any thread but its own; once is enough. What answers the
  /// requests has to be at work until it returns.
  void stop(std::chrono::milliseconds drain);

 private:
  class Threads;
  std::unique_ptr<Threads> threads_;
};

}  // namespace upline::api
