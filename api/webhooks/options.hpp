// The bounds of sending webhooks.
#pragma once

#include "api/circuit_breaker.hpp"
#include "api/request_id.hpp"
#include "api/webhooks/http_client.hpp"
#include "eventstore/command_handler.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace upline::api {

struct WebhookOptions {
  std::chrono::milliseconds poll_every{100};  // how often the log and the settings are looked at
  HttpClientOptions client{};
  std::size_t in_flight_max{16};   // of one target
  std::size_t waiting_max{1'000};  // of one target; with so many, no more of the log is looked through for it
  std::size_t page{500};           // events looked at in one go
  Backoff retries{};               // of one event
  std::uint32_t failures_max{5};   // on end, then the breaker opens
  Backoff pauses{};                // of the breaker
  eventstore::Clock clock{eventstore::system_clock_now};
  /// The trace of the request that an event came from, where it is known.
  std::function<std::optional<TraceContext>(domain::Position)> trace_of{};
  /// Told of what keeps a shop's webhooks from being sent at all, in a sentence, on the sender's thread.
  std::function<void(const std::string&)> warn{};
};

/// One target as the sender sees it, for metrics. No address is in it: that may hold a secret.
struct WebhookState {
  std::string target{};
  BreakerState breaker{};
  bool is_paused{};
  std::uint64_t looked_through{};  // the log, up to this position
  std::size_t waiting{};
  std::size_t in_flight{};
  std::size_t held_streams{};
  std::uint64_t arrived{};  // since the server's start
  std::uint64_t failed{};
};

}  // namespace upline::api
