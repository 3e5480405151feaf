#include "projections/past_settlements.hpp"

#include "eventstore/settlement_lines.hpp"

#include <utility>
#include <vector>

namespace upline::projections {

using namespace domain;

namespace {

std::vector<SettlementId> ids_of(eventstore::EventStore& log, const std::optional<SettlementId>& only) {
  if (only) return {*only};
  std::vector<SettlementId> ids;
  for (const auto& [id, settlement] : eventstore::read_settlements(log).known) ids.push_back(id);
  return ids;
}

PayoutTotals& totals_in(Settlement& settlement, PayoutResult result) {
  switch (result) {
    case PayoutResult::paid:
      return settlement.paid;
    case PayoutResult::failed:
      return settlement.failed;
    case PayoutResult::returned:
      return settlement.returned;
  }
  std::unreachable();
}

void add(PayoutTotals& totals, const PayoutTotal& more) {
  add_to(totals, more.currency, more.amounts);
  for (auto& total : totals) {
    if (total.currency == more.currency) total.lines += more.lines - 1;  // add_to counts one
  }
}

}  // namespace

Settlements past_settlements(eventstore::EventStore& log, const Payouts& payouts, const AsOf& as_of,
                             const std::optional<SettlementId>& only) {
  const auto counts = [&](Position position, Timestamp at) { return as_of.counts(position, at); };
  Settlements past;
  for (const auto& id : ids_of(log, only)) {
    auto settlement = eventstore::fold_settlement(log, id, counts);
    if (settlement) past.known.emplace(id, std::move(*settlement));
  }
  payouts.results(as_of, only, [&](const PayoutResults& results) {
    const auto known = past.known.find({std::string(results.settlement)});
    if (known == past.known.end() || known->second.attempt != results.attempt) return;
    add(totals_in(known->second, results.result), results.total);
  });
  return past;
}

}  // namespace upline::projections
