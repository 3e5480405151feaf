#include "api/transport/response_text.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

namespace upline::api::transport {

namespace {

bool has_no_body(unsigned status) { return status == 204 || status == 304; }

bool is_framing(std::string_view name) {
  return equal_ignoring_case(name, "Content-Length") || equal_ignoring_case(name, "Connection") ||
         equal_ignoring_case(name, "Transfer-Encoding");
}

bool is_control(char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f; }

/// A value never ends its line, whatever it was made of.
void add_header(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ");
  std::ranges::replace_copy_if(value, std::back_inserter(text), is_control, ' ');
  text.append("\r\n");
}

/// Where a stream ends is said at its end; HTTP/1.0 knows no other end than that of the connection.
void add_length(std::string& text, const Response& response, Framing framing) {
  if (!response.stream) {
    fmt::format_to(std::back_inserter(text), "Content-Length: {}\r\n", response.body.size());
  } else if (!framing.is_http_1_0) {
    text.append("Transfer-Encoding: chunked\r\n");
  }
}

}  // namespace

std::string response_text(const Response& response, Framing framing) {
  std::string text;
  text.reserve(256 + response.body.size());
  fmt::format_to(std::back_inserter(text), "HTTP/1.1 {} {}\r\n", response.status, reason_of(response.status));
  if (!has_no_body(response.status)) {
    if (!response.content_type.empty()) add_header(text, "Content-Type", response.content_type);
    add_length(text, response, framing);
  }
  if (!framing.keeps_alive) text.append("Connection: close\r\n");
  if (framing.keeps_alive && framing.is_http_1_0) text.append("Connection: keep-alive\r\n");
  for (const auto& header : response.headers) {
    if (!is_framing(header.name)) add_header(text, header.name, header.value);
  }
  text.append("\r\n");
  if (!framing.is_head && !has_no_body(response.status) && !response.stream) text.append(response.body);
  return text;
}

}  // namespace upline::api::transport
