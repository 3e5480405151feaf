#include "bench/load/connection.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace upline::bench {

namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

std::size_t number_after(std::string_view header, std::string_view name) {
  const auto at = header.find(name);
  if (at == std::string_view::npos) return 0;
  const auto text = header.substr(at + name.size());
  std::size_t number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

Connection::Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (socket_ < 0) fail("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Connection::Connection(Connection&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), bytes_(std::move(other.bytes_)) {}

Connection::~Connection() {
  if (socket_ >= 0) ::close(socket_);
}

void Connection::post(std::string_view path, std::string_view body, std::string_view headers) {
  send(fmt::format(
      "POST {} HTTP/1.1\r\nHost: localhost\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", path,
      headers, body.size(), body));
}

void Connection::get(std::string_view path, std::string_view headers) {
  send(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", path, headers));
}

void Connection::send(const std::string& text) {
  const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(text.size())) fail("send");
}

std::optional<Answer> Connection::receive() {
  std::array<char, 8192> buffer{};
  const auto count = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count == 0) throw std::runtime_error("the server closed a connection");
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return std::nullopt;
    fail("recv");
  }
  bytes_.append(buffer.data(), static_cast<std::size_t>(count));
  return parse();
}

std::optional<Answer> Connection::parse() {
  const auto end = bytes_.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  const std::string_view header(bytes_.data(), end + 2);
  const auto length = number_after(header, "Content-Length: ");
  if (bytes_.size() < end + 4 + length) return std::nullopt;
  Answer answer{.status = static_cast<unsigned>(number_after(header, "HTTP/1.1 ")),
                .has_retry_after = header.find("Retry-After: ") != std::string_view::npos,
                .body = bytes_.substr(end + 4, length)};
  bytes_.clear();
  return answer;
}

}  // namespace upline::bench
