// Refunds appended one by one, for tests of pens: each an event, and a claim that nobody else may have.
#pragma once

#include "tests/eventstore/drafts.hpp"

#include <string>
#include <vector>

namespace upline::tests {

/// One event with a claim.
inline void append_refund(eventstore::Pen& pen, const std::string& order, const std::string& refund) {
  const auto& event = pen.append(draft("order/" + order, domain::OrderRefunded{{refund}, {1}, ""}), may(2));
  pen.claim(eventstore::ClaimKind::refund_id, eventstore::claim_key(refund), event.position);
}

/// The events as `order/a 1`: stream and version.
inline std::vector<std::string> streams_of(eventstore::EventStore& store) {
  std::vector<std::string> streams;
  store.read({1}, {100}, [&](const eventstore::StoredEvent& event) {
    streams.push_back(event.stream + ' ' + std::to_string(event.version.value));
    return true;
  });
  return streams;
}

}  // namespace upline::tests
