#include "eventstore/log_check.hpp"

#include "eventstore/claims.hpp"
#include "eventstore/erasure.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/settlement_lines.hpp"

#include <utility>

#include <fmt/format.h>

namespace upline::eventstore {

namespace {

constexpr std::size_t findings_max = 100;

}  // namespace

void LogCheck::find(domain::Position position, std::string what) {
  if (findings_.size() < findings_max) findings_.push_back(fmt::format("position {}: {}", position.value, what));
}

void LogCheck::apply(const StoredEvent& stored, const domain::RecordedEvent& recorded) {
  if (looks_up_) {
    check_links(stored);
    check_claims(stored, recorded);
  }
  apply(recorded, stored.leaf_hash);
}

void LogCheck::apply(const domain::RecordedEvent& recorded, const Hash& leaf_hash) {
  check_order(recorded);
  check_vault(recorded);
  check_lines(recorded);
  growing_.apply(recorded);
  tree_.append(leaf_hash, [&](int level, std::uint64_t index, const Hash& node) {
    ++nodes_;
    if (store_.merkle_node(level, index) != node) find(recorded.position, "a stored node of the tree is wrong");
  });
  last_ = recorded.position;
  last_recorded_at_ = recorded.recorded_at;
  if (states_as_of_ == last_) check_snapshots();
}

void LogCheck::check_order(const domain::RecordedEvent& recorded) {
  if (recorded.position.value != last_.value + 1) {
    find(recorded.position, fmt::format("follows position {}", last_.value));
  }
  if (recorded.recorded_at < last_recorded_at_) {
    find(recorded.position, "was recorded before the event in front of it");
  }
}

void LogCheck::check_links(const StoredEvent& stored) {
  auto& head = streams_[stored.stream];
  if (stored.version.value != head.version.value + 1) {
    find(stored.position,
         fmt::format("version {} of {} follows version {}", stored.version.value, stored.stream, head.version.value));
  }
  if (stored.previous != head.position) find(stored.position, "the link to the event before in its stream is wrong");
  head = {stored.version, stored.position};
}

void LogCheck::check_claim(ClaimKind kind, ClaimKey key, domain::Position position) {
  ++claims_;
  if (store_.claimed(kind, key) != position) find(position, "what it claims for the shop is not in the claims table");
}

void LogCheck::check_claims(const StoredEvent& stored, const domain::RecordedEvent& recorded) {
  const auto& command = stored.command ? stored.command->id : std::string{};
  if (!command.empty() && command != last_command_) {
    check_claim(ClaimKind::command_id, claim_key(command), stored.position);
  }
  last_command_ = command;
  for_each_claim(recorded.stream, recorded.event,
                 [&](ClaimKind kind, ClaimKey key) { check_claim(kind, key, stored.position); });
}

void LogCheck::check_vault(const domain::RecordedEvent& recorded) {
  if (vault_ == nullptr) return;
  check_texts(recorded);
  const auto* imported = std::get_if<domain::KeysImported>(&recorded.event);
  if (imported == nullptr) return;
  keys_compared_ += imported->keys.size();
  if (!vault_->holds({recorded.stream.id}, imported->first, imported->keys)) {
    find(recorded.position, "the vault does not hold these keys as they were imported");
  } else if (!vault_->can_open({recorded.stream.id}, imported->first, imported->keys)) {
    find(recorded.position, "the vault holds these keys, but cannot open them");
  }
}

void LogCheck::check_erased(const domain::MemberId& member) {
  if (!vault_->holds_subject(subject_of(member))) return;
  not_erased_.push_back(fmt::format("the vault still holds what is known of member {}, who was erased", member.value));
}

namespace {

domain::MemberId buyer_of(EventStore& store, const domain::OrderId& order) {
  const auto history = store.read_stream(to_text(stream_of(order)));
  const auto first = decode(history.front()).event;
  const auto* placed = std::get_if<domain::OrderPlaced>(&first);
  return placed == nullptr ? domain::MemberId{} : placed->member;
}

}  // namespace

void LogCheck::check_texts(const domain::RecordedEvent& recorded) {
  const domain::OrderId order{recorded.stream.id};
  if (const auto* placed = std::get_if<domain::OrderPlaced>(&recorded.event)) {
    const auto contact = contact_name(order, placed->member);
    const auto is_gone = is_erased(store_, placed->member);
    if (placed->contact && !is_gone && !vault_->holds_text(contact, *placed->contact)) {
      find(recorded.position, "the vault does not hold the buyer's contact as it was given");
    }
    const auto owner = vault_->lookup_subject(order);
    if (owner && (!placed->contact || *owner != contact.subject)) {
      find(recorded.position, "the vault lets somebody look the order up who did not place it");
    }
  }
  if (const auto* delivered = std::get_if<domain::OrderDelivered>(&recorded.event); delivered && delivered->text) {
    const auto buyer = buyer_of(store_, order);
    if (!vault_->holds_text(delivery_name(order, buyer), *delivered->text) && !is_erased(store_, buyer)) {
      find(recorded.position, "the vault does not hold what was delivered by hand");
    }
  }
  if (std::holds_alternative<domain::MemberErased>(recorded.event)) check_erased({recorded.stream.id});
}

bool LogCheck::is_right(const std::string& name, const Snapshot& snapshot) {
  if (name.starts_with(open_orders_prefix)) {
    const auto* order = growing_.agenda.find({name.substr(open_orders_prefix.size())});
    return order != nullptr && open_order_from(snapshot) == *order;
  }
  if (name.starts_with(releases_prefix)) return true;  // compared as a whole, below
  if (name.starts_with(counted_prefix)) {
    const auto slash = name.find('/', counted_prefix.size());
    if (slash == std::string::npos) return false;
    const Buying buying{{name.substr(counted_prefix.size(), slash - counted_prefix.size())}, {name.substr(slash + 1)}};
    const auto counted = growing_.counted.find(buying);
    return counted != growing_.counted.end() && counted_units_from(snapshot) == counted->second;
  }
  const auto stream = domain::parse_stream(name);
  const auto pool = key_pool_from(snapshot);
  return stream && pool && growing_.pools[{stream->id}] == *pool;
}

/// What is missing is found here, what is there and wrong by its name.
void LogCheck::check_agenda() {
  const auto stored = stored_agenda(store_);
  if (!stored) return;  // made anew when it is needed
  if (stored->open_count() != growing_.agenda.open_count()) find(last_, "an open order is not on the agenda");
  if (stored->releases() != growing_.agenda.releases()) find(last_, "the scheduled releases on the agenda are wrong");
  if (store_.snapshots(counted_prefix).size() != growing_.counted.size()) {
    find(last_, "units that count towards a purchase limit are missing");
  }
}

/// At the position that they are as of.
void LogCheck::check_snapshots() {
  for (const auto& [name, snapshot] : store_.snapshots()) {
    if (snapshot.schema != snapshot_schema) continue;  // of another program version: made anew when it is needed
    if (name == as_of_snapshot || name.starts_with(settlements_prefix)) continue;
    if (name == turnover_snapshot) {
      if (turnover_from(snapshot) != growing_.turnover) find(last_, "the turnover's snapshot is wrong");
    } else if (!is_right(name, snapshot)) {
      find(last_, fmt::format("the snapshot {} is wrong", name));
    }
  }
  check_agenda();
}

/// At the head: they are stored with every change.
void LogCheck::check_settlements() {
  if (!states_as_of_) return;
  const auto& known = growing_.settlements.known;
  const auto stored = store_.snapshots(settlements_prefix);
  for (const auto& [name, snapshot] : stored) {
    if (snapshot.schema != snapshot_schema) continue;
    const auto settlement = known.find({name.substr(settlements_prefix.size())});
    const bool is_right = settlement != known.end() && settlement_from(snapshot) == settlement->second;
    if (!is_right) find(last_, fmt::format("the snapshot {} is wrong", name));
  }
  if (stored.size() != known.size()) find(last_, "the snapshot of a settlement is missing");
}

/// The domain takes a line's digest as it comes, so it is computed again here.
void LogCheck::check_lines(const domain::RecordedEvent& recorded) {
  if (std::holds_alternative<domain::SettlementOpened>(recorded.event)) {
    line_digests_[recorded.stream.id] = {};
  } else if (const auto* line = std::get_if<domain::PayoutScheduled>(&recorded.event)) {
    auto& digest = line_digests_[line->settlement.value];
    digest = next_digest(digest, domain::line_text({recorded.stream.id}, line->currency, line->amounts));
  } else if (const auto* added = std::get_if<domain::LinesScheduled>(&recorded.event)) {
    if (added->digest != line_digests_[recorded.stream.id]) find(recorded.position, "the digest of the lines is wrong");
  } else if (const auto* fixed = std::get_if<domain::SettlementFixed>(&recorded.event)) {
    if (fixed->digest != line_digests_[recorded.stream.id]) find(recorded.position, "the digest of the lines is wrong");
  }
}

void LogCheck::check_streams_and_claims(const LogHead& head) {
  for (const auto& [stream, expected] : streams_) {
    const auto kept = store_.stream_head(stream);
    if (kept.version != expected.version || kept.position != expected.position) {
      find(expected.position, fmt::format("the table of streams is wrong about {}", stream));
    }
  }
  if (store_.stream_count() != streams_.size()) find(head.position, "the table of streams has rows without events");
  if (store_.claim_count() != claims_) find(head.position, "the table of claims has rows without events");
}

void LogCheck::finish(const TreeHead& head) {
  if (head.position != last_) find(head.position, fmt::format("is the head, but the last event is {}", last_.value));
  if (head.recorded_at != last_recorded_at_)
    find(head.position, "the head was recorded at another time than the last event");
  if (store_.event_count() != last_.value) find(head.position, "there are events beyond the head or before the first");
  if (store_.merkle_node_count() != nodes_) find(head.position, "the tree has stored nodes without leaves");
  if (head.tree.root() != tree_.root()) find(head.position, "the root of the tree is wrong");
  if (looks_up_) check_streams_and_claims(head);
  check_settlements();
  if (vault_ != nullptr && not_erased_.empty() && !erasures_are_done(store_, *vault_)) {
    not_erased_.emplace_back("the vault's files may still hold what was erased: clearing them was cut short");
  }
}

}  // namespace upline::eventstore
