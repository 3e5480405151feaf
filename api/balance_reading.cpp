#include "api/balance_reading.hpp"

#include <string>
#include <utility>
#include <vector>

namespace upline::api {

HeldBalance read_balance(Reader& reader, const domain::MemberId& member, domain::Position position,
                         domain::Timestamp now) {
  // As of one position both answers are of the same entries, whatever comes in between.
  const projections::AsOf as_of{.position = position, .time = now, .occurred_until = domain::timestamp_max};
  const auto balances = reader.models.balances();
  HeldBalance held(position, now);
  balances.balances(as_of, member, [&](const projections::Balance& balance) { held.begin_with(balance); });
  std::vector<BalanceEntry> pending;
  balances.entries(as_of, member, [&](const projections::Entry& entry) {
    if (entry.available_at <= now) return;
    pending.push_back({entry.position, std::string(entry.currency), entry.amount, entry.available_at});
  });
  held.begin_pending(std::move(pending));
  return held;
}

}  // namespace upline::api
