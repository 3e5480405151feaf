// A client of the transport made of a bare socket: it can be slow, rude and wrong. It waits for a minute at most, so a
// server that hangs is a failure and no hang of the tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace upline::tests {

struct Answer {
  unsigned status{};
  std::map<std::string, std::string> headers{};  // by their names in small letters
  std::string body{};
};

/// The body of a problem, but for the id that every request has of its own.
std::string told(const Answer& answer);

class Client {
 public:
  explicit Client(std::uint16_t port);
  /// A socket that is not connected yet.
  Client();
  Client(Client&& other) noexcept;
  Client& operator=(Client&&) = delete;
  virtual ~Client();

  void connect(std::uint16_t port);
  void send(std::string_view bytes);
  /// For servers that close in the middle of it.
  void send_as_far_as_possible(std::string_view bytes);
  void send_no_more();

  /// The next answer; throws when the server closes before its end. `has_body` is false for the answer to a HEAD.
  Answer receive(bool has_body = true);
  Answer ask(std::string_view request) {
    send(request);
    return receive();
  }
  /// Waits for the server to close. False when it sends something instead.
  bool is_closed_by_server();
  /// What came of a body that goes on, up to and with this text; throws when the server closes before it.
  std::string receive_until(std::string_view text);
  /// The header of an answer whose body goes on.
  Answer receive_header();

 protected:
  int socket() const { return socket_; }
  // As recv() and send() do it.
  virtual long read_some(char* bytes, std::size_t size);
  virtual long write_some(const char* bytes, std::size_t size);

 private:
  bool read_more();

  int socket_;
  std::string bytes_;
};

/// "GET /path HTTP/1.1" with the Host that is asked for.
std::string get(std::string_view path, std::string_view headers = "");
std::string post(std::string_view path, std::string_view body, std::string_view headers = "");

}  // namespace upline::tests
