// A whole log, checked: hashes, tree, positions, versions, links, claims, snapshots, keys.
#pragma once

#include "eventstore/event_codec.hpp"
#include "eventstore/log_check.hpp"

#include <string>
#include <vector>

namespace upline::tests {

/// Sentences; none where all is well. Throws where an event cannot be read.
inline std::vector<std::string> what_is_wrong_with(eventstore::EventStore& store, eventstore::Vault* vault) {
  eventstore::LogCheck check(store, vault);
  store.read({1}, store.head().position, [&](const eventstore::StoredEvent& stored) {
    check.apply(stored, eventstore::decode(stored));
    return true;
  });
  check.finish(store.tree_head());
  return check.findings();
}

}  // namespace upline::tests
