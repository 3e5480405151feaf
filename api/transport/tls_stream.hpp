// TLS on a connected socket: OpenSSL reads and writes the socket itself, without blocking, and whoever called waits for
// the socket in between. So a connection holds no bytes twice, and an idle one none at all.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <openssl/ssl.h>

namespace upline::api::transport {

class TlsStream {
 public:
  /// The socket outlives it. Throws std::bad_alloc.
  TlsStream(std::shared_ptr<SSL_CTX> context, boost::asio::ip::tcp::socket& socket);

  enum class Handshake { done, failed, is_plain_http };

  /// Each ends early, as failed, when the socket is cancelled or closed.
  boost::asio::awaitable<Handshake> shake_hands();
  /// How many bytes; 0 at the end and on failure.
  boost::asio::awaitable<std::size_t> read_some(boost::asio::mutable_buffer bytes);
  boost::asio::awaitable<std::size_t> write_some(std::string_view bytes);

  /// Tells the client that nothing more comes, so that it knows the answer to be whole. Does not wait.
  void say_goodbye();

  /// What a look at the socket, without waiting, says about the client.
  enum class Peer { quiet, sends, is_gone };
  Peer look();

 private:
  struct Free {
    void operator()(SSL* ssl) const { ::SSL_free(ssl); }
  };

  /// Waits for what OpenSSL wants. False when it failed, or the wait did.
  boost::asio::awaitable<bool> wait_after(int result);

  boost::asio::ip::tcp::socket& socket_;
  std::shared_ptr<SSL_CTX> context_;
  std::unique_ptr<SSL, Free> ssl_;
  bool is_broken_{};
};

}  // namespace upline::api::transport
