// A shop's folder as one process holds it: its own log, vault and handler. Several at once over one folder stand for
// several programs.
#pragma once

#include "eventstore/command_handler.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/sqlite/sqlite_event_store.hpp"
#include "eventstore/vault.hpp"
#include "tests/eventstore/commands.hpp"
#include "tests/eventstore/tamper.hpp"

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace upline::tests {

/// The master key of every vault in these tests: 0, 1, 2 ... 31.
inline eventstore::SecretKey test_master_key() {
  eventstore::SecretKey key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  return key;
}

/// A clock that stands on 1 June 2026.
inline eventstore::HandlerOptions test_options() {
  return {.clock = [] { return may(32); }};
}

class ShopProcess {
 public:
  explicit ShopProcess(const std::filesystem::path& folder, eventstore::HandlerOptions options = test_options())
      : store_(eventstore::sqlite::open_event_store(folder)),
        vault_(eventstore::open_vault(folder, test_master_key())),
        handler_(*store_, vault_.get(), std::move(options)) {}

  eventstore::EventStore& store() { return *store_; }
  eventstore::Vault& vault() { return *vault_; }
  eventstore::CommandHandler& handler() { return handler_; }

  /// One command in a batch of its own.
  eventstore::Outcome run(domain::Command command, std::string command_id = {}, std::vector<std::string> secrets = {}) {
    const std::vector<eventstore::Request> requests{
        {std::move(command), std::move(command_id), "tester", std::move(secrets)}};
    return handler_.execute(requests).front();
  }

  /// Commands in one batch, without ids.
  std::vector<eventstore::Outcome> run_batch(const std::vector<domain::Command>& commands) {
    std::vector<eventstore::Request> requests;
    for (const auto& command : commands) requests.push_back({command, {}, "tester", {}});
    return handler_.execute(requests);
  }

 private:
  std::unique_ptr<eventstore::EventStore> store_;
  std::unique_ptr<eventstore::Vault> vault_;
  eventstore::CommandHandler handler_;
};

inline void must_append(const eventstore::Outcome& outcome) {
  if (outcome.answer == eventstore::Answer::appended) return;
  throw std::logic_error("the set-up was refused: " +
                         (outcome.rejection ? std::string(code(outcome.rejection->reason)) : std::string("?")));
}

/// Ten secrets `<batch>-key-0` ... `<batch>-key-9`, or as many as asked for.
inline std::vector<std::string> secrets_of(const std::string& batch, int count = 10) {
  std::vector<std::string> secrets;
  for (int i = 0; i < count; ++i) secrets.push_back(batch + "-key-" + std::to_string(i));
  return secrets;
}

/// The shop of the ledger's worked example: CNY, rates 1000/500/250, hold 7 days, alice <- bob <- carol <- dave, and
/// the products `game` (ten keys in batch `b1`), `licence` (reusable, one key) and `course` (external).
inline void set_up_worked_example(ShopProcess& shop) {
  using domain::Fulfilment;
  for (const auto& outcome :
       shop.run_batch({open_shop(), limit_levels(3), publish("standard", {1000, 500, 250}), choose_default("standard"),
                       add_product("game", Fulfilment::key_pool), add_product("licence", Fulfilment::reusable),
                       add_product("course", Fulfilment::external), enrol("alice"), enrol("bob", "alice"),
                       enrol("carol", "bob"), enrol("dave", "carol")})) {
    must_append(outcome);
  }
  must_append(shop.run(import_keys("game", "b1"), {}, secrets_of("b1")));
  must_append(shop.run(import_keys("licence", "l1"), {}, {"licence-for-all"}));
}

/// Every event of the log, decoded, hashes checked.
inline std::vector<domain::RecordedEvent> all_events(eventstore::EventStore& store) {
  std::vector<domain::RecordedEvent> events;
  store.read({1}, store.head().position, [&](const eventstore::StoredEvent& stored) {
    events.push_back(eventstore::decode(stored));
    return true;
  });
  return events;
}

/// What a command appended, as `order/o1 OrderPlaced`, in order.
inline std::vector<std::string> appended_by(eventstore::EventStore& store, const eventstore::Outcome& outcome) {
  std::vector<std::string> events;
  if (outcome.answer != eventstore::Answer::appended) return events;
  store.read(outcome.first, outcome.last, [&](const eventstore::StoredEvent& stored) {
    const auto event = eventstore::decode(stored);
    events.push_back(stored.stream + ' ' + std::string(eventstore::format_of(event.event).name));
    return true;
  });
  return events;
}

/// The code of a refusal; empty where nothing was refused.
inline std::string refusal(const eventstore::Outcome& outcome) {
  return outcome.rejection ? std::string(code(outcome.rejection->reason)) : std::string();
}

/// The referral code that a member was given.
inline domain::ReferralCode code_of(eventstore::EventStore& store, const std::string& member) {
  const auto enrolled = eventstore::decode(store.read_stream("member/" + member).front());
  return std::get<domain::MemberEnrolled>(enrolled.event).code;
}

/// What an order's keys are, in the order of their delivery.
inline std::vector<domain::KeyRange> keys_of(eventstore::EventStore& store, const std::string& order) {
  for (const auto& stored : store.read_stream("order/" + order)) {
    const auto event = eventstore::decode(stored);
    if (const auto* delivered = std::get_if<domain::KeysDelivered>(&event.event)) return delivered->keys;
  }
  return {};
}

}  // namespace upline::tests
