// Whether a log is what it must be: hashes, tree, positions, links, and the tables that are kept beside the events.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/snapshots.hpp"
#include "eventstore/vault.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace upline::eventstore {

/// Streams and claims: looked up one by one, so that what is wrong can be named, or compared by somebody else
/// (log_sums).
enum class StreamsAndClaims { looked_up, compared_elsewhere };

/// Takes the events 1, 2, 3 ... as they are stored. Where it looks streams up, memory grows with the number of streams,
/// about 100 bytes each.
class LogCheck {
 public:
  /// `vault` may be null: then the keys' ciphertexts are not compared.
  LogCheck(EventStore& store, Vault* vault, StreamsAndClaims streams_and_claims = StreamsAndClaims::looked_up)
      : store_(store),
        vault_(vault),
        looks_up_(streams_and_claims == StreamsAndClaims::looked_up),
        states_as_of_(stored_as_of(store)) {}

  /// Checks one event against those before it. `recorded` is what decode() made of it.
  void apply(const StoredEvent& stored, const domain::RecordedEvent& recorded);

  /// The same without what streams and claims need.
  void apply(const domain::RecordedEvent& recorded, const Hash& leaf_hash);

  /// Checks head, tree and tables against all events, which end at `head`.
  void finish(const TreeHead& head);

  /// Sentences, each with the position it concerns; no more than the first hundred are kept.
  const std::vector<std::string>& findings() const { return findings_; }

  /// What the vault still holds of members who were erased; nothing is damaged, and the next opening destroys it.
  const std::vector<std::string>& not_erased() const { return not_erased_; }

  std::uint64_t keys_compared() const { return keys_compared_; }

 private:
  void find(domain::Position position, std::string what);
  void check_order(const domain::RecordedEvent& recorded);
  void check_links(const StoredEvent& stored);
  void check_claims(const StoredEvent& stored, const domain::RecordedEvent& recorded);
  void check_claim(ClaimKind kind, ClaimKey key, domain::Position position);
  void check_vault(const domain::RecordedEvent& recorded);
  void check_lines(const domain::RecordedEvent& recorded);
  void check_texts(const domain::RecordedEvent& recorded);
  void check_erased(const domain::MemberId& member);
  bool is_right(const std::string& name, const Snapshot& snapshot);
  void check_agenda();
  void check_streams_and_claims(const LogHead& head);
  void check_snapshots();
  void check_settlements();

  EventStore& store_;
  Vault* vault_;
  bool looks_up_;
  std::optional<domain::Position> states_as_of_;
  MerkleFrontier tree_;
  domain::Position last_{};
  domain::Timestamp last_recorded_at_{domain::timestamp_min};
  std::string last_command_;
  std::unordered_map<std::string, StreamHead> streams_;
  GrowingStates growing_;
  std::unordered_map<std::string, domain::Digest> line_digests_;  // by settlement
  std::uint64_t claims_{};
  std::uint64_t nodes_{};
  std::uint64_t keys_compared_{};
  std::vector<std::string> findings_;
  std::vector<std::string> not_erased_;
};

}  // namespace upline::eventstore
