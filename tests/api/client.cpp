#include "tests/api/client.hpp"

#include "tests/api/unless_interrupted.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace upline::tests {

namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

std::string in_small_letters(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return text;
}

}  // namespace

Client::Client() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (socket_ < 0) fail("socket");
  const ::timeval minute{60, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof minute);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &minute, sizeof minute);
  const int yes = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

Client::Client(std::uint16_t port) : Client() { connect(port); }

Client::Client(Client&& other) noexcept : socket_(std::exchange(other.socket_, -1)), bytes_(std::move(other.bytes_)) {}

Client::~Client() {
  if (socket_ >= 0) ::close(socket_);
}

void Client::connect(std::uint16_t port) {
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) != 0) fail("connect");
}

void Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = write_some(bytes.data(), bytes.size());
    if (count <= 0) fail("send");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Client::send_as_far_as_possible(std::string_view bytes) {
  try {
    send(bytes);
  } catch (const std::system_error&) {
    // What the server said is still to be read.
  }
}

void Client::send_no_more() { ::shutdown(socket_, SHUT_WR); }

long Client::read_some(char* bytes, std::size_t size) {
  return unless_interrupted([&] { return ::recv(socket_, bytes, size, 0); });
}

long Client::write_some(const char* bytes, std::size_t size) {
  return unless_interrupted([&] { return ::send(socket_, bytes, size, MSG_NOSIGNAL); });
}

bool Client::read_more() {
  std::array<char, 65536> buffer{};
  const auto count = read_some(buffer.data(), buffer.size());
  if (count < 0 && errno == ECONNRESET) return false;
  if (count < 0) fail("recv");
  bytes_.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

std::string Client::receive_until(std::string_view text) {
  std::size_t at = 0;
  while ((at = bytes_.find(text)) == std::string::npos) {
    if (!read_more()) throw std::runtime_error("closed before what was waited for: " + bytes_);
  }
  auto found = bytes_.substr(0, at + text.size());
  bytes_.erase(0, at + text.size());
  return found;
}

Answer Client::receive_header() {
  std::size_t end = 0;
  while ((end = bytes_.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more()) throw std::runtime_error("closed before the end of a header: " + bytes_);
  }
  const auto header = bytes_.substr(0, end + 2);
  bytes_.erase(0, end + 4);
  Answer answer;
  answer.status = static_cast<unsigned>(std::stoul(header.substr(std::string_view("HTTP/1.1 ").size(), 3)));
  for (auto at = header.find("\r\n") + 2; at < header.size(); at = header.find("\r\n", at) + 2) {
    const auto colon = header.find(": ", at);
    answer.headers[in_small_letters(header.substr(at, colon - at))] =
        header.substr(colon + 2, header.find("\r\n", at) - colon - 2);
  }
  return answer;
}

namespace {

/// A body of unknown length that has an end, unlike a stream of events.
bool is_in_pieces(const Answer& answer) {
  const auto encoding = answer.headers.find("transfer-encoding");
  const auto type = answer.headers.find("content-type");
  return encoding != answer.headers.end() && encoding->second == "chunked" && type != answer.headers.end() &&
         type->second != "text/event-stream";
}

std::string receive_pieces(Client& client) {
  std::string body;
  while (true) {
    const auto length = std::stoul(client.receive_until("\r\n"), nullptr, 16);
    std::string piece;
    while (piece.size() < length + 2) piece += client.receive_until("\r\n");
    if (length == 0) return body;
    body.append(piece, 0, length);
  }
}

}  // namespace

Answer Client::receive(bool has_body) {
  auto answer = receive_header();
  if (has_body && is_in_pieces(answer)) answer.body = receive_pieces(*this);
  if (!has_body || !answer.headers.contains("content-length")) return answer;
  const auto length = std::stoul(answer.headers["content-length"]);
  while (bytes_.size() < length) {
    if (!read_more()) throw std::runtime_error("closed before the end of a body");
  }
  answer.body = bytes_.substr(0, length);
  bytes_.erase(0, length);
  return answer;
}

bool Client::is_closed_by_server() { return bytes_.empty() && !read_more(); }

std::string told(const Answer& answer) {
  auto json = nlohmann::json::parse(answer.body);
  json.erase("request_id");
  return json.dump();
}

std::string get(std::string_view path, std::string_view headers) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", path, headers);
}

std::string post(std::string_view path, std::string_view body, std::string_view headers) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n{}\r\n{}", path, body.size(),
                     headers, body);
}

}  // namespace upline::tests
