#include "api/event_stream.hpp"

#include "domain/text.hpp"
#include "eventstore/event_codec.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace upline::api {

namespace {

using domain::Position;

/// A client that lost its stream sends both: the header is where it stopped, the parameter where it once began.
struct Start {
  const char* name{};
  const std::string* text{};
};

Start start_of(const Call& call) {
  const auto* last_seen = call.request.header("Last-Event-ID");
  if (last_seen != nullptr && !last_seen->empty()) return {"Last-Event-ID", last_seen};
  return {"after", call.query("after")};
}

Position position_after(const Call& call, Position head) {
  const auto start = start_of(call);
  if (start.text == nullptr) return head;
  const auto position = domain::whole_number<std::uint64_t>(*start.text);
  if (!position || *position > head.value) {
    throw Refused({400, "invalid_parameter",
                   fmt::format("'{}' is the position of an event of this shop, or 0; the last one is {}.", start.name,
                               head.value),
                   start.name});
  }
  return {*position};
}

bool is_event_type(std::string_view name) {
  return std::ranges::any_of(eventstore::event_formats(),
                             [&](const eventstore::EventFormat& format) { return format.name == name; });
}

/// None where all are wanted.
std::set<std::string, std::less<>> wanted_types(const Call& call) {
  std::set<std::string, std::less<>> types;
  const auto* text = call.query("types");
  if (text == nullptr) return types;
  for (std::size_t at = 0; at <= text->size();) {
    const auto end = std::min(text->find(',', at), text->size());
    auto name = text->substr(at, end - at);
    if (!is_event_type(name)) {
      throw Refused(
          {400, "invalid_parameter",
           fmt::format("'{}' is no type of event; 'types' is a list such as OrderPlaced,OrderDelivered.", name),
           "types"});
    }
    types.insert(std::move(name));
    at = end + 1;
  }
  return types;
}

}  // namespace

Response stream_events(ServedShop& shop, const Call& call) {
  auto types = wanted_types(call);
  const auto after = position_after(call, shop.reader()->log().head().position);
  auto stream = shop.tail().follow(after, std::move(types));
  if (!stream) {
    return shed_response(ShedFor::streams, "too_many_streams",
                         "The server has as many streams of events as it may; try again.", 10);
  }
  Response response{.content_type = "text/event-stream",
                    // Neither kept nor held back by what lies between.
                    .headers = {{"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}}};
  response.stream = std::move(stream);
  return response;
}

}  // namespace upline::api
