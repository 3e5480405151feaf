#include "eventstore/erasure.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace upline::eventstore {

namespace {

using Erased = std::vector<std::pair<std::string, domain::Position>>;

/// Nothing where the event cannot be read, or is not as it was written.
std::optional<Hash> sound_hash_at(EventStore& store, domain::Position position) {
  std::optional<StoredEvent> event;
  try {
    event = store.read_one(position);
  } catch (const DamagedStore&) {
    return std::nullopt;
  } catch (const NewerStore&) {
    return std::nullopt;
  }
  if (!event) throw DamagedStore(fmt::format("a claim names position {}, which is not there", position.value));
  return event->is_damaged ? std::nullopt : std::optional(event->leaf_hash);
}

/// Known by its hash, since a log and a vault may come from different backups. The claims say who was erased, so damage
/// to the event is no reason to keep anybody; it has no hash to go by then, and its position has to do.
struct NewestErasure {
  domain::Position position{};
  std::optional<Hash> leaf_hash{};

  ErasureMark mark() const { return {position, leaf_hash.value_or(Hash{})}; }
  bool is_done(const std::optional<ErasureMark>& done) const {
    return done && done->position == position && (!leaf_hash || done->leaf_hash == *leaf_hash);
  }
};

/// Nothing where nobody was erased.
std::optional<NewestErasure> newest_of(EventStore& store, const Erased& erased) {
  if (erased.empty()) return std::nullopt;
  const auto newest = std::ranges::max_element(erased, {}, &Erased::value_type::second)->second;
  return NewestErasure{newest, sound_hash_at(store, newest)};
}

}  // namespace

void carry_out_erasures(EventStore& store, Vault& vault, const ErasingOptions& options) {
  const auto erased = store.claims(ClaimKind::member_erased);
  const auto newest = newest_of(store, erased);
  if (!newest || (newest->is_done(vault.erasures_done()) && !options.although_done)) return;
  try {
    for (const auto& [member, position] : erased) vault.erase_subject(subject_of(domain::MemberId{member}));
    vault.commit();
    vault.clear_journal(options.patience);
    vault.put_erasures_done(newest->mark());
    vault.commit();
  } catch (...) {
    vault.rollback();
    throw;
  }
}

bool erasures_are_done(EventStore& store, Vault& vault) {
  const auto newest = newest_of(store, store.claims(ClaimKind::member_erased));
  return !newest || newest->is_done(vault.erasures_done());
}

bool is_erased(EventStore& store, const domain::MemberId& member) {
  return store.claimed(ClaimKind::member_erased, claim_key(member.value)).has_value();
}

std::unordered_set<std::string> erased_members(EventStore& store) {
  std::unordered_set<std::string> members;
  for (auto& [member, position] : store.claims(ClaimKind::member_erased)) members.insert(std::move(member));
  return members;
}

}  // namespace upline::eventstore
