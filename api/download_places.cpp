#include "api/download_places.hpp"

#include "api/problem.hpp"

#include <atomic>

namespace upline::api {

std::shared_ptr<void> take_download_place() {
  constexpr int places = 8;
  static std::atomic<int> taken{0};
  if (taken.fetch_add(1) >= places) {
    --taken;
    return nullptr;
  }
  return {&taken, [](void*) { --taken; }};
}

Response no_download_place() {
  return shed_response(ShedFor::streams, "too_many_streams", "Eight files are being made or taken already; try again.");
}

}  // namespace upline::api
