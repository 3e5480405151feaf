#include "eventstore/erasure.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace upline::eventstore {

namespace {

using Erased = std::vector<std::pair<std::string, domain::Position>>;

/// Nothing where nobody was erased. By its hash, since a log and a vault may come from different backups.
std::optional<ErasureMark> newest_of(EventStore& store, const Erased& erased) {
  if (erased.empty()) return std::nullopt;
  const auto newest = std::ranges::max_element(erased, {}, &Erased::value_type::second)->second;
  const auto event = store.read_one(newest);
  if (!event) throw DamagedStore(fmt::format("a claim names position {}, which is not there", newest.value));
  return ErasureMark{newest, event->leaf_hash};
}

}  // namespace

void carry_out_erasures(EventStore& store, Vault& vault, const ErasingOptions& options) {
  const auto erased = store.claims(ClaimKind::member_erased);
  const auto newest = newest_of(store, erased);
  if (!newest || (vault.erasures_done() == newest && !options.although_done)) return;
  try {
    for (const auto& [member, position] : erased) vault.erase_subject(subject_of(domain::MemberId{member}));
    vault.commit();
    vault.clear_journal(options.patience);
    vault.put_erasures_done(*newest);
    vault.commit();
  } catch (...) {
    vault.rollback();
    throw;
  }
}

bool erasures_are_done(EventStore& store, Vault& vault) {
  const auto newest = newest_of(store, store.claims(ClaimKind::member_erased));
  return !newest || vault.erasures_done() == newest;
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
