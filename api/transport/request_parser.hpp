// One request out of a stream of bytes, however they were cut. Beast knows the grammar; what it lets through and should
// not be is refused here.
#pragma once

#include "api/http.hpp"
#include "api/problem.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

namespace upline::api::transport {

enum class Parsed { needs_more, header, request, refused };

class RequestParser final : private boost::beast::http::basic_parser<true> {
 public:
  RequestParser(std::size_t header_bytes_max, std::size_t body_bytes_max);

  /// Consumes what it can. Stops once behind the header, if a body follows.
  Parsed feed(boost::beast::flat_buffer& bytes);

  /// Why, after Parsed::refused.
  const Problem& refusal() const { return *refusal_; }

  // After the header:
  bool keeps_alive() const { return keep_alive(); }
  bool expects_continue() const { return expects_continue_; }
  bool is_http_1_0() const { return is_http_1_0_; }
  /// The memory that the body takes so far; 0 without a body.
  std::size_t body_room() const { return request_.body.empty() ? 0 : request_.body.capacity(); }

  /// After the whole request, once.
  Request take() { return std::move(request_); }

 private:
  using Field = boost::beast::http::field;
  using Error = boost::beast::error_code;
  using Text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb verb, Text method, Text target, int version, Error& error) override;
  void on_response_impl(int code, Text reason, int version, Error& error) override;
  void on_field_impl(Field field, Text name, Text value, Error& error) override;
  void on_header_impl(Error& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, Error& error) override;
  std::size_t on_body_impl(Text piece, Error& error) override;
  void on_chunk_header_impl(std::uint64_t size, Text extensions, Error& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t remains, Text piece, Error& error) override;
  void on_finish_impl(Error& error) override;

  void split_target(std::string_view target, Error& error);
  void check_field(Field field, Text value, Error& error);
  void count_header_bytes(std::size_t bytes, Error& error);
  void refuse(Error& error, Problem problem);
  Problem explain(const Error& error) const;

  std::size_t header_bytes_max_;
  std::size_t body_bytes_max_;
  std::size_t header_bytes_{};
  std::size_t hosts_{};
  bool has_length_{};
  bool has_chunk_{};
  bool is_http_1_0_{};
  bool is_behind_header_{};
  bool has_told_header_{};
  bool expects_continue_{};
  Request request_;
  std::optional<Problem> refusal_;
};

}  // namespace upline::api::transport
