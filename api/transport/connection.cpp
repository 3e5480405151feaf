#include "api/transport/connection.hpp"

#include "api/problem.hpp"
#include "api/transport/responder.hpp"

#include <exception>
#include <string_view>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace upline::api::transport {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t idle_read_bytes = 2048;  // what an idle connection holds, and most requests fit into
constexpr std::size_t header_read_bytes = 8192;
constexpr std::size_t body_read_bytes = 65536;
constexpr std::size_t write_piece_bytes = 65536;
constexpr std::size_t small_answer_bytes = 4096;  // told whatever the memory says

/// Says of which request an answer is, or to whose pages it may be shown: also true of a refusal in its place.
bool is_of_the_request(std::string_view header) {
  return header == "X-Request-Id" || header == "Vary" || header.starts_with("Access-Control-");
}

std::string address_of(const asio::ip::tcp::socket& socket) {
  error_code error;
  const auto peer = socket.remote_endpoint(error);
  return error ? std::string() : peer.address().to_string();
}

}  // namespace

Connection::Connection(const Service& service, std::shared_ptr<asio::io_context> context, asio::ip::tcp::socket socket)
    : service_(service),
      options_(service.options),
      context_(std::move(context)),
      socket_(std::move(socket)),
      answered_(*context_),
      watchdog_(*context_),
      peer_address_(address_of(socket_)) {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

asio::awaitable<void> Connection::run() {
  if (!co_await begin()) co_return;
  while (co_await exchange()) {
  }
}

asio::awaitable<void> Connection::run_refused(ShedFor reason) {
  if (!co_await begin()) co_return;
  auto response = shed_response(reason, "too_many_connections", "The server has as many connections as it can take.");
  if (reason == ShedFor::client) {
    response = to_response({429, "too_many_connections", "This address has as many connections as it may."});
    response.headers.push_back({"Retry-After", "1"});
  }
  if (co_await send(response_text(response, {}))) co_await linger();
}

/// False when there is nothing to be had from the client.
asio::awaitable<bool> Connection::begin() {
  if (!service_.certificate) co_return true;
  tls_ = std::make_unique<TlsStream>(service_.certificate->context(), socket_);
  allow(options_.header_timeout);
  const auto shaken = co_await tls_->shake_hands();
  if (shaken == TlsStream::Handshake::done) co_return !is_late_;
  tls_.reset();
  if (shaken == TlsStream::Handshake::is_plain_http) {
    const Problem problem{400, "tls_expected", "This port speaks HTTPS: write https:// in front of the address."};
    if (co_await send(response_text(to_response(problem), {}))) co_await linger();
  }
  co_return false;
}

/// One request and its answer. False when the connection is to end.
asio::awaitable<bool> Connection::exchange() {
  if (!co_await request_begins()) co_return false;
  RequestParser parser(options_.header_bytes_max, options_.body_bytes_max);
  BufferBudget::Hold hold(*service_.buffers);
  const auto received = co_await receive(parser, hold);
  if (received == Received::refused) co_await send_refusal();
  if (received != Received::request) co_return false;
  auto request = parser.take();
  const bool is_head = request.method == "HEAD";
  const bool is_read = is_head || request.method == "GET";
  auto response = co_await answer(std::move(request));
  if (!response) co_return false;
  find_room(*response, is_read, hold);
  const bool ends_with_it = response->stream && parser.is_http_1_0();
  const bool keeps_alive = parser.keeps_alive() && !ends_with_it && !is_finishing_ && !service_.is_leaving;
  const bool is_sent = co_await send_answer(*response, {is_head, parser.is_http_1_0(), keeps_alive});
  if (is_sent && !keeps_alive) co_await linger();
  co_return is_sent&& keeps_alive;
}

asio::awaitable<void> Connection::send_refusal() {
  service_.tell_refused(*refusal_);
  auto response = to_response(*refusal_);
  if (refusal_->status == 503) {
    service_.tell_shed(ShedFor::memory);
    response.headers.push_back({"Retry-After", "1"});
  }
  if (co_await send(response_text(response, {}))) co_await linger();
}

/// Waits for the first byte. False when the client leaves, or takes too long, or the server stops.
asio::awaitable<bool> Connection::request_begins() {
  const bool is_first = std::exchange(is_first_, false);
  if (bytes_.size() > 0) co_return true;
  if (bytes_.capacity() > idle_read_bytes) bytes_.shrink_to_fit();
  allow(is_finishing_ ? last_call_ : is_first ? options_.header_timeout : options_.idle_timeout);
  is_idle_ = true;
  const auto read = co_await read_more(idle_read_bytes);
  is_idle_ = false;
  co_return read == Io::done;
}

asio::awaitable<Connection::Received> Connection::receive(RequestParser& parser, BufferBudget::Hold& hold) {
  const auto header = co_await receive_header(parser);
  if (header != Received::request) co_return header;
  co_return co_await receive_body(parser, hold);
}

asio::awaitable<Connection::Received> Connection::receive_header(RequestParser& parser) {
  allow(options_.header_timeout);
  for (;;) {
    const auto parsed = parser.feed(bytes_);
    if (parsed == Parsed::refused) {
      refusal_ = parser.refusal();
      co_return Received::refused;
    }
    if (parsed != Parsed::needs_more) co_return Received::request;
    const auto read = co_await read_more(header_read_bytes);
    if (read == Io::gone) co_return Received::nothing;
    if (read == Io::late) {
      refusal_ = Problem{408, "request_timeout", "The header of the request did not arrive in time."};
      co_return Received::refused;
    }
  }
}

asio::awaitable<Connection::Received> Connection::receive_body(RequestParser& parser, BufferBudget::Hold& hold) {
  auto parsed = parser.feed(bytes_);
  if (parsed == Parsed::needs_more && parser.expects_continue()) {
    if (!co_await send("HTTP/1.1 100 Continue\r\n\r\n")) co_return Received::nothing;
  }
  allow(options_.body_timeout);
  while (parsed == Parsed::needs_more) {
    if (!find_room(parser, hold)) co_return Received::refused;
    const auto read = co_await read_more(body_read_bytes);
    if (read == Io::gone) co_return Received::nothing;
    if (read == Io::late) {
      refusal_ = Problem{408, "request_timeout", "The body of the request did not arrive in time."};
      co_return Received::refused;
    }
    parsed = parser.feed(bytes_);
  }
  if (parsed == Parsed::refused) {
    refusal_ = parser.refusal();
    co_return Received::refused;
  }
  co_return find_room(parser, hold) ? Received::request : Received::refused;
}

/// For the body so far, and for what it is read into. A request without a body is never refused for its size.
bool Connection::find_room(const RequestParser& parser, BufferBudget::Hold& hold) {
  const auto reading = bytes_.capacity() > idle_read_bytes ? bytes_.capacity() : 0;
  if (parser.body_room() == 0 || hold.resize(parser.body_room() + reading, parser.body_room())) return true;
  refusal_ = Problem{503, "overloaded", "The body finds no room in memory; try again."};
  return false;
}

/// What was written is told, room or not, and so is what is small, such as /livez; what was read can be read again.
void Connection::find_room(Response& response, bool is_read, BufferBudget::Hold& hold) {
  if (hold.resize(response.body.size())) return;
  if (is_read && response.body.size() > small_answer_bytes) {
    service_.tell_shed(ShedFor::memory);
    auto refused = shed_response(ShedFor::memory, "overloaded", "The answer finds no room in memory; try again.");
    for (auto& header : response.headers) {
      if (is_of_the_request(header.name)) refused.headers.push_back(std::move(header));
    }
    response = std::move(refused);
  }
  hold.insist(response.body.size());
}

/// Nothing when the connection was closed meanwhile.
asio::awaitable<std::optional<Response>> Connection::answer(Request request) {
  request.peer_address = peer_address_;
  const auto pending = std::make_shared<PendingAnswer>();
  hand_on(std::move(request), Responder(context_, pending));
  allow(options_.handler_timeout);
  pending->waiting = &answered_;
  while (!pending->response && !is_late_ && !is_closed_) {
    answered_.expires_at(Clock::time_point::max());
    co_await answered_.async_wait(as_result);
  }
  pending->waiting = nullptr;
  if (pending->response) co_return std::move(pending->response);
  if (is_closed_) co_return std::nullopt;
  const Problem late{503, "answer_timeout",
                     "The answer took too long. What was asked may have been done, or may yet be."};
  service_.tell_refused(late);
  co_return busy_response(late.code, late.detail);
}

/// What the handler throws leaves `respond` uncalled, which is a 500.
void Connection::hand_on(Request request, Respond respond) {
  try {
    service_.handle(std::move(request), std::move(respond));
  } catch (const std::exception& error) {
    service_.warn(fmt::format("a request could not be handed on: {}", error.what()));
  }
}

asio::awaitable<bool> Connection::send_answer(Response& response, Framing framing) {
  auto text = response_text(response, framing);
  response.body = std::string();  // one copy is enough while a slow client takes it
  const bool is_sent = co_await send(std::move(text));
  if (!is_sent || !response.stream || framing.is_head) co_return is_sent;
  co_return co_await send_stream(*response.stream, !framing.is_http_1_0);
}

asio::awaitable<bool> Connection::send(std::string text) {
  std::string_view rest = text;
  std::size_t left_of_piece = 0;
  while (!rest.empty()) {
    // Each piece has its time as a whole: who takes a byte now and then is not waited for.
    if (left_of_piece == 0) {
      allow(options_.write_timeout);
      left_of_piece = std::min(rest.size(), write_piece_bytes);
    }
    const auto count = co_await write_some(rest.substr(0, left_of_piece));
    if (count == 0) co_return false;
    rest.remove_prefix(count);
    left_of_piece -= count;
  }
  co_return true;
}

/// 0 when nothing can be written any more.
asio::awaitable<std::size_t> Connection::write_some(std::string_view bytes) {
  if (is_closed_) co_return 0;
  if (tls_) co_return co_await tls_->write_some(bytes);
  const auto [error, count] = co_await socket_.async_write_some(asio::buffer(bytes), as_result);
  co_return error ? 0 : count;
}

asio::awaitable<Connection::Io> Connection::read_more(std::size_t bytes_max) {
  if (is_closed_) co_return Io::gone;
  if (is_late_) co_return Io::late;
  std::size_t count = 0;
  if (tls_) {
    count = co_await tls_->read_some(bytes_.prepare(bytes_max));
  } else {
    const auto [error, read] = co_await socket_.async_read_some(bytes_.prepare(bytes_max), as_result);
    count = error ? 0 : read;
  }
  bytes_.commit(count);
  if (count > 0) co_return Io::done;
  co_return is_late_ ? Io::late : Io::gone;
}

/// Says that nothing more will come, and waits for the client to have read it: a socket that is closed with bytes
/// unread resets the connection, and the client may lose the answer.
asio::awaitable<void> Connection::linger() {
  // What still comes is dropped as it is; nobody decrypts it.
  if (tls_) tls_->say_goodbye();
  tls_.reset();
  error_code error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  allow(options_.linger_timeout);
  std::size_t dropped = bytes_.size();
  do {
    bytes_.clear();
    if (co_await read_more(body_read_bytes) != Io::done) co_return;
    dropped += bytes_.size();
  } while (dropped < options_.linger_bytes_max);
}

void Connection::finish(std::chrono::milliseconds last_call) {
  is_finishing_ = true;
  last_call_ = last_call;
  if (is_idle_) allow(last_call);
  if (streaming_ != nullptr) streaming_->end_soon();
}

void Connection::close() {
  is_closed_ = true;
  error_code ignored;
  if (tls_) tls_->say_goodbye();
  socket_.close(ignored);
  answered_.cancel();
  watchdog_.cancel();
}

/// The waits from here on end `limit` from now, all together, as late.
void Connection::allow(std::chrono::milliseconds limit) {
  is_late_ = false;
  deadline_ = Clock::now() + limit;
  if (!is_closed_ && (!is_watched_ || deadline_ < watchdog_.expiry())) watch();
}

/// Until the next call of allow().
void Connection::allow_for_ever() {
  is_late_ = false;
  deadline_ = Clock::time_point::max();
}

void Connection::watch() {
  is_watched_ = true;
  watchdog_.expires_at(deadline_);
  watchdog_.async_wait([self = shared_from_this()](error_code error) {
    if (error != asio::error::operation_aborted) self->look_at_the_clock();
  });
}

void Connection::look_at_the_clock() {
  is_watched_ = false;
  if (is_closed_) return;
  if (Clock::now() < deadline_) return watch();
  is_late_ = true;
  error_code ignored;
  socket_.cancel(ignored);
  answered_.cancel();
}

}  // namespace upline::api::transport
