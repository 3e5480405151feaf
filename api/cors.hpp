// Which pages of other origins may read the answers: CORS, as the Fetch standard has it. A token comes in a header that
// a page sets itself, so that there are no cookies, and no credentials in the sense of that standard.
#pragma once

#include "api/http.hpp"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace upline::api {

/// "https://shop.example" in the form in which browsers send it. The error is a sentence on what to write instead.
std::expected<std::string, std::string> parse_origin(std::string_view text);

class AllowedOrigins {
 public:
  AllowedOrigins() = default;
  /// In the form of parse_origin().
  explicit AllowedOrigins(std::vector<std::string> origins) : origins_(std::move(origins)) {}

  bool contain(std::string_view origin) const;

  /// What is answered through it carries the headers that let the page read it, where the page's origin is allowed.
  Respond share(const Request& request, Respond respond) const;

 private:
  std::vector<std::string> origins_;
};

}  // namespace upline::api
