#include "api/recent_events.hpp"

#include "eventstore/event_json.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using domain::Position;

std::shared_ptr<const EventText> text_of(const eventstore::StoredEvent& event) {
  const auto json = eventstore::event_json(event);
  auto type = json["type"].get<std::string>();
  // JSON has no line breaks of its own in this form, so one line of data holds it.
  auto text = fmt::format("id: {}\nevent: {}\ndata: {}\n\n", event.position.value, type,
                          json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  return std::make_shared<const EventText>(EventText{std::move(type), std::move(text)});
}

}  // namespace

void RecentEvents::read(eventstore::EventStore& log, Position from, Position to,
                        const std::function<bool(Position, const EventText&)>& visit) {
  for (auto hit = texts_.find(from); hit != texts_.end() && hit->first <= to; ++hit) {
    if (!visit(hit->first, *hit->second)) return;
    from = Position{hit->first.value + 1};
  }
  if (from > to) return;
  log.read(from, to, [&](const eventstore::StoredEvent& event) {
    auto text = text_of(event);
    const auto told = text;
    keep(event.position, std::move(text));
    return visit(event.position, *told);
  });
}

/// Who reads far behind the end is not served from here, and does not push out what the others need.
void RecentEvents::keep(Position position, std::shared_ptr<const EventText> text) {
  const bool is_next = texts_.empty() || position.value == texts_.rbegin()->first.value + 1;
  if (!is_next && position <= texts_.rbegin()->first) return;
  if (!is_next) texts_.clear();
  if (texts_.empty()) bytes_ = 0;
  bytes_ += text->text.size();
  texts_.emplace(position, std::move(text));
  while (bytes_ > bytes_max_) {
    bytes_ -= texts_.begin()->second->text.size();
    texts_.erase(texts_.begin());
  }
}

}  // namespace upline::api
