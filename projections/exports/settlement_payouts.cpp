#include "projections/exports/settlement_payouts.hpp"

#include "eventstore/settlement_lines.hpp"
#include "eventstore/shop_state.hpp"

#include <utility>

#include <fmt/format.h>

namespace upline::projections {

using namespace domain;

namespace {

std::function<Exponent(std::string_view)> exponents_of(eventstore::EventStore& log) {
  eventstore::ShopState state(log);
  return [policy = state.policy()](std::string_view currency) {
    const auto* shop = std::get_if<OpenedShop>(&policy);
    const auto exponent = shop != nullptr ? exponent_of(*shop, {std::string(currency)}) : std::nullopt;
    return exponent.value_or(Exponent{0});
  };
}

}  // namespace

std::expected<Settlement, Rejection> approved_settlement(eventstore::EventStore& log, const SettlementId& id) {
  auto settlement = eventstore::read_settlement(log, id);
  if (!settlement) return refuse(Reason::unknown_settlement, id.value);
  if (settlement->stage != SettlementStage::approved) {
    return refuse(Reason::settlement_not_approved, fmt::format("{} is {}", id.value, name(settlement->stage)));
  }
  return std::move(*settlement);
}

PayoutBatch payouts_of(eventstore::EventStore& log, eventstore::Vault& vault, const SettlementId& id,
                       const Settlement& settlement, Payer payer) {
  const auto fixed = log.read_one(settlement.fixed_position);
  if (!fixed) throw eventstore::DamagedStore(fmt::format("settlement {} was fixed by no event", id.value));
  return {.settlement = id.value,
          .settled_at = fixed->recorded_at,
          .for_each =
              [&log, id, attempt = settlement.attempt](const PayoutVisitor& visit) {
                eventstore::read_lines(log, id, attempt, {}, [&](const eventstore::SettlementLine& line) {
                  visit({line.member.value, line.payout.currency.code, line.payout.amounts.net});
                  return true;
                });
              },
          .payee_of = [&vault](const std::string& member) { return eventstore::payee_of(vault, {member}); },
          .exponent_of = exponents_of(log),
          .payer = std::move(payer)};
}

}  // namespace upline::projections
