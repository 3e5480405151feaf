// Whether the server is alive and ready, and why not: for whoever restarts it and for whoever sends it requests.
#pragma once

#include "api/http.hpp"
#include "api/served_shop.hpp"
#include "eventstore/writer.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace upline::api {

enum class CheckState {
  ok,
  warning,  // something is wrong that other places of the server, or another server, would not do better
  failed,
};

struct Check {
  std::string name{};
  CheckState state{};
  std::string detail{};  // a sentence without a path, an id or a secret: anybody may ask
};

/// What one shop's threads say of themselves; asking them waits for nobody.
struct ShopHealth {
  std::string name{};
  bool is_open{};
  eventstore::WriterStats writing{};
  Projecting projecting{};
};

struct ServerHealth {
  bool is_ending{};
  std::vector<ShopHealth> shops{};
  std::chrono::steady_clock::time_point now{};
};

/// Beyond so many positions behind, answers of the read models would take too long.
constexpr std::uint64_t ready_lag_max = 10'000;

/// So long no batch takes, even with the wait for another process's pen.
constexpr std::chrono::minutes stuck_after{5};

/// What only a restart would mend.
std::vector<Check> liveness(const ServerHealth& health);

/// What keeps requests from being answered as they should.
std::vector<Check> readiness(const ServerHealth& health);

/// 200 with `{"status": "alive", "checks": […]}`, else 503, a problem with the same checks.
Response livez(const ServerHealth& health);
Response readyz(const ServerHealth& health);

}  // namespace upline::api
