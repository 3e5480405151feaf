// The lines of a settlement, as they lie in the log, and the settlements of a shop as they stand.
#pragma once

#include "domain/settlement.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/stream_states.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace upline::eventstore {

/// SHA-256 of the digest before and the line's text (docs/format.md).
domain::Digest next_digest(const domain::Digest& before, std::string_view line_text);

struct SettlementLine {
  domain::Position position{};
  domain::MemberId member{};
  domain::PayoutScheduled payout{};
};

/// Where a page of lines goes on: behind the line of this member in this currency.
struct LineCursor {
  domain::MemberId member{};
  domain::Currency currency{};
};

/// The lines of one attempt in the order of member (bytewise), then currency, until the visitor answers false: the same
/// ones for ever. Constant memory; a look-up for each chunk, about 5 microseconds a line. Throws DamagedStore.
void read_lines(EventStore& store, const domain::SettlementId& settlement, domain::Attempt attempt,
                const LineCursor& after, const std::function<bool(const SettlementLine&)>& visit);

/// As of the head. Costs a row each; one scan of the log where the snapshots are gone.
domain::Settlements read_settlements(EventStore& store);

std::optional<domain::Settlement> read_settlement(EventStore& store, const domain::SettlementId& id);

/// Its own stream alone, as far as it counts: without the results of its payouts. Nothing where none does. A look-up
/// for each 1000 lines.
std::optional<domain::Settlement> fold_settlement(EventStore& store, const domain::SettlementId& id,
                                                  const Counts& counts);

/// Why it was abandoned or cancelled, as the last of its events that counts says; empty where it was not.
std::string ending_reason(EventStore& store, const domain::SettlementId& id, const Counts& counts = {});

/// What the log knows of a line's fate: at most four look-ups.
domain::KnownPayout known_payout(EventStore& store, const domain::SettlementId& settlement, domain::Attempt attempt,
                                 const domain::MemberId& member, const domain::Currency& currency,
                                 const Counts& counts = {});

}  // namespace upline::eventstore
