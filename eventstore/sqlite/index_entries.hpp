// What events add to a log's index: where their streams end, and what they claim.
#pragma once

#include "eventstore/event_store.hpp"
#include "eventstore/sqlite/last_names.hpp"
#include "eventstore/sqlite/name_table.hpp"

#include <string>
#include <string_view>

namespace upline::eventstore::sqlite {

/// A claim as one name: a byte for its kind, then its key.
inline std::string claim_name(ClaimKind kind, ClaimKey key) {
  std::string name(1, static_cast<char>(kind));
  return name.append(reinterpret_cast<const char*>(key.data()), key.size());
}
inline ClaimKind kind_of(std::string_view name) { return static_cast<ClaimKind>(name.front()); }
inline ClaimKey key_of(std::string_view name) { return claim_key(name.substr(1)); }

/// What stands in front of all names of a kind: a byte in those of claims, as much as `order/` in those of streams.
/// Empty where they do not grow with time, or are too few.
inline std::string_view kind_in_stream(std::string_view stream) { return stream.substr(0, stream.find('/') + 1); }
inline std::string_view kind_in_claim(std::string_view name) {
  const auto kind = kind_of(name);
  const bool is_random = kind == ClaimKind::key_fingerprint || kind == ClaimKind::referral_code;
  return name.substr(0, is_random ? 0 : 1);
}
inline bool is_kind_of_claims(std::string_view kind) { return kind.size() == 1; }

/// Of the events from behind `after` up to `to`.
struct IndexEntries {
  domain::Position after{};
  domain::Position to{};
  Hash last_leaf{};  // of the event `to`
  NameTable<StreamHead> heads{};
  NameTable<domain::Position> claims{};
  LastNames last{};  // of these, or further

  /// Takes in those that follow.
  void join(const IndexEntries& next) {
    for (const auto& [stream, head] : next.heads) heads.put(stream, head);
    for (const auto& [name, position] : next.claims) claims.put(name, position);
    last.raise(next.last);
    to = next.to;
    last_leaf = next.last_leaf;
  }
};

}  // namespace upline::eventstore::sqlite
