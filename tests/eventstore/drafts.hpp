// Events on their way into a log without a command handler: the store does not care what they say.
#pragma once

#include "eventstore/event_codec.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/sqlite/sqlite_event_store.hpp"
#include "tests/eventstore/commands.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace upline::tests {

inline eventstore::EventDraft draft(std::string stream, const domain::Event& event = domain::MemberResumed{}) {
  const auto& format = eventstore::format_of(event);
  return {.stream = std::move(stream),
          .type = format.type,
          .schema = format.schema,
          .occurred_at = may(1),
          .actor = "tester",
          .payload = eventstore::encode_payload(event)};
}

inline std::unique_ptr<eventstore::Pen> take_pen(eventstore::EventStore& store) {
  return store.take_pen(std::chrono::minutes(1));
}

/// One committed batch of events that say nothing, in the stream `member/m`.
inline void append_events(eventstore::EventStore& store, int count, const std::string& stream = "member/m") {
  const auto pen = take_pen(store);
  for (int i = 0; i < count; ++i) pen->append(draft(stream), may(2));
  pen->commit();
}

}  // namespace upline::tests
