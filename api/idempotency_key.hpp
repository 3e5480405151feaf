// The name that a caller gives a command, so that it can be sent again: draft-ietf-httpapi-idempotency-key-header.
#pragma once

#include "api/http.hpp"

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace upline::api {

/// Of the header, with or without the quotes that the draft asks for; empty where there is none. Throws Refused, 400.
std::string idempotency_key(const Request& request);

/// The same of a batch's line. `field` is what a refusal names.
std::string checked_idempotency_key(std::string_view given, const char* field);

/// The keys of a shop's commands that this process has taken and not yet answered. Each belongs to a command in the
/// writer's queue or in its batch, so there are no more of them than of those.
class KeysInFlight {
 public:
  /// Let go of by its last owner, as soon as the command is committed or refused.
  using Hold = std::shared_ptr<const std::string>;

  /// From any thread. Null where the key is in flight already; for an empty key, a hold of nothing. The holds must be
  /// gone before this is.
  Hold hold(const std::string& key);

 private:
  void let_go(const std::string& key);

  std::mutex mutex_;
  std::set<std::string, std::less<>> keys_;
};

/// Holds the key; throws Refused, 409, where its first command still runs.
KeysInFlight::Hold hold_or_refuse(KeysInFlight& keys, const std::string& key, const char* field);

inline constexpr const char* idempotency_header = "Idempotency-Key";
/// Of an answer that was given before: `true`.
inline constexpr const char* replayed_header = "Idempotency-Replayed";

}  // namespace upline::api
