// One client: its requests are read, handed on and answered one after the other, in the order they came. Everything
// happens on the thread of its I/O context.
#pragma once

#include "api/transport.hpp"
#include "api/transport/buffer_budget.hpp"
#include "api/transport/client_counts.hpp"
#include "api/transport/request_parser.hpp"
#include "api/transport/response_text.hpp"
#include "api/transport/tls_stream.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

namespace upline::api::transport {

struct Bell;

/// What the connections of all threads share.
struct Service {
  TransportOptions options{};
  Handle handle{};
  std::unique_ptr<TlsCertificate> certificate{};  // null: plain HTTP
  std::unique_ptr<BufferBudget> buffers{};
  std::unique_ptr<ClientCounts> clients{};
  mutable std::atomic<std::size_t> being_refused{};  // connections that are told that there are too many
  std::atomic<bool> is_leaving{};                    // answers are the last of their connections

  void warn(const std::string& sentence) const {
    if (options.warn) options.warn(sentence);
  }
  void tell_refused(const Problem& problem) const {
    if (options.observer != nullptr) options.observer->request_refused(problem);
  }
  void tell_shed(ShedFor reason) const {
    if (options.observer != nullptr) options.observer->request_shed(reason);
  }
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(const Service& service, std::shared_ptr<boost::asio::io_context> context,
             boost::asio::ip::tcp::socket socket);

  /// Ends when the client or the server has had enough. The caller holds the connection until then, then closes it.
  boost::asio::awaitable<void> run();
  /// In place of run: says that there are too many, of all or of this client's.
  boost::asio::awaitable<void> run_refused(ShedFor reason);

  const std::string& peer_address() const { return peer_address_; }

  /// Ends behind the next answer; without a request for as long as this, where it is idle.
  void finish(std::chrono::milliseconds last_call);
  /// Ends whatever it is doing.
  void close();

 private:
  using Clock = std::chrono::steady_clock;
  enum class Received { request, refused, nothing };
  enum class Io { done, late, gone };

  boost::asio::awaitable<bool> begin();
  boost::asio::awaitable<bool> exchange();
  boost::asio::awaitable<bool> request_begins();
  boost::asio::awaitable<Received> receive(RequestParser& parser, BufferBudget::Hold& hold);
  boost::asio::awaitable<Received> receive_header(RequestParser& parser);
  boost::asio::awaitable<Received> receive_body(RequestParser& parser, BufferBudget::Hold& hold);
  bool find_room(const RequestParser& parser, BufferBudget::Hold& hold);
  void find_room(Response& response, bool is_read, BufferBudget::Hold& hold);
  boost::asio::awaitable<void> send_refusal();
  boost::asio::awaitable<std::optional<Response>> answer(Request request);
  boost::asio::awaitable<bool> send_answer(Response& response, Framing framing);
  boost::asio::awaitable<bool> send(std::string text);
  boost::asio::awaitable<std::size_t> write_some(std::string_view bytes);
  boost::asio::awaitable<Io> read_more(std::size_t bytes_max);
  boost::asio::awaitable<void> linger();

  // Answers that are made while they are sent: streaming.cpp.
  boost::asio::awaitable<bool> send_stream(BodyStream& body, bool is_chunked);
  boost::asio::awaitable<bool> send_pieces(BodyStream& body, const std::shared_ptr<Bell>& bell, bool is_chunked);
  boost::asio::awaitable<bool> send_piece(std::string piece, bool is_chunked);
  void watch_for_leaving();
  void look_at_the_client();

  void hand_on(Request request, Respond respond);

  // One timer watches over every wait, whichever it is.
  void allow(std::chrono::milliseconds limit);
  void allow_for_ever();
  void watch();
  void look_at_the_clock();

  const Service& service_;
  const TransportOptions& options_;
  std::shared_ptr<boost::asio::io_context> context_;
  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<TlsStream> tls_;
  boost::beast::flat_buffer bytes_;     // received, not yet parsed
  boost::asio::steady_timer answered_;  // cancelled when there is an answer
  boost::asio::steady_timer watchdog_;
  Clock::time_point deadline_{Clock::time_point::max()};
  std::chrono::milliseconds last_call_{};
  std::optional<Problem> refusal_;
  std::string peer_address_;
  BodyStream* streaming_{};
  bool is_watched_{};
  bool is_late_{};
  bool is_first_{true};
  bool is_idle_{};
  bool is_finishing_{};
  bool is_closed_{};
  bool has_left_{};  // the client, in the middle of a stream
};

}  // namespace upline::api::transport
