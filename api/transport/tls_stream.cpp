#include "api/transport/tls_stream.hpp"

#include "api/transport/socket_bio.hpp"

#include <new>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/err.h>

namespace upline::api::transport {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

}  // namespace

TlsStream::TlsStream(std::shared_ptr<SSL_CTX> context, tcp::socket& socket)
    : socket_(socket), context_(std::move(context)), ssl_(::SSL_new(context_.get())) {
  if (!ssl_) throw std::bad_alloc();
  auto* bio = make_socket_bio(socket_);
  ::SSL_set_bio(ssl_.get(), bio, bio);
  ::SSL_set_accept_state(ssl_.get());
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
}

asio::awaitable<TlsStream::Handshake> TlsStream::shake_hands() {
  for (;;) {
    ::ERR_clear_error();
    const int result = ::SSL_do_handshake(ssl_.get());
    if (result == 1) co_return Handshake::done;
    const bool is_plain_http = ERR_GET_REASON(::ERR_peek_error()) == SSL_R_HTTP_REQUEST;
    if (!co_await wait_after(result)) co_return is_plain_http ? Handshake::is_plain_http : Handshake::failed;
  }
}

asio::awaitable<std::size_t> TlsStream::read_some(asio::mutable_buffer bytes) {
  for (;;) {
    std::size_t count = 0;
    ::ERR_clear_error();
    const int result = ::SSL_read_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
    if (result == 1) co_return count;
    if (!co_await wait_after(result)) co_return 0;
  }
}

asio::awaitable<std::size_t> TlsStream::write_some(std::string_view bytes) {
  for (;;) {
    std::size_t count = 0;
    ::ERR_clear_error();
    const int result = ::SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
    if (result == 1) co_return count;
    if (!co_await wait_after(result)) co_return 0;
  }
}

asio::awaitable<bool> TlsStream::wait_after(int result) {
  const int wanted = ::SSL_get_error(ssl_.get(), result);
  if (wanted != SSL_ERROR_WANT_READ && wanted != SSL_ERROR_WANT_WRITE) {
    // After these two OpenSSL must not be asked for anything more, not even to say goodbye.
    is_broken_ = wanted == SSL_ERROR_SSL || wanted == SSL_ERROR_SYSCALL;
    co_return false;
  }
  const auto what = wanted == SSL_ERROR_WANT_READ ? tcp::socket::wait_read : tcp::socket::wait_write;
  const auto [error] = co_await socket_.async_wait(what, as_result);
  co_return !error;
}

void TlsStream::say_goodbye() {
  if (is_broken_ || !socket_.is_open() || ::SSL_in_init(ssl_.get()) != 0) return;
  ::ERR_clear_error();
  ::SSL_shutdown(ssl_.get());
}

TlsStream::Peer TlsStream::look() {
  char first = 0;
  std::size_t count = 0;
  ::ERR_clear_error();
  const int result = ::SSL_peek_ex(ssl_.get(), &first, 1, &count);
  if (result == 1) return Peer::sends;
  const int wanted = ::SSL_get_error(ssl_.get(), result);
  if (wanted == SSL_ERROR_WANT_READ || wanted == SSL_ERROR_WANT_WRITE) return Peer::quiet;
  is_broken_ = wanted == SSL_ERROR_SSL || wanted == SSL_ERROR_SYSCALL;
  return Peer::is_gone;
}

}  // namespace upline::api::transport
