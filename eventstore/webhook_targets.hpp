// How a merchant registers and removes a target of webhooks, whether on the command line or over HTTP: what an address
// may be, and where the secret lies that signs what is sent there.
#pragma once

#include "domain/time.hpp"
#include "eventstore/shop.hpp"
#include "eventstore/webhooks.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace upline::eventstore {

constexpr std::size_t webhook_targets_max = 16;
constexpr std::size_t webhook_url_bytes_max = 2048;

/// The wish makes no sense, or clashes with what is there. The message is a sentence that says what to do.
class WebhookRefused : public std::runtime_error {
 public:
  WebhookRefused(std::string code, const std::string& sentence, std::string field)
      : std::runtime_error(sentence), code_(std::move(code)), field_(std::move(field)) {}
  const std::string& code() const { return code_; }    // invalid_url, unknown_event_type, webhook_exists, …
  const std::string& field() const { return field_; }  // url, types, from, to; empty for none

 private:
  std::string code_;
  std::string field_;
};

struct NewWebhook {
  std::string url{};
  std::vector<std::string> types{};  // names of event types, or "all"
  bool allows_plain_http{};          // beyond this machine
  std::string idempotency_key{};     // may be empty
};

struct AddedWebhook {
  std::string id{};
  std::string secret{};  // shown this once, and to whoever repeats the request under its key
  domain::Position after{};
  bool is_repeated{};
};

/// The target gets what is appended from now on. Its secret is made here, and kept in the vault. Under a key that came
/// with the same wish before, it is what was added then. Throws WebhookRefused.
AddedWebhook add_webhook(Shop& shop, const NewWebhook& wanted, domain::Timestamp now);

/// Forgets the target, what it waits for, and its secret. False where there is none.
bool remove_webhook(Shop& shop, const std::string& id);

/// first..last; `last` is the log's end where it is not given.
struct WantedReplay {
  domain::Position first{};
  std::optional<domain::Position> last{};
  std::string idempotency_key{};  // may be empty
};

enum class Replay : std::uint8_t { unknown_webhook, asked_for, repeated };

/// Throws WebhookRefused for a part that the log does not have.
Replay replay_webhook(Shop& shop, const std::string& id, const WantedReplay& wanted);

/// What signs deliveries to this target; nothing where it was removed.
std::optional<std::string> webhook_secret(Vault& vault, const std::string& id);

/// The last position such that it and all before it were delivered, or are not for this target.
domain::Position delivered_up_to(const WebhookTarget& target, const WebhookBacklog& backlog);

/// `active`, `paused`, or `waiting` where the target failed so often that it is only tried now and then.
std::string_view state_of(const WebhookTarget& target);

/// Throws WebhookRefused unless it is http://host… or https://host…, plain HTTP on this machine only or where allowed.
void check_webhook_url(std::string_view url, bool allows_plain_http);

}  // namespace upline::eventstore
