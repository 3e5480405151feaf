// A thread with a listener and connections of its own: a connection never leaves the thread that accepted it.
#pragma once

#include "api/transport/connection.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

namespace upline::api::transport {

class IoThread {
 public:
  /// `connections` counts those of all threads.
  IoThread(const Service& service, std::atomic<std::size_t>& connections);
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;
  ~IoThread();

  /// The first of several has the address for itself, else ListenError; the others join it there.
  ListenAddress listen(const ListenAddress& address, bool is_first);
  void start();
  /// From any other thread; may be repeated, to shorten the drain.
  void stop(std::chrono::milliseconds drain);
  void join();

 private:
  void run();
  boost::asio::awaitable<void> accept_until_stopped();
  boost::asio::awaitable<void> pause_after(boost::system::error_code error);
  /// A connection that counts for a client, or is told why it may not stay.
  struct Guest {
    std::shared_ptr<Connection> connection{};
    std::optional<std::string> client{};
    std::optional<ShedFor> refused{};
  };

  boost::asio::awaitable<void> serve(std::shared_ptr<Guest> guest);
  void let_in_or_refuse(Guest& guest, std::size_t connections_before) const;
  void accept_the_rest();
  void welcome(boost::asio::ip::tcp::socket socket);
  void begin_to_stop(std::chrono::milliseconds drain);
  void close_all();
  void end_if_nothing_is_left();

  const Service& service_;
  std::atomic<std::size_t>& connections_of_all_;
  std::shared_ptr<boost::asio::io_context> context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  boost::asio::steady_timer drain_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  std::chrono::milliseconds last_call_{};
  bool is_short_of_something_{};
  bool is_stopping_{};
  std::thread thread_;
};

}  // namespace upline::api::transport
