#include "api/transport/request_parser.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/beast/http/error.hpp>
#include <fmt/format.h>

namespace upline::api::transport {

namespace http = boost::beast::http;

namespace {

/// Whether a field goes on in the next line: obsolete, and read by some as two fields.
bool has_folded_line(std::string_view bytes) {
  const auto header = bytes.substr(0, bytes.find("\r\n\r\n"));
  return header.find("\r\n ") != std::string_view::npos || header.find("\r\n\t") != std::string_view::npos;
}

constexpr std::uint64_t body_bytes_at_first = 65536;

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

RequestParser::RequestParser(std::size_t header_bytes_max, std::size_t body_bytes_max)
    : header_bytes_max_(header_bytes_max), body_bytes_max_(body_bytes_max) {
  header_limit(static_cast<std::uint32_t>(header_bytes_max));
  body_limit(body_bytes_max);
}

Parsed RequestParser::feed(boost::beast::flat_buffer& bytes) {
  while (bytes.size() > 0 && !is_done()) {
    Error error;
    // Beast would join the lines without a word.
    if (!is_behind_header_ && has_folded_line({static_cast<const char*>(bytes.data().data()), bytes.size()})) {
      refuse(error, {400, "malformed_request", "A field of the header goes on in the next line; write it in one."});
      break;
    }
    // Beast asserts that the end of an empty body does not come in pieces of fewer bytes: "0\r\n\r\n".
    if (is_behind_header_ && chunked() && !has_chunk_ && bytes.size() < 5) break;
    const auto taken = put(bytes.data(), error);
    bytes.consume(taken);
    if (error == http::error::need_more) {
      // Beast bounds what of a header it has not read yet, and nothing of the lines between chunks and behind them.
      const auto header_bytes = is_behind_header_ ? 0 : header_bytes_;
      if (header_bytes + bytes.size() >= header_bytes_max_) refuse(error, explain(http::error::header_limit));
      break;
    }
    if (error) {
      if (!refusal_) refuse(error, explain(error));
      break;
    }
    if (is_behind_header_ && !std::exchange(has_told_header_, true)) {
      eager(true);
      if (!is_done()) return Parsed::header;
    }
  }
  if (refusal_) return Parsed::refused;
  return is_done() ? Parsed::request : Parsed::needs_more;
}

void RequestParser::on_request_impl(http::verb /*verb*/, Text method, Text target, int version, Error& error) {
  is_http_1_0_ = version == 10;
  request_.method.assign(method.data(), method.size());
  count_header_bytes(method.size() + target.size() + std::string_view("  HTTP/1.1\r\n").size(), error);
  if (!error) split_target({target.data(), target.size()}, error);
}

/// "/path?query", the same behind "http://host", or the "*" of OPTIONS.
void RequestParser::split_target(std::string_view target, Error& error) {
  constexpr std::array<std::string_view, 2> schemes{"http://", "https://"};
  for (const auto scheme : schemes) {
    if (!equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(std::min(target.find_first_of("/?", scheme.size()), target.size()));
    if (!target.starts_with('/')) request_.path = '/';
    break;
  }
  const bool is_star = target == "*" && request_.method == "OPTIONS";
  const bool is_path = target.starts_with('/') || !request_.path.empty();
  if ((!is_path && !is_star) || target.find('#') != std::string_view::npos || !is_ascii(target)) {
    return refuse(error, {400, "malformed_request", "The target of the request is not a path of a URL."});
  }
  const auto end = target.find('?');
  request_.path += target.substr(0, end);
  if (end != std::string_view::npos) request_.query = target.substr(end + 1);
}

void RequestParser::on_response_impl(int /*code*/, Text /*reason*/, int /*version*/, Error& /*error*/) {}

void RequestParser::on_field_impl(Field field, Text name, Text value, Error& error) {
  if (is_behind_header_) return;  // a trailer: nothing here asks for one
  count_header_bytes(name.size() + value.size() + std::string_view(": \r\n").size(), error);
  if (error) return;
  check_field(field, value, error);
  if (error) return;
  request_.headers.push_back({{name.data(), name.size()}, {value.data(), value.size()}});
}

void RequestParser::check_field(Field field, Text value, Error& error) {
  const std::string_view text(value.data(), value.size());
  if (field == Field::host) ++hosts_;
  if (field == Field::content_length && (std::exchange(has_length_, true) || !is_number(text))) {
    return refuse(error, {400, "malformed_request", "A request has one Content-Length, which is a number."});
  }
  if (field == Field::transfer_encoding && is_http_1_0_) {
    // Somebody on the way may have read it otherwise: where does the request end?
    refuse(error, {400, "malformed_request", "HTTP/1.0 has no Transfer-Encoding."});
  } else if (field == Field::transfer_encoding && !equal_ignoring_case(text, "chunked")) {
    refuse(error, {501, "unknown_transfer_encoding", "The only Transfer-Encoding understood is 'chunked'."});
  } else if (field == Field::expect && !equal_ignoring_case(text, "100-continue")) {
    refuse(error, {417, "unknown_expectation", "The only Expect understood is '100-continue'."});
  } else if (field == Field::expect) {
    expects_continue_ = !is_http_1_0_;
  }
}

void RequestParser::on_header_impl(Error& error) {
  is_behind_header_ = true;
  if (hosts_ > 1 || (hosts_ == 0 && !is_http_1_0_)) {
    refuse(error, {400, "malformed_request", "A request names one Host."});
  }
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, Error& /*error*/) {
  // A length is a promise: memory is taken for what comes, so that one who only promises takes none.
  if (length) request_.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, body_bytes_at_first)));
}

std::size_t RequestParser::on_body_impl(Text piece, Error& /*error*/) {
  request_.body.append(piece.data(), piece.size());
  return piece.size();
}

void RequestParser::on_chunk_header_impl(std::uint64_t /*size*/, Text /*extensions*/, Error& /*error*/) {
  has_chunk_ = true;
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t /*remains*/, Text piece, Error& error) {
  return on_body_impl(piece, error);
}

void RequestParser::on_finish_impl(Error& /*error*/) {}

/// Beast forgets a field once it is read, so its own limit would never end a header that comes field by field.
void RequestParser::count_header_bytes(std::size_t bytes, Error& error) {
  header_bytes_ += bytes;
  if (header_bytes_ > header_bytes_max_) error = http::error::header_limit;
}

void RequestParser::refuse(Error& error, Problem problem) {
  refusal_ = std::move(problem);
  error = http::error::bad_value;
}

Problem RequestParser::explain(const Error& error) const {
  if (error == http::error::body_limit) {
    return {413, "body_too_large", fmt::format("The body may have {} bytes at most.", body_bytes_max_)};
  }
  if (error == http::error::header_limit) {
    return {431, "header_too_large", fmt::format("The header may have {} bytes at most.", header_bytes_max_)};
  }
  return {400, "malformed_request", fmt::format("What came is not a request of HTTP/1.1: {}.", error.message())};
}

}  // namespace upline::api::transport
