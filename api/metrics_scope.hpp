// Whose numbers a caller of /metrics sees: those of the shops that its token opens, and of the whole process what tells
// nothing of other shops.
#pragma once

#include <compare>
#include <set>
#include <string>
#include <vector>

namespace prometheus {
struct MetricFamily;
}

namespace upline::api {

struct MetricsScope {
  bool sees_whole_server{};       // what all shops together come to: connections, queues, what was shed
  bool sees_all_shops{};          // whatever `shops` says
  std::set<std::string> shops{};  // by name
  auto operator<=>(const MetricsScope&) const = default;
};

inline const MetricsScope everything{.sees_whole_server = true, .sees_all_shops = true};

/// Drops the series that the scope does not see.
void keep_visible(std::vector<prometheus::MetricFamily>& families, const MetricsScope& scope);

}  // namespace upline::api
