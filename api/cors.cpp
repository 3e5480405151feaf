#include "api/cors.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace upline::api {

namespace {

constexpr const char* readable_headers =
    "ETag, Idempotency-Replayed, Link, Location, Retry-After, Upline-Position, WWW-Authenticate, X-Request-Id";
constexpr const char* accepted_headers =
    "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, X-Request-Id, traceparent, tracestate";
constexpr const char* preflight_seconds = "600";

struct Scheme {
  std::string_view text{};
  std::string_view usual_port{};  // browsers leave it out
};
constexpr std::array schemes{Scheme{"http://", ":80"}, Scheme{"https://", ":443"}};

bool is_preflight(const Request& request) {
  return request.method == "OPTIONS" && request.header("Access-Control-Request-Method") != nullptr;
}

/// The path's methods are in Allow, which every answer to OPTIONS has.
void answer_preflight(Response& response) {
  const auto allow = std::ranges::find(response.headers, "Allow", &Header::name);
  if (response.status != 204 || allow == response.headers.end()) return;
  auto methods = allow->value;
  response.headers.push_back({"Access-Control-Allow-Methods", std::move(methods)});
  response.headers.push_back({"Access-Control-Allow-Headers", accepted_headers});
  response.headers.push_back({"Access-Control-Max-Age", preflight_seconds});
}

}  // namespace

std::expected<std::string, std::string> parse_origin(std::string_view text) {
  std::string origin(text);
  std::ranges::transform(origin, origin.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  for (const auto& scheme : schemes) {
    if (!origin.starts_with(scheme.text)) continue;
    const auto host = std::string_view(origin).substr(scheme.text.size());
    if (host.empty() || host.find_first_of("/?#@*, \t") != std::string_view::npos) break;
    if (origin.ends_with(scheme.usual_port)) origin.resize(origin.size() - scheme.usual_port.size());
    return origin;
  }
  return std::unexpected(fmt::format(
      "'{}' is no origin: write scheme, host and port as browsers send them, such as https://shop.example, with "
      "neither a path nor a *",
      text));
}

bool AllowedOrigins::contain(std::string_view origin) const {
  return std::ranges::find(origins_, origin) != origins_.end();
}

Respond AllowedOrigins::share(const Request& request, Respond respond) const {
  if (origins_.empty()) return respond;
  const auto* header = request.header("Origin");
  std::optional<std::string> origin;
  if (header != nullptr && contain(*header)) origin = *header;
  return [origin = std::move(origin), asked_before = is_preflight(request),
          respond = std::move(respond)](Response response) mutable {
    // Also where nothing is shared, since a cache on the way keeps one answer for all.
    response.headers.push_back({"Vary", "Origin"});
    if (origin) {
      response.headers.push_back({"Access-Control-Allow-Origin", std::move(*origin)});
      response.headers.push_back({"Access-Control-Expose-Headers", readable_headers});
      if (asked_before) answer_preflight(response);
    }
    respond(std::move(response));
  };
}

}  // namespace upline::api
