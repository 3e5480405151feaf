// From a method and a path to a handler. A table of routes reads
//   const Router<Handler> routes{{
//       {"GET", "/v1/shops/{shop}/orders/{order}", show_order},
//       {"POST", "/v1/shops/{shop}/orders", place_order},
//   }};
// whatever Handler is.
#pragma once

#include "api/http.hpp"

#include <compare>
#include <cstddef>
#include <expected>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace upline::api {

struct Parameter {
  std::string name{};
  std::string value{};
};

/// Decoded, UTF-8 without NUL, each name once, in the order of the request.
class Parameters {
 public:
  Parameters() = default;
  explicit Parameters(std::vector<Parameter> list) : list_(std::move(list)) {}

  /// Null if it was not given.
  const std::string* find(std::string_view name) const;
  /// One that the route's template names; it is a mistake to ask for another.
  const std::string& operator[](std::string_view name) const;

  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  std::size_t size() const { return list_.size(); }

 private:
  std::vector<Parameter> list_;
};

struct RouteMatch {
  std::size_t route{};  // its place in the table
  Parameters path{};
  Parameters query{};
};

struct RouteTemplate {
  std::string method{};
  std::string path{};  // "/v1/shops/{shop}": a parameter is a whole segment, and never empty
};

/// Percent-decoded, with '+' for a space where it is so (in queries). The error says what is wrong with it.
std::expected<std::string, std::string> percent_decode(std::string_view text, bool plus_is_space);

/// "a=1&b=x%20y": a name without '=' has an empty value. The error is a sentence.
std::expected<Parameters, std::string> parse_query(std::string_view query);

/// Which of several templates a request means. Where more than one fits, a literal segment goes before a parameter.
class RouteTable {
 public:
  /// Throws std::invalid_argument for a template that is none, or is given twice.
  explicit RouteTable(const std::vector<RouteTemplate>& templates);

  /// HEAD is served as GET. Else the answer: 404 for an unknown path, 405 with Allow for a method that the path has
  /// not, 204 with Allow for OPTIONS, 400 for an escape or a query that cannot be decoded.
  std::expected<RouteMatch, Response> find(const Request& request) const;

 private:
  struct Segment {
    bool is_parameter{};
    std::string text{};
    auto operator<=>(const Segment&) const = default;
  };
  struct Pattern {
    std::vector<Segment> segments{};
    std::string method{};
    std::size_t route{};
  };
  using Segments = std::vector<std::string>;

  static Pattern pattern_of(const RouteTemplate& from, std::size_t route);
  static bool fits(const Pattern& pattern, const Segments& segments);
  static RouteMatch match(const Pattern& pattern, const Segments& segments, Parameters query);
  static bool are_same(const Pattern& left, const Pattern& right);
  /// Of the path with these segments; of all paths, where it is null.
  std::set<std::string> methods_of(const Segments* segments) const;

  std::vector<Pattern> patterns_;
};

template <class Handler>
struct Route {
  std::string method{};
  std::string path{};
  Handler handler{};
};

template <class Handler>
class Router {
 public:
  /// As RouteTable.
  explicit Router(std::vector<Route<Handler>> routes) : routes_(std::move(routes)), table_(templates_of(routes_)) {}

  std::expected<RouteMatch, Response> find(const Request& request) const { return table_.find(request); }
  const Route<Handler>& route_of(const RouteMatch& match) const { return routes_[match.route]; }
  const Handler& handler_of(const RouteMatch& match) const { return route_of(match).handler; }
  const std::vector<Route<Handler>>& routes() const { return routes_; }

 private:
  static std::vector<RouteTemplate> templates_of(const std::vector<Route<Handler>>& routes) {
    std::vector<RouteTemplate> templates;
    templates.reserve(routes.size());
    for (const auto& route : routes) templates.push_back({route.method, route.path});
    return templates;
  }

  std::vector<Route<Handler>> routes_;
  RouteTable table_;
};

}  // namespace upline::api
