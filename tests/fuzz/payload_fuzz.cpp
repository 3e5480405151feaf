// Whatever bytes stand for an event: they are refused, or they are exactly the bytes that the event is written as.
#include "eventstore/event_codec.hpp"
#include "eventstore/payload.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace upline::eventstore;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto formats = event_formats();
  const auto& format = formats[data[0] % formats.size()];
  const std::span payload(data + 1, size - 1);
  try {
    const auto event = decode_payload(formats, format.type, format.schema, payload);
    const auto& today = format_of(event);
    const auto written = encode_payload(event);
    const bool is_todays_format = today.type == format.type && today.schema == format.schema;
    if (is_todays_format && !std::ranges::equal(written, payload)) std::abort();
    if (decode_payload(formats, today.type, today.schema, written) != event) std::abort();
  } catch (const UndecodablePayload&) {
    return 0;
  }
  return 0;
}
