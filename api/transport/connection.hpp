// One client: its requests are read, handed on and answered one after the other, in the order they came. Everything
// happens on the thread of its I/O context.
#pragma once

#include "api/transport.hpp"
#include "api/transport/request_parser.hpp"
#include "api/transport/response_text.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

namespace upline::api::transport {

/// What the connections of all threads share; constant while they run.
struct Service {
  TransportOptions options{};
  Handle handle{};

  void warn(const std::string& sentence) const {
    if (options.warn) options.warn(sentence);
  }
  void tell_refused(const Problem& problem) const {
    if (options.observer != nullptr) options.observer->request_refused(problem);
  }
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(const Service& service, std::shared_ptr<boost::asio::io_context> context,
             boost::asio::ip::tcp::socket socket);

  /// Ends when the client or the server has had enough. The caller holds the connection until then, then closes it.
  boost::asio::awaitable<void> run();
  /// In place of run: says that there are too many.
  boost::asio::awaitable<void> run_refused();

  /// Ends at once when it is idle, else behind the answer to the request that has begun to arrive.
  void finish();
  /// Ends whatever it is doing.
  void close();

 private:
  using Clock = std::chrono::steady_clock;
  enum class Received { request, refused, nothing };
  enum class Io { done, late, gone };

  boost::asio::awaitable<bool> exchange();
  boost::asio::awaitable<bool> request_begins();
  boost::asio::awaitable<Received> receive(RequestParser& parser);
  boost::asio::awaitable<Received> receive_header(RequestParser& parser);
  boost::asio::awaitable<Received> receive_body(RequestParser& parser);
  boost::asio::awaitable<std::optional<Response>> answer(Request request);
  boost::asio::awaitable<bool> send(std::string text);
  boost::asio::awaitable<Io> read_more(std::size_t bytes_max);
  boost::asio::awaitable<void> linger();

  bool has_unread_bytes();
  void hand_on(Request request, Respond respond);

  // One timer watches over every wait, whichever it is.
  void allow(std::chrono::milliseconds limit);
  void watch();
  void look_at_the_clock();

  const Service& service_;
  const TransportOptions& options_;
  std::shared_ptr<boost::asio::io_context> context_;
  boost::asio::ip::tcp::socket socket_;
  boost::beast::flat_buffer bytes_;     // received, not yet parsed
  boost::asio::steady_timer answered_;  // cancelled when there is an answer
  boost::asio::steady_timer watchdog_;
  Clock::time_point deadline_{Clock::time_point::max()};
  std::optional<Problem> refusal_;
  std::string peer_address_;
  bool is_watched_{};
  bool is_late_{};
  bool is_first_{true};
  bool is_idle_{};
  bool is_finishing_{};
  bool is_closed_{};
};

}  // namespace upline::api::transport
