#include "api/webhooks/sender.hpp"

#include "api/webhooks/outbox.hpp"
#include "eventstore/file_lock.hpp"
#include "eventstore/thread_name.hpp"
#include "eventstore/webhooks.hpp"

#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace upline::api {

/// From the opening of the shop's files until something about them breaks.
class WebhookSender::Round {
 public:
  /// Nothing where there are no webhooks, or where another process sends them.
  static std::unique_ptr<Round> open(const eventstore::ShopLocation& location, const WebhookOptions& options) {
    if (!std::filesystem::exists(eventstore::webhooks_file(location.folder()))) return nullptr;
    auto lock = eventstore::FileLock::take_if_free(location.folder() / "webhooks.lock");
    if (!lock) return nullptr;
    return std::make_unique<Round>(std::move(*lock), location, options);
  }

  Round(eventstore::FileLock lock, const eventstore::ShopLocation& location, const WebhookOptions& options)
      : lock_(std::move(lock)),
        options_(options),
        shop_(location),
        store_(eventstore::open_webhooks(location.folder(), false)) {}

  void record() {
    for (const auto& [id, outbox] : outboxes_) outbox->record();
  }

  /// True where there is more to do at once.
  bool step(HttpClient& client) {
    record();
    // In this order: an event that was appended after a target was paused or removed is not sent there.
    const auto head = shop_.store().head().position;
    if (store_->was_changed()) reload();
    bool is_more = false;
    for (const auto& [id, outbox] : outboxes_) {
      is_more = outbox->take_in(head) || is_more;
      outbox->send(client);
    }
    return is_more;
  }

  std::vector<WebhookState> states() const {
    std::vector<WebhookState> states;
    for (const auto& [id, outbox] : outboxes_) states.push_back(outbox->state());
    return states;
  }

 private:
  void reload() {
    std::map<std::string, std::shared_ptr<Outbox>> there;
    for (auto& target : store_->targets()) {
      const auto known = outboxes_.find(target.id);
      auto outbox =
          known != outboxes_.end() ? known->second : std::make_shared<Outbox>(options_, shop_, *store_, target.id);
      outbox->reload(std::move(target));
      there.emplace(outbox->id(), std::move(outbox));
    }
    outboxes_ = std::move(there);
  }

  eventstore::FileLock lock_;
  const WebhookOptions& options_;
  eventstore::Shop shop_;
  std::unique_ptr<eventstore::WebhookStore> store_;
  std::map<std::string, std::shared_ptr<Outbox>> outboxes_;
};

WebhookSender::WebhookSender(eventstore::ShopLocation location, WebhookOptions options)
    : location_(std::move(location)),
      options_(std::move(options)),
      client_(options_.client),
      thread_([this] { run(); }) {}

WebhookSender::~WebhookSender() {
  ending_ = true;
  client_.wake();
  thread_.join();
}

std::vector<WebhookState> WebhookSender::states() const {
  const std::lock_guard lock(mutex_);
  return states_;
}

void WebhookSender::publish(std::vector<WebhookState> states) {
  const std::lock_guard lock(mutex_);
  states_ = std::move(states);
}

void WebhookSender::warn_once(const std::string& sentence) {
  if (sentence == warned_) return;
  warned_ = sentence;
  if (options_.warn) options_.warn(fmt::format("webhooks of shop '{}' are not sent: {}", location_.shop, sentence));
}

/// What breaks is told of, and tried anew from what the files say. A delivery that is on its way then may be repeated.
void WebhookSender::run() {
  eventstore::name_this_thread("webhooks");
  std::unique_ptr<Round> round;
  while (!ending_) {
    try {
      if (!round) round = Round::open(location_, options_);
      const bool is_more = round && round->step(client_);
      publish(round ? round->states() : std::vector<WebhookState>{});
      client_.run(is_more ? std::chrono::milliseconds{0} : options_.poll_every);
      if (round && ending_) round->record();
    } catch (const std::exception& error) {
      warn_once(error.what());
      round.reset();
      publish({});
      std::this_thread::sleep_for(options_.poll_every);
    }
  }
}

}  // namespace upline::api
