// How an event becomes bytes and comes back: explicit type and schema numbers, one decoder for each that ever was.
#pragma once

#include "domain/event.hpp"
#include "eventstore/stored_event.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace upline::eventstore {

class PayloadReader;

/// One stored shape of an event. An older schema's decoder is its upcaster: it reads the old fields and returns the
/// event as the domain knows it today.
struct EventFormat {
  std::uint16_t type{};
  std::uint16_t schema{};
  std::string_view name{};
  domain::Event (*decode)(PayloadReader&){};
};

/// Every type and schema that this program reads. Numbers are never reused.
std::span<const EventFormat> event_formats();

/// The format in which this event is written today.
const EventFormat& format_of(const domain::Event& event);

/// The payload: at least one byte. About 0.5 microseconds.
std::vector<std::uint8_t> encode_payload(const domain::Event& event);

/// Throws UndecodablePayload; NewerStore where `formats` has no such type and schema.
domain::Event decode_payload(std::span<const EventFormat> formats, std::uint16_t type, std::uint16_t schema,
                             std::span<const std::uint8_t> payload);

/// The bytes under the leaf hash: envelope and payload (docs/format.md, "Leaf").
std::vector<std::uint8_t> leaf_bytes(const StoredEvent& event);

/// leaf_hash of leaf_bytes.
Hash hash_of(const StoredEvent& event);

/// Throws DamagedStore, also where the event is not as it was written, or NewerStore, naming the position.
domain::RecordedEvent decode(const StoredEvent& event);

}  // namespace upline::eventstore
