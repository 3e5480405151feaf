#include "api/router.hpp"

#include "api/problem.hpp"
#include "domain/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace upline::api {

namespace {

/// The longest of the routes has no more segments.
constexpr std::size_t parts_usual = 8;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  parts.reserve(parts_usual);
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// The two digits behind a '%'.
std::optional<char> decode_escape(std::string_view digits) {
  unsigned char byte{};
  if (digits.size() != 2) return std::nullopt;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + 2, byte, 16);
  if (error != std::errc{} || stop != digits.data() + 2) return std::nullopt;
  return static_cast<char>(byte);
}

/// The segments of "/a/b%2Fc": "a" and "b/c".
std::expected<std::vector<std::string>, std::string> decode_path(std::string_view path) {
  std::vector<std::string> segments;
  segments.reserve(parts_usual);
  if (path.starts_with('/')) path.remove_prefix(1);
  for (const auto part : split(path, '/')) {
    auto segment = percent_decode(part, false);
    if (!segment) return std::unexpected(segment.error());
    segments.push_back(std::move(*segment));
  }
  return segments;
}

Response bad_request(std::string detail) { return to_response({400, "malformed_request", std::move(detail)}); }

Response options_response(std::string methods) { return {204, {}, {{"Allow", std::move(methods)}}, {}}; }

Response unknown_method(const std::string& method, std::string methods) {
  auto response = to_response({405, "method_not_allowed", fmt::format("This path has {}, not {}.", methods, method)});
  response.headers.push_back({"Allow", std::move(methods)});
  return response;
}

/// "GET, HEAD, OPTIONS, POST"
std::string allow_of(std::set<std::string> methods) {
  if (methods.contains("GET")) methods.insert("HEAD");
  methods.insert("OPTIONS");
  return fmt::format("{}", fmt::join(methods, ", "));
}

}  // namespace

const std::string* Parameters::find(std::string_view name) const {
  const auto hit = std::ranges::find(list_, name, &Parameter::name);
  return hit != list_.end() ? &hit->value : nullptr;
}

const std::string& Parameters::operator[](std::string_view name) const {
  const auto* value = find(name);
  if (value == nullptr) throw std::logic_error(fmt::format("the route has no parameter '{}'", name));
  return *value;
}

std::expected<std::string, std::string> percent_decode(std::string_view text, bool plus_is_space) {
  // Most texts have nothing to decode.
  auto at = std::min(text.find_first_of(plus_is_space ? "%+" : "%"), text.size());
  std::string decoded(text.substr(0, at));
  for (; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += plus_is_space && text[at] == '+' ? ' ' : text[at];
      continue;
    }
    const auto digits = text.substr(at + 1, 2);
    const auto byte = decode_escape(digits);
    if (!byte) return std::unexpected(fmt::format("'%{}' is no escape: two hexadecimal digits follow a '%'", digits));
    decoded += *byte;
    at += 2;
  }
  if (!domain::is_utf8(decoded)) return std::unexpected(fmt::format("'{}' is not UTF-8", text));
  if (decoded.find('\0') != std::string::npos) return std::unexpected(fmt::format("'{}' holds a NUL", text));
  return decoded;
}

std::expected<Parameters, std::string> parse_query(std::string_view query) {
  if (query.empty()) return Parameters();
  std::vector<Parameter> list;
  for (const auto part : split(query, '&')) {
    if (part.empty()) continue;
    const auto equals = std::min(part.find('='), part.size());
    auto name = percent_decode(part.substr(0, equals), true);
    if (!name) return std::unexpected(std::move(name.error()));
    auto value = percent_decode(part.substr(std::min(equals + 1, part.size())), true);
    if (!value) return std::unexpected(std::move(value.error()));
    if (std::ranges::find(list, *name, &Parameter::name) != list.end()) {
      return std::unexpected(fmt::format("the query gives '{}' twice", *name));
    }
    list.push_back({std::move(*name), std::move(*value)});
  }
  return Parameters(std::move(list));
}

RouteTable::RouteTable(const std::vector<RouteTemplate>& templates) {
  for (std::size_t route = 0; route < templates.size(); ++route) {
    auto pattern = pattern_of(templates[route], route);
    if (std::ranges::any_of(patterns_, [&](const Pattern& other) { return are_same(pattern, other); })) {
      throw std::invalid_argument(fmt::format("{} {} is there twice", templates[route].method, templates[route].path));
    }
    patterns_.push_back(std::move(pattern));
  }
  // A literal is less than a parameter, so the first that fits is the one that is meant.
  std::ranges::sort(patterns_, {}, &Pattern::segments);
}

RouteTable::Pattern RouteTable::pattern_of(const RouteTemplate& from, std::size_t route) {
  Pattern pattern{{}, from.method, route};
  bool is_good = !from.method.empty() && from.path.starts_with('/');
  for (const auto part : split(std::string_view(from.path).substr(is_good ? 1 : 0), '/')) {
    const bool is_parameter = part.size() > 2 && part.starts_with('{') && part.ends_with('}');
    const auto text = is_parameter ? part.substr(1, part.size() - 2) : part;
    is_good = is_good && text.find_first_of("{}%?") == std::string_view::npos;
    pattern.segments.push_back({is_parameter, std::string(text)});
  }
  if (!is_good) throw std::invalid_argument(fmt::format("'{} {}' is no route", from.method, from.path));
  return pattern;
}

/// Whether no request could tell one from the other.
bool RouteTable::are_same(const Pattern& left, const Pattern& right) {
  return left.method == right.method &&
         std::ranges::equal(left.segments, right.segments, [](const Segment& a, const Segment& b) {
           return a.is_parameter == b.is_parameter && (a.is_parameter || a.text == b.text);
         });
}

bool RouteTable::fits(const Pattern& pattern, const Segments& segments) {
  return std::ranges::equal(pattern.segments, segments, [](const Segment& expected, const std::string& segment) {
    return expected.is_parameter ? !segment.empty() : expected.text == segment;
  });
}

RouteMatch RouteTable::match(const Pattern& pattern, const Segments& segments, Parameters query) {
  std::vector<Parameter> path;
  path.reserve(segments.size());
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (pattern.segments[i].is_parameter) path.push_back({pattern.segments[i].text, segments[i]});
  }
  return {pattern.route, Parameters(std::move(path)), std::move(query)};
}

std::set<std::string> RouteTable::methods_of(const Segments* segments) const {
  std::set<std::string> methods;
  for (const auto& pattern : patterns_) {
    if (segments == nullptr || fits(pattern, *segments)) methods.insert(pattern.method);
  }
  return methods;
}

std::expected<RouteMatch, Response> RouteTable::find(const Request& request) const {
  if (request.path == "*") return std::unexpected(options_response(allow_of(methods_of(nullptr))));
  const auto segments = decode_path(request.path);
  if (!segments) return std::unexpected(bad_request(segments.error()));
  const auto method = request.method == "HEAD" ? "GET" : request.method;
  for (const auto& pattern : patterns_) {
    if (pattern.method != method || !fits(pattern, *segments)) continue;
    auto query = parse_query(request.query);
    if (!query) return std::unexpected(bad_request(query.error()));
    return match(pattern, *segments, std::move(*query));
  }
  const auto methods = methods_of(&*segments);
  if (methods.empty()) return std::unexpected(to_response({404, "unknown_path", "There is nothing at this path."}));
  if (method == "OPTIONS") return std::unexpected(options_response(allow_of(methods)));
  return std::unexpected(unknown_method(request.method, allow_of(methods)));
}

}  // namespace upline::api
