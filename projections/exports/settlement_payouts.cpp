#include "projections/exports/settlement_payouts.hpp"

#include "eventstore/erasure.hpp"
#include "eventstore/exponents.hpp"
#include "eventstore/settlement_lines.hpp"

#include <memory>
#include <string>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

namespace upline::projections {

using namespace domain;

std::expected<Settlement, Rejection> approved_settlement(eventstore::EventStore& log, const SettlementId& id) {
  auto settlement = eventstore::read_settlement(log, id);
  if (!settlement) return refuse(Reason::unknown_settlement, id.value);
  if (settlement->stage != SettlementStage::approved) {
    return refuse(Reason::settlement_not_approved, fmt::format("{} is {}", id.value, name(settlement->stage)));
  }
  return std::move(*settlement);
}

namespace {

using Erased = std::unordered_set<std::string>;

/// Everything but the batch. Where nobody was erased, the settlement knows it all.
FilePayouts summed(eventstore::EventStore& log, const SettlementId& id, const Settlement& settlement,
                   const Erased& erased) {
  if (erased.empty()) return {.lines = settlement.lines, .totals = settlement.totals};
  FilePayouts payouts;
  eventstore::read_lines(log, id, settlement.attempt, {}, [&](const eventstore::SettlementLine& line) {
    const auto& currency = line.payout.currency;
    const auto& amounts = line.payout.amounts;
    if (erased.contains(line.member.value)) {
      payouts.left_out.push_back({line.member, currency, amounts.net});
    } else {
      ++payouts.lines;
      add_to(payouts.totals, currency, amounts);
    }
    return true;
  });
  return payouts;
}

}  // namespace

FilePayouts payouts_of(eventstore::EventStore& log, eventstore::Vault& vault, const SettlementId& id,
                       const Settlement& settlement, Payer payer) {
  const auto fixed = log.read_one(settlement.fixed_position);
  if (!fixed) throw eventstore::DamagedStore(fmt::format("settlement {} was fixed by no event", id.value));
  const auto erased = std::make_shared<const Erased>(eventstore::erased_members(log));
  auto payouts = summed(log, id, settlement, *erased);
  if (payouts.lines == 0 && settlement.lines > 0) {
    throw PayoutRefused(fmt::format("all members of settlement {} were erased: there is no payout to write", id.value));
  }
  payouts.batch = {.settlement = id.value,
                   .settled_at = fixed->recorded_at,
                   .for_each =
                       [&log, id, erased, attempt = settlement.attempt](const PayoutVisitor& visit) {
                         eventstore::read_lines(log, id, attempt, {}, [&](const eventstore::SettlementLine& line) {
                           if (erased->contains(line.member.value)) return true;
                           visit({line.member.value, line.payout.currency.code, line.payout.amounts.net});
                           return true;
                         });
                       },
                   .payee_of = [&vault](const std::string& member) { return eventstore::payee_of(vault, {member}); },
                   .exponent_of = eventstore::exponents_of(log),
                   .payer = std::move(payer)};
  return payouts;
}

}  // namespace upline::projections
