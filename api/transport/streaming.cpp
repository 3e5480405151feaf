// The part of a connection that sends what is made while it is sent.
#include "api/transport/bell.hpp"
#include "api/transport/connection.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <sys/socket.h>

namespace upline::api::transport {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

}  // namespace

/// False when the client has not got all of it.
asio::awaitable<bool> Connection::send_stream(BodyStream& body, bool is_chunked) {
  const auto bell = std::make_shared<Bell>(Bell{&answered_});
  has_left_ = false;
  streaming_ = &body;
  if (is_finishing_) body.end_soon();
  watch_for_leaving();
  const bool is_sent = co_await send_pieces(body, bell, is_chunked);
  streaming_ = nullptr;
  bell->timer = nullptr;
  co_return is_sent;
}

asio::awaitable<bool> Connection::send_pieces(BodyStream& body, const std::shared_ptr<Bell>& bell, bool is_chunked) {
  while (!is_closed_ && !has_left_) {
    answered_.expires_at(Clock::time_point::max());
    auto piece = body.next(ring_of(context_, bell));
    if (!piece) co_return !is_chunked || co_await send("0\r\n\r\n");
    if (!piece->empty()) {
      if (!co_await send_piece(std::move(*piece), is_chunked)) co_return false;
      continue;
    }
    allow_for_ever();
    co_await answered_.async_wait(as_result);
  }
  co_return false;
}

/// Taken whole within the write timeout, or the client is too slow: a byte now and then would hold a stream for ever.
asio::awaitable<bool> Connection::send_piece(std::string piece, bool is_chunked) {
  if (is_chunked) piece = fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
  allow(options_.write_timeout);
  std::string_view rest = piece;
  while (!rest.empty() && !is_late_) {
    const auto count = co_await write_some(rest);
    if (count == 0) co_return false;
    rest.remove_prefix(count);
  }
  co_return rest.empty();
}

/// A client that leaves is noticed while there is nothing to send to it.
void Connection::watch_for_leaving() {
  socket_.async_wait(asio::ip::tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
    if (!error && self->streaming_ != nullptr && !self->is_closed_) self->look_at_the_client();
  });
}

/// Who sends the next request already is not gone, and is looked at no more.
void Connection::look_at_the_client() {
  auto peer = TlsStream::Peer::sends;
  if (tls_) {
    peer = tls_->look();
  } else {
    char first = 0;
    const auto count = ::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN)) peer = TlsStream::Peer::is_gone;
    if (count < 0 && errno == EAGAIN) peer = TlsStream::Peer::quiet;
  }
  if (peer == TlsStream::Peer::quiet) return watch_for_leaving();
  if (peer == TlsStream::Peer::sends) return;
  has_left_ = true;
  answered_.cancel();
}

}  // namespace upline::api::transport
