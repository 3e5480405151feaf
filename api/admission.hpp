// Who is let in when there is too much to do: first whether the caller has not had its share (429), then whether there
// is room for something of that importance (503). Decided at once, on the I/O thread, before any work is done for it.
#pragma once

#include "api/access.hpp"
#include "api/gate.hpp"
#include "api/http.hpp"
#include "api/rate_limiter.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace upline::api {

struct AdmissionOptions {
  /// Of one access token: none, since a shop's whole storefront has one.
  Rate per_token{};
  /// Of one address (IPv6: its /64), for callers without a token. This machine is not limited: a proxy on it speaks for
  /// everybody.
  Rate per_address{.per_second = 50, .burst = 200};
  GateOptions gate{};
};

/// Requests since the start that were let in, by importance: each is answered. What was shed is counted by whoever sees
/// the answers, see Shed.
struct AdmissionCounts {
  static constexpr std::size_t importances = 4;

  std::array<std::uint64_t, importances> admitted{};

  std::uint64_t admitted_of(Importance importance) const { return admitted.at(static_cast<std::size_t>(importance)); }
};

class Admission {
 public:
  explicit Admission(AdmissionOptions options, SteadyClock clock = std::chrono::steady_clock::now);

  struct Caller {
    std::string token{};  // its id; empty without one
    std::string address{};
  };

  /// Nothing where the caller may go on; else 429, with Retry-After.
  std::optional<Response> limit(const Caller& caller);

  /// Nothing where there is room, which is then taken until `respond` is called or destroyed; else 503, with
  /// Retry-After. `pen` is the gate of the shop's writer, for a write.
  std::optional<Response> let_in(Importance importance, Gate* pen, Respond& respond);

  AdmissionCounts counts() const;
  const Gate& gate() const { return gate_; }

 private:
  RateLimiter tokens_;
  RateLimiter addresses_;
  Gate gate_;
  std::array<std::atomic<std::uint64_t>, AdmissionCounts::importances> admitted_{};
};

}  // namespace upline::api
