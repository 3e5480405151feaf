#include "api/transport/io_thread.hpp"

#include "eventstore/thread_name.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <sys/socket.h>

namespace upline::api::transport {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr int backlog = 4096;
constexpr std::chrono::milliseconds accept_pause{100};
/// So many are told at once that there are too many; more are closed without a word.
constexpr std::size_t refusals_max = 64;

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

[[noreturn]] void fail(const ListenAddress& address, const error_code& error) {
  if (error == asio::error::address_in_use) {
    throw ListenError(fmt::format("{} is taken by another program", to_string(address)));
  }
  throw ListenError(fmt::format("{} cannot be listened on: {}", to_string(address), error.message()));
}

}  // namespace

IoThread::IoThread(const Service& service, std::atomic<std::size_t>& connections)
    : service_(service),
      connections_of_all_(connections),
      context_(std::make_shared<asio::io_context>(1)),
      acceptor_(*context_),
      pause_(*context_),
      drain_(*context_) {}

IoThread::~IoThread() {
  if (!thread_.joinable()) return;
  stop(std::chrono::milliseconds{0});
  join();
}

ListenAddress IoThread::listen(const ListenAddress& address, bool is_first) {
  error_code error;
  const tcp::endpoint endpoint(asio::ip::make_address(address.host, error), address.port);
  if (!error) acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  // Sharing from the start, the first would also share with another server on the same port, unnoticed.
  if (!error && !is_first) acceptor_.set_option(ReusePort(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(backlog, error);
  if (!error && is_first) acceptor_.set_option(ReusePort(true), error);
  if (error) fail(address, error);
  return {address.host, acceptor_.local_endpoint().port()};
}

void IoThread::start() {
  asio::co_spawn(*context_, accept_until_stopped(), asio::detached);
  thread_ = std::thread([this] { run(); });
}

void IoThread::stop(std::chrono::milliseconds drain) {
  asio::post(*context_, [this, drain] { begin_to_stop(drain); });
}

void IoThread::join() {
  if (thread_.joinable()) thread_.join();
}

/// Ends when there is nothing left to wait for: no listener, no connection, no drain.
void IoThread::run() {
  eventstore::name_this_thread("io");
  for (;;) {
    try {
      context_->run();
      return;
    } catch (const std::exception& error) {
      service_.warn(fmt::format("an I/O thread goes on after: {}", error.what()));
    }
  }
}

asio::awaitable<void> IoThread::accept_until_stopped() {
  while (!is_stopping_) {
    auto [error, socket] = co_await acceptor_.async_accept(as_result);
    if (!error) {
      is_short_of_something_ = false;
      welcome(std::move(socket));
    } else if (!is_stopping_) {
      co_await pause_after(error);
    }
  }
  accept_the_rest();
  error_code ignored;
  acceptor_.close(ignored);
  end_if_nothing_is_left();
}

/// Out of files or memory: those who want to connect wait in the queue of the listener.
asio::awaitable<void> IoThread::pause_after(error_code error) {
  if (!std::exchange(is_short_of_something_, true)) {
    service_.warn(fmt::format("no connection can be accepted for now: {}", error.message()));
  }
  pause_.expires_after(accept_pause);
  co_await pause_.async_wait(as_result);
}

/// Those who are connected already, and do not know that nobody listened to them.
void IoThread::accept_the_rest() {
  error_code error;
  acceptor_.non_blocking(true, error);
  while (!error) {
    tcp::socket socket(*context_);
    acceptor_.accept(socket, error);
    if (!error) welcome(std::move(socket));
  }
}

void IoThread::welcome(tcp::socket socket) {
  auto guest = std::make_shared<Guest>();
  guest->connection = std::make_shared<Connection>(service_, context_, std::move(socket));
  let_in_or_refuse(*guest, connections_of_all_.fetch_add(1));
  if (auto* const observer = service_.options.observer) {
    guest->refused ? observer->connection_refused(*guest->refused) : observer->connection_opened();
  }
  if (guest->refused && service_.being_refused.fetch_add(1) >= refusals_max) {
    --service_.being_refused;
    --connections_of_all_;
    return;
  }
  if (is_stopping_) guest->connection->finish(last_call_);
  asio::co_spawn(*context_, serve(std::move(guest)), asio::detached);
}

void IoThread::let_in_or_refuse(Guest& guest, std::size_t connections_before) const {
  const auto& options = service_.options;
  if (connections_before >= options.connections_max) {
    guest.refused = ShedFor::connections;
    return;
  }
  if (options.client_of) guest.client = options.client_of(guest.connection->peer_address());
  if (!guest.client || service_.clients->enter(*guest.client)) return;
  guest.client.reset();
  guest.refused = ShedFor::client;
}

asio::awaitable<void> IoThread::serve(std::shared_ptr<Guest> guest) {
  const auto connection = guest->connection;
  connections_.insert(connection);
  try {
    co_await (guest->refused ? connection->run_refused(*guest->refused) : connection->run());
  } catch (const std::exception& error) {
    service_.warn(fmt::format("a connection ends: {}", error.what()));
  }
  connection->close();
  connections_.erase(connection);
  if (guest->refused) --service_.being_refused;
  if (guest->client) service_.clients->leave(*guest->client);
  if (!guest->refused && service_.options.observer != nullptr) service_.options.observer->connection_closed();
  --connections_of_all_;
  end_if_nothing_is_left();
}

void IoThread::begin_to_stop(std::chrono::milliseconds drain) {
  const auto end = std::chrono::steady_clock::now() + drain;
  if (std::exchange(is_stopping_, true) && end >= drain_.expiry()) return;
  error_code ignored;
  acceptor_.cancel(ignored);
  pause_.cancel();
  last_call_ = std::min(service_.options.last_call, drain);
  for (const auto& connection : connections_) connection->finish(last_call_);
  drain_.expires_at(end);
  drain_.async_wait([this](error_code error) {
    if (error != asio::error::operation_aborted) close_all();
  });
  end_if_nothing_is_left();
}

void IoThread::close_all() {
  for (const auto& connection : connections_) connection->close();
}

void IoThread::end_if_nothing_is_left() {
  if (is_stopping_ && !acceptor_.is_open() && connections_.empty()) drain_.cancel();
}

}  // namespace upline::api::transport
