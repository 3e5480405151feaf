#include "api/webhooks/outbox.hpp"

#include "api/message_signature.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/event_json.hpp"
#include "eventstore/webhook_targets.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using domain::Position;
using Json = nlohmann::ordered_json;

std::vector<std::uint16_t> numbers_of(const std::vector<std::string>& types) {
  std::vector<std::uint16_t> numbers;
  for (const auto& format : eventstore::event_formats()) {
    if (std::ranges::find(types, format.name) != types.end()) numbers.push_back(format.type);
  }
  return numbers;
}

}  // namespace

Outbox::Outbox(const WebhookOptions& options, eventstore::Shop& shop, eventstore::WebhookStore& store, std::string id)
    : options_(options), shop_(shop), store_(store), breaker_(options.failures_max, options.pauses) {
  target_.id = std::move(id);
}

void Outbox::reload(eventstore::WebhookTarget target) {
  if (target.resumed != target_.resumed) breaker_ = CircuitBreaker(options_.failures_max, options_.pauses);
  target_ = std::move(target);
  types_ = numbers_of(target_.types);
  replays_ = store_.replays(target_.id);
  queue_.replace(store_.deliveries(target_.id));
}

bool Outbox::wants(std::uint16_t type) const {
  return target_.types.empty() || std::ranges::find(types_, type) != types_.end();
}

/// As far as a page goes, or the room for what waits.
eventstore::WebhookIntake Outbox::look_through(Position first, Position last) {
  eventstore::WebhookIntake intake{.up_to = {first.value - 1}};
  const auto room = options_.waiting_max - queue_.size();
  last = std::min(last, Position{first.value + options_.page - 1});
  shop_.store().read(first, last, [&](const eventstore::StoredEvent& event) {
    if (intake.deliveries.size() >= room) return false;
    if (wants(event.type)) intake.deliveries.push_back({event.position, event.stream});
    intake.up_to = event.position;
    return true;
  });
  return intake;
}

/// The store first: what is in the queue is in the store.
bool Outbox::take(const eventstore::WebhookIntake& intake) {
  if (!store_.take_in(target_.id, intake)) return false;
  for (const auto& delivery : intake.deliveries) queue_.add(delivery);
  return true;
}

bool Outbox::take_in(Position head) {
  if (!target_.paused.empty() || queue_.size() >= options_.waiting_max) return false;
  if (target_.cursor >= head) return take_in_replay();
  const auto intake = look_through({target_.cursor.value + 1}, head);
  if (!take(intake)) return false;
  target_.cursor = intake.up_to;
  return target_.cursor < head || !replays_.empty();
}

bool Outbox::take_in_replay() {
  if (replays_.empty()) return false;
  auto& replay = replays_.front();
  auto intake = look_through(replay.next, replay.last);
  intake.replay = replay.id;
  if (!take(intake)) return false;
  replay.next = {intake.up_to.value + 1};
  if (replay.next > replay.last) replays_.erase(replays_.begin());
  return !replays_.empty();
}

void Outbox::send(HttpClient& client) {
  while (target_.paused.empty() && queue_.in_flight() < options_.in_flight_max) {
    const auto now = options_.clock();
    const auto next = queue_.next(now);
    if (!next || !breaker_.lets_through(now)) return;
    queue_.start(*next);
    try {
      client.post(post_of(*next), [self = shared_from_this(), delivery = *next](const PostResult& result) {
        self->settle(delivery, result);
      });
    } catch (const std::exception& error) {
      put_off(*next, error.what());
    }
  }
}

/// That of the request behind the event; where it is not known, one that all attempts of this delivery share.
TraceContext Outbox::trace_of(const Delivery& delivery, const std::string& name) const {
  auto known = options_.trace_of ? options_.trace_of(delivery.position) : std::nullopt;
  return known ? std::move(*known) : trace_named(name);
}

Post Outbox::post_of(const Delivery& delivery) {
  if (secret_.empty()) {
    auto secret = eventstore::webhook_secret(shop_.vault(), target_.id);
    if (!secret) throw std::runtime_error("the vault has no secret of this webhook; remove it and add it again");
    secret_ = std::move(*secret);
  }
  const auto event = shop_.store().read_one(delivery.position);
  if (!event) throw eventstore::DamagedStore(fmt::format("the log has lost position {}", delivery.position.value));
  const auto json = eventstore::event_json(*event);
  auto body = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto seconds = options_.clock().microseconds / domain::microseconds_per_second;
  auto name = fmt::format("{}/{}/{}", shop_.location().shop, target_.id, delivery.position.value);
  const auto trace = trace_of(delivery, name);
  return {.url = target_.url,
          .headers = {{"Content-Type", "application/json"},
                      {"Upline-Event", json["type"].get<std::string>()},
                      {"Upline-Position", std::to_string(delivery.position.value)},
                      {"Upline-Delivery", std::move(name)},
                      {"traceparent", traceparent_of(trace)},
                      {"Upline-Signature", signature_of(body, secret_, seconds)}},
          .body = std::move(body)};
}

void Outbox::settle(const Delivery& delivery, const PostResult& result) {
  if (result.status >= 200 && result.status < 300) {
    queue_.arrived(delivery);
    breaker_.succeeded();
    ++arrived_;
    progress_.arrived.push_back(delivery.position);
    return;
  }
  is_gone_ = is_gone_ || result.status == 410;
  put_off(delivery,
          result.status == 0 ? fmt::format("no answer: {}", result.error) : fmt::format("answered {}", result.status));
}

void Outbox::put_off(Delivery delivery, std::string error) {
  const auto now = options_.clock();
  ++failed_;
  ++delivery.attempts;
  delivery.due_at = now + options_.retries.after(delivery.attempts, chance());
  queue_.failed(delivery);
  breaker_.failed(now, chance());
  progress_.failed.push_back(delivery);
  progress_.error = std::move(error);
}

void Outbox::record() {
  if (progress_.arrived.empty() && progress_.failed.empty()) return;
  progress_.at = options_.clock();
  progress_.breaker = name(breaker_.state());
  store_.record(target_.id, std::exchange(progress_, {}));
  if (!std::exchange(is_gone_, false)) return;
  target_.paused = "the target answered 410 Gone";
  store_.pause(target_.id, target_.paused);
}

WebhookState Outbox::state() const {
  return {.target = target_.id,
          .breaker = breaker_.state(),
          .is_paused = !target_.paused.empty(),
          .looked_through = target_.cursor.value,
          .waiting = queue_.size(),
          .in_flight = queue_.in_flight(),
          .held_streams = queue_.held_streams(),
          .arrived = arrived_,
          .failed = failed_};
}

}  // namespace upline::api
