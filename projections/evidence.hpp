// Finding the event behind a fact: what the audits name by position.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/event_store.hpp"

#include <optional>
#include <utility>

namespace upline::projections {

/// The newest event of a stream, not later than `until`, that is the one looked for. Reads the stream up to there.
template <class IsIt>
std::optional<domain::RecordedEvent> newest_event(eventstore::EventStore& store, const domain::StreamId& stream,
                                                  domain::Position until, IsIt is_it) {
  std::optional<domain::RecordedEvent> found;
  for (const auto& stored : store.read_stream(to_text(stream))) {
    if (stored.position > until) break;
    auto event = eventstore::decode(stored);
    if (is_it(event.event)) found = std::move(event);
  }
  return found;
}

/// The standing that an event gives its member; nothing where it gives none.
inline std::optional<domain::Standing> standing_after(const domain::Event& event) {
  if (std::holds_alternative<domain::MemberEnrolled>(event)) return domain::Standing::active;
  if (std::holds_alternative<domain::MemberResumed>(event)) return domain::Standing::active;
  if (std::holds_alternative<domain::MemberSuspended>(event)) return domain::Standing::suspended;
  if (std::holds_alternative<domain::MemberClosed>(event)) return domain::Standing::closed;
  if (std::holds_alternative<domain::MemberErased>(event)) return domain::Standing::closed;
  return std::nullopt;
}

inline bool publishes(const domain::Event& event, domain::PlanVersion version) {
  const auto* published = std::get_if<domain::PlanPublished>(&event);
  return published != nullptr && published->version == version;
}

}  // namespace upline::projections
