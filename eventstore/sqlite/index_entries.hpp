// What events add to a log's index: where their streams end, and what they claim.
#pragma once

#include "eventstore/event_store.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace upline::eventstore::sqlite {

/// Heterogeneous look-up, so that a name is not copied to be found.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <class Value>
using ByName = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

/// A claim as one name: a byte for its kind, then its key.
inline std::string claim_name(ClaimKind kind, ClaimKey key) {
  std::string name(1, static_cast<char>(kind));
  return name.append(reinterpret_cast<const char*>(key.data()), key.size());
}
inline ClaimKind kind_of(std::string_view name) { return static_cast<ClaimKind>(name.front()); }
inline ClaimKey key_of(std::string_view name) { return claim_key(name.substr(1)); }

/// Of the events from behind `after` up to `to`.
struct IndexEntries {
  domain::Position after{};
  domain::Position to{};
  Hash last_leaf{};  // of the event `to`
  ByName<StreamHead> heads{};
  ByName<domain::Position> claims{};
};

}  // namespace upline::eventstore::sqlite
