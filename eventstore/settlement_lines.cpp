#include "eventstore/settlement_lines.hpp"

#include "eventstore/claims.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/merkle.hpp"
#include "eventstore/snapshots.hpp"
#include "eventstore/stream_states.hpp"

#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace upline::eventstore {

namespace {

using namespace domain;

/// The lines that one LinesScheduled added stand directly in front of it.
struct Chunk {
  Position first{};
  Position last{};
  MemberId last_member{};
  Currency last_currency{};
};

std::vector<Chunk> chunks_of(EventStore& store, const SettlementId& settlement, Attempt attempt) {
  std::vector<Chunk> chunks;
  std::uint64_t lines = 0;
  for (const auto& stored : store.read_stream(to_text(stream_of(settlement)))) {
    auto recorded = decode(stored);
    auto* added = std::get_if<LinesScheduled>(&recorded.event);
    if (added == nullptr || added->attempt != attempt) continue;
    const auto count = added->lines - std::exchange(lines, added->lines);
    if (count == 0 || count >= stored.position.value) throw DamagedStore("a settlement's chunk holds no lines");
    chunks.push_back({{stored.position.value - count},
                      {stored.position.value - 1},
                      std::move(added->last_member),
                      std::move(added->last_currency)});
  }
  return chunks;
}

SettlementLine line_from(const StoredEvent& stored, const SettlementId& settlement, Attempt attempt) {
  auto recorded = decode(stored);
  auto* payout = std::get_if<PayoutScheduled>(&recorded.event);
  if (payout == nullptr || payout->settlement != settlement || payout->attempt != attempt) {
    throw DamagedStore(fmt::format("position {}: no line of settlement {}, where one must be", stored.position.value,
                                   settlement.value));
  }
  return {stored.position, {std::move(recorded.stream.id)}, std::move(*payout)};
}

template <class E>
std::optional<E> held(EventStore& store, ClaimKind kind, const std::string& key, const Counts& counts) {
  const auto position = store.claimed(kind, claim_key(key));
  if (!position) return std::nullopt;
  const auto stored = store.read_one(*position);
  if (!stored) throw DamagedStore(fmt::format("a claim names position {}, which is not there", position->value));
  if (counts && !counts(stored->position, stored->occurred_at)) return std::nullopt;
  return event_as<E>(decode(*stored).event);
}

}  // namespace

Digest next_digest(const Digest& before, std::string_view line_text) {
  thread_local Sha256 sha;
  const auto* text = reinterpret_cast<const std::uint8_t*>(line_text.data());
  return {sha.update(before.bytes).update({text, line_text.size()}).finish().bytes};
}

void read_lines(EventStore& store, const SettlementId& settlement, Attempt attempt, const LineCursor& after,
                const std::function<bool(const SettlementLine&)>& visit) {
  bool goes_on = true;
  for (const auto& chunk : chunks_of(store, settlement, attempt)) {
    if (std::tie(chunk.last_member, chunk.last_currency) <= std::tie(after.member, after.currency)) continue;
    store.read(chunk.first, chunk.last, [&](const StoredEvent& stored) {
      const auto line = line_from(stored, settlement, attempt);
      if (std::tie(line.member, line.payout.currency) > std::tie(after.member, after.currency)) goes_on = visit(line);
      return goes_on;
    });
    if (!goes_on) return;
  }
}

Settlements read_settlements(EventStore& store) {
  if (auto stored = stored_settlements(store)) return std::move(*stored);
  Settlements settlements;
  store.read(Position{1}, store.head().position, [&](const StoredEvent& stored) {
    follow(settlements, decode(stored));
    return true;
  });
  return settlements;
}

std::optional<Settlement> read_settlement(EventStore& store, const SettlementId& id) {
  if (stored_as_of(store)) {
    const auto snapshot = store.snapshot(settlement_snapshot(id));
    if (!snapshot) return std::nullopt;
    if (auto settlement = settlement_from(*snapshot)) return settlement;
  }
  auto all = read_settlements(store);
  const auto known = all.known.find(id);
  return known == all.known.end() ? std::nullopt : std::optional(std::move(known->second));
}

std::optional<Settlement> fold_settlement(EventStore& store, const SettlementId& id, const Counts& counts) {
  Settlements folded;
  for (const auto& stored : store.read_stream(to_text(stream_of(id)))) {
    if (!counts || counts(stored.position, stored.occurred_at)) follow(folded, decode(stored));
  }
  const auto found = folded.known.find(id);
  return found == folded.known.end() ? std::nullopt : std::optional(std::move(found->second));
}

std::string ending_reason(EventStore& store, const SettlementId& id, const Counts& counts) {
  std::string reason;
  for (const auto& stored : store.read_stream(to_text(stream_of(id)))) {
    if (counts && !counts(stored.position, stored.occurred_at)) continue;
    const auto event = decode(stored).event;
    reason.clear();
    if (const auto* abandoned = std::get_if<SettlementAbandoned>(&event)) reason = abandoned->reason;
    if (const auto* cancelled = std::get_if<SettlementCancelled>(&event)) reason = cancelled->reason;
  }
  return reason;
}

KnownPayout known_payout(EventStore& store, const SettlementId& settlement, Attempt attempt, const MemberId& member,
                         const Currency& currency, const Counts& counts) {
  KnownPayout known;
  known.line = held<PayoutScheduled>(store, ClaimKind::payout_scheduled,
                                     line_key(settlement, attempt, member, currency), counts);
  if (!known.line) return known;
  const auto key = payout_key(settlement, member, currency);
  known.paid = held<PayoutPaid>(store, ClaimKind::payout_paid, key, counts);
  known.failed = held<PayoutFailed>(store, ClaimKind::payout_failed, key, counts);
  known.returned = held<PayoutReturned>(store, ClaimKind::payout_returned, key, counts);
  return known;
}

}  // namespace upline::eventstore
