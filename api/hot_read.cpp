#include "api/hot_read.hpp"

#include "api/job.hpp"
#include "api/reading.hpp"
#include "api/routes.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace upline::api {

namespace {

using What = HotRead::What;

struct HotRoute {
  std::string_view path{};
  What what{};
  std::string_view id{};  // the parameter of the path
};

constexpr std::array hot_routes{
    HotRoute{"/v1/shops/{shop}/orders/{order}", What::order, "order"},
    HotRoute{"/v1/shops/{shop}/products/{product}", What::product, "product"},
    HotRoute{"/v1/shops/{shop}/stock", What::stock, ""},
    HotRoute{"/v1/shops/{shop}/members/{member}/upline", What::upline, "member"},
    HotRoute{"/v1/shops/{shop}/members/{member}/downline", What::downline, "member"},
    HotRoute{"/v1/shops/{shop}/members/{member}/downline/{level}", What::downline_level, "member"},
    HotRoute{"/v1/shops/{shop}/members/{member}/balances", What::balances, "member"},
};

// What a longer answer takes is a worker's time, not an I/O thread's.
constexpr std::uint64_t upline_default = 100;
constexpr std::uint64_t upline_most = 1000;
constexpr std::uint64_t levels_most = 100'000;

constexpr std::size_t page_default = 100;
constexpr std::size_t page_most = 1000;

/// By the place in the table of routes.
const std::vector<const HotRoute*>& hot_by_route() {
  static const auto all = [] {
    std::vector<const HotRoute*> by_route;
    for (const auto& route : routes().routes()) {
      const auto* const hit = std::ranges::find(hot_routes, route.path, &HotRoute::path);
      by_route.push_back(route.method == "GET" && hit != hot_routes.end() ? &*hit : nullptr);
    }
    return by_route;
  }();
  return all;
}

std::optional<std::uint64_t> number_from(std::string_view text, std::uint64_t least, std::uint64_t most) {
  const auto number = domain::whole_number<std::uint64_t>(text);
  return number && *number >= least && *number <= most ? number : std::nullopt;
}

/// False for what memory does not know, or would refuse: the usual way says what is wrong with it.
bool take(const Parameter& parameter, HotRead& read, std::uint64_t& wait_ms) {
  const auto& [name, value] = parameter;
  if (name == "after" && read.what == What::downline_level && domain::is_well_formed_id(value)) {
    read.after = value;
    return true;
  }
  const auto put = [&](auto& to, std::uint64_t least, std::uint64_t most) {
    const auto number = number_from(value, least, most);
    if (number) to = *number;
    return number.has_value();
  };
  if (name == "min_position") return put(read.at_least.value, 0, UINT64_MAX);
  if (name == "wait_ms") return put(wait_ms, 0, wait_ms_max);
  if (name == "levels") return read.what == What::upline && put(read.levels, 0, upline_most);
  if (name == "limit") return read.what == What::downline_level && put(read.limit, 1, page_most);
  return false;
}

}  // namespace

std::optional<TimedHotRead> hot_read_of(const Job& job) {
  const auto* const route = hot_by_route()[job.match.route];
  if (route == nullptr || job.request.header("If-None-Match") != nullptr) return std::nullopt;
  TimedHotRead timed{.read = {.what = route->what, .levels = upline_default, .limit = page_default}};
  if (route->what == What::downline_level) {
    const auto level = number_from(job.match.path["level"], 1, levels_most);
    if (!level) return std::nullopt;
    timed.read.levels = *level;
  }
  std::uint64_t wait_ms = wait_ms_default;
  for (const auto& parameter : job.match.query) {
    if (!take(parameter, timed.read, wait_ms)) return std::nullopt;
  }
  timed.deadline = job.came + std::chrono::milliseconds(wait_ms);
  if (!route->id.empty()) timed.read.id = job.match.path[route->id];
  return timed;
}

}  // namespace upline::api
