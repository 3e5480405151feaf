// Outgoing webhooks: where a shop's events are sent, and how far that has come (docs/api/webhooks.md). Kept apart from
// the books, in <shop>/webhooks.db; whoever sends and whoever changes the settings may be different processes.
#pragma once

#include "domain/fingerprint.hpp"
#include "domain/ids.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace upline::eventstore {

struct WebhookTarget {
  std::string id{};
  std::string url{};
  std::vector<std::string> types{};  // names of event types; empty: all
  domain::Timestamp created_at{};
  domain::Position cursor{};  // looked through up to here
  std::string paused{};       // why nothing is sent; empty: it is
  std::uint64_t resumed{};    // how often
  std::string breaker{"closed"};
  std::uint64_t delivered{};
  std::optional<domain::Timestamp> last_delivered_at{};
  std::optional<domain::Timestamp> last_failed_at{};
  std::string last_error{};
};

/// An event that a target is still to be sent.
struct WebhookDelivery {
  domain::Position position{};
  std::string stream{};
  std::uint32_t attempts{};
  domain::Timestamp due_at{domain::timestamp_min};
  bool operator==(const WebhookDelivery&) const = default;
};

/// A part of the log that a target is to be sent again: next..last, both inclusive.
struct WebhookReplay {
  std::int64_t id{};
  domain::Position next{};
  domain::Position last{};
};

/// A part of the log that was looked through, and what of it is to be sent.
struct WebhookIntake {
  std::optional<std::int64_t> replay{};  // for this replay; else for the cursor
  domain::Position up_to{};
  std::vector<WebhookDelivery> deliveries{};
};

/// What came of attempts to send.
struct WebhookProgress {
  std::vector<domain::Position> arrived{};
  std::vector<WebhookDelivery> failed{};
  domain::Timestamp at{};
  std::string error{};    // of the last failure
  std::string breaker{};  // as it is now
};

/// A request that came with an idempotency key. Both are keyed hashes.
struct WebhookKey {
  domain::Fingerprint key{};
  domain::Fingerprint content{};
  std::string target{};
  domain::Position after{};  // where the log stood
};

/// How many deliveries a target waits for, and the lowest of them.
struct WebhookBacklog {
  std::uint64_t waiting{};
  std::uint64_t failing{};  // of those, how many were tried in vain
  std::optional<domain::Position> lowest{};
};

/// Every change is one transaction. One thread at a time.
class WebhookStore {
 public:
  virtual ~WebhookStore() = default;

  /// In order of creation.
  virtual std::vector<WebhookTarget> targets() = 0;
  virtual std::optional<WebhookTarget> target(const std::string& id) = 0;
  virtual WebhookBacklog backlog(const std::string& id) = 0;

  // For whoever changes the settings. False where there is no such target.

  /// False, and nothing is written, where its address or the key is there already.
  virtual bool add(const WebhookTarget& target, const std::optional<WebhookKey>& key = {}) = 0;
  virtual bool remove(const std::string& id) = 0;
  virtual bool pause(const std::string& id, const std::string& why) = 0;
  /// What waits is due at once, whatever failed before.
  virtual bool resume(const std::string& id) = 0;
  /// False where the key is there already, too.
  virtual bool replay(const std::string& id, domain::Position first, domain::Position last,
                      const std::optional<WebhookKey>& key = {}) = 0;
  /// The request that came with this key.
  virtual std::optional<WebhookKey> find_key(const domain::Fingerprint& key) = 0;

  // For whoever sends.

  /// Whether another connection has changed anything since this was last asked; true at first.
  virtual bool was_changed() = 0;
  /// In order of position.
  virtual std::vector<WebhookDelivery> deliveries(const std::string& id) = 0;
  /// In the order in which they were asked for.
  virtual std::vector<WebhookReplay> replays(const std::string& id) = 0;
  /// What waits already is left as it is. False where the target, or the replay, is gone: nothing was taken in.
  virtual bool take_in(const std::string& id, const WebhookIntake& intake) = 0;
  virtual void record(const std::string& id, const WebhookProgress& progress) = 0;
};

std::filesystem::path webhooks_file(const std::filesystem::path& folder);

/// Opens <folder>/webhooks.db, and makes it where it is missing. `survives_power_loss` is for settings; without it the
/// last deliveries may be repeated after a power cut, and none is lost.
std::unique_ptr<WebhookStore> open_webhooks(const std::filesystem::path& folder, bool survives_power_loss = true);

}  // namespace upline::eventstore
