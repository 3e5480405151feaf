// HTTP/1.1 on a listening address: bytes in, requests out; answers in, bytes out. Knows no route and no shop.
#pragma once

#include "api/http.hpp"
#include "api/listen_address.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
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
  std::size_t io_threads{2};
  std::size_t connections_max{1024};  // beyond them: 503
  std::size_t header_bytes_max{std::size_t{16} << 10U};
  std::size_t body_bytes_max{std::size_t{1} << 20U};
  std::chrono::milliseconds header_timeout{10'000};   // from the first byte of a request to the end of its header
  std::chrono::milliseconds body_timeout{30'000};     // from there to the end of its body
  std::chrono::milliseconds handler_timeout{30'000};  // from there to the answer, else 503
  std::chrono::milliseconds write_timeout{30'000};    // without a byte of the answer being taken
  std::chrono::milliseconds idle_timeout{60'000};     // between two requests
  // A connection that the server ends reads on for so long and so much, else the client may lose the answer to a reset.
  std::chrono::milliseconds linger_timeout{2'000};
  std::size_t linger_bytes_max{std::size_t{16} << 20U};
  /// Told of what went wrong outside of any request, in a sentence, on any thread.
  std::function<void(const std::string&)> warn{};
};

class Transport {
 public:
  /// Listens when it returns. Throws ListenError.
  Transport(TransportOptions options, Handle handle);
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  /// Stops without a drain, unless it was stopped before.
  ~Transport();

  /// Where it listens, with the port that it was given.
  const ListenAddress& address() const;
  std::uint16_t port() const { return address().port; }

  /// Stops accepting, closes idle connections, lets accepted requests finish for as long as `drain`, then closes what
  /// is left. Returns when all its threads have ended. From any thread but its own; once is enough. What answers the
  /// requests has to be at work until it returns.
  void stop(std::chrono::milliseconds drain);

 private:
  class Threads;
  std::unique_ptr<Threads> threads_;
};

}  // namespace upline::api
