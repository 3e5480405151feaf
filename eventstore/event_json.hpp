// An event as JSON: for people and programs that look into the log. Nothing is read back from it.
#pragma once

#include "domain/event.hpp"
#include "eventstore/stored_event.hpp"

#include <nlohmann/json_fwd.hpp>

namespace upline::eventstore {

/// The payload's fields by name; amounts in minor units, times in RFC 3339, hashes in hex.
nlohmann::ordered_json payload_json(const domain::Event& event);

/// Envelope and payload. Throws as decode() does.
nlohmann::ordered_json event_json(const StoredEvent& event);

}  // namespace upline::eventstore
