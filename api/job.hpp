// One request on its way: which route it means, which shop, and where its answer goes.
#pragma once

#include "api/endpoint.hpp"
#include "api/observation.hpp"

#include <chrono>
#include <exception>
#include <functional>
#include <memory>

namespace upline::api {

/// Outlives the I/O thread's call.
struct Job {
  Request request;
  RouteMatch match;
  ServedShop& shop;
  Respond respond;
  Caller caller;
  SharedObservation seen{};  // null where nobody watches
  std::chrono::steady_clock::time_point came{std::chrono::steady_clock::now()};

  Call call() const { return {request, match, caller}; }

  /// On the writer's thread, before anybody is answered: what is sent on behalf of these events goes on with the trace.
  void came_to(const eventstore::Outcome& outcome) const {
    if (seen) shop.traces().remember(outcome, seen->trace);
  }
};
using SharedJob = std::shared_ptr<Job>;

/// What a handler threw, as an answer. A broken world is told apart from a mistake, and in `trouble` only says what
/// broke.
Response answer_of(const std::exception_ptr& thrown);

/// The answer of the work, or of what it threw.
Response answer_with(const std::function<Response()>& work);

}  // namespace upline::api
