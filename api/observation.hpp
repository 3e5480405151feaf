// One request as it is told of afterwards: filled in on its way by whoever learns something, told once, when it is
// answered.
#pragma once

#include "api/request_id.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace upline::api {

/// Written by one thread at a time, as the request is handed on.
struct Observation {
  TraceContext trace{};
  std::chrono::steady_clock::time_point began{};
  std::string method{};  // one that HTTP knows, or "other": a client may write anything there
  std::size_t route{};   // its place among the names that requests are counted under
  std::string shop{};    // one that is served
  std::string caller{};  // the id of the access token, never the token
};
using SharedObservation = std::shared_ptr<Observation>;

}  // namespace upline::api
