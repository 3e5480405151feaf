// One kept-open connection of a load generator: a request goes out, an answer comes back, nothing blocks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace upline::bench {

struct Answer {
  unsigned status{};
  bool has_retry_after{};
  std::string body{};
};

class Connection {
 public:
  explicit Connection(std::uint16_t port);
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&&) = delete;
  ~Connection();

  int socket() const { return socket_; }

  /// Small enough to be taken whole by the socket. Throws where it is not. `headers` are lines that end in CR LF.
  void post(std::string_view path, std::string_view body, std::string_view headers = {});
  void get(std::string_view path, std::string_view headers = {});
  /// What has arrived; nothing while the answer is not whole. Throws where the server closed.
  std::optional<Answer> receive();

 private:
  void send(const std::string& text);
  std::optional<Answer> parse();

  int socket_;
  std::string bytes_;
};

}  // namespace upline::bench
