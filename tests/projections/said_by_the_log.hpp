// What the read models must answer, worked out slowly and plainly from the events themselves.
#pragma once

#include "domain/event.hpp"
#include "domain/key_pool.hpp"
#include "projections/as_of.hpp"
#include "tests/projections/shop_books.hpp"

#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace upline::tests {

using Events = std::vector<domain::RecordedEvent>;

inline bool counts(const projections::AsOf& as_of, const domain::RecordedEvent& event) {
  return event.occurred_at <= as_of.occurred_until && event.position <= as_of.last_position();
}

/// Ledger specification, "Balances of a member at time t".
inline Lines balances_said_by(const Events& events, const projections::AsOf& as_of) {
  struct Sums {
    std::int64_t earned{}, reversed{}, pending{}, available{};
  };
  std::map<std::pair<std::string, std::string>, Sums> sums;
  for (const auto& event : events) {
    if (!counts(as_of, event)) continue;
    const auto add = [&](const domain::Currency& currency, std::int64_t amount, domain::Timestamp available_at) {
      auto& sum = sums[{event.stream.id, currency.code}];
      (amount > 0 ? sum.earned : sum.reversed) += std::abs(amount);
      (available_at > as_of.time ? sum.pending : sum.available) += amount;
    };
    const auto* accrued = std::get_if<domain::CommissionAccrued>(&event.event);
    const auto* reversed = std::get_if<domain::CommissionReversed>(&event.event);
    if (accrued != nullptr) add(accrued->currency, accrued->amount.value, accrued->available_at);
    if (reversed != nullptr) add(reversed->currency, -reversed->amount.value, reversed->available_at);
  }
  Lines lines;
  for (const auto& [key, s] : sums) {
    lines.push_back(fmt::format("{} {} earned {} reversed {} pending {} available {}", key.first, key.second, s.earned,
                                s.reversed, s.pending, s.available));
  }
  return lines;
}

/// Who stands above whom: member -> referrer, empty for nobody.
inline std::map<std::string, std::string> referrers_said_by(const Events& events, const projections::AsOf& as_of) {
  std::map<std::string, std::string> referrers;
  for (const auto& event : events) {
    if (counts(as_of, event) && std::holds_alternative<domain::MemberEnrolled>(event.event)) {
      referrers[event.stream.id];
    }
  }
  for (const auto& event : events) {
    if (!counts(as_of, event) || event.stream.kind != domain::StreamKind::member) continue;
    std::string referrer;
    const auto* enrolled = std::get_if<domain::MemberEnrolled>(&event.event);
    const auto* bound = std::get_if<domain::ReferrerBound>(&event.event);
    if (enrolled != nullptr && enrolled->referrer) referrer = enrolled->referrer->value;
    if (bound != nullptr) referrer = bound->referrer.value;
    if (referrer.empty() || !referrers.contains(event.stream.id)) continue;
    referrers[event.stream.id] = referrers.contains(referrer) ? referrer : std::string();
  }
  return referrers;
}

inline Lines tree_said_by(const Events& events, const projections::AsOf& as_of) {
  const auto referrers = referrers_said_by(events, as_of);
  std::map<std::string, std::pair<int, int>> direct_and_downline;
  std::map<std::string, int> depths;
  for (const auto& [member, referrer] : referrers) {
    if (!referrer.empty()) ++direct_and_downline[referrer].first;
    for (auto above = referrer; !above.empty(); above = referrers.at(above)) {
      ++direct_and_downline[above].second;
      ++depths[member];
    }
  }
  Lines lines;
  for (const auto& [member, referrer] : referrers) {
    lines.push_back(fmt::format("{} under {} depth {} direct {} downline {}", member,
                                referrer.empty() ? "nobody" : referrer, depths[member],
                                direct_and_downline[member].first, direct_and_downline[member].second));
  }
  return lines;
}

/// Every member's card, by ids.
inline std::map<std::string, std::string> cards_said_by(const Events& events, const projections::AsOf& as_of) {
  std::map<std::string, projections::MemberCard> cards;
  for (const auto& event : events) {
    const auto* enrolled = std::get_if<domain::MemberEnrolled>(&event.event);
    if (enrolled == nullptr || !counts(as_of, event)) continue;
    cards[event.stream.id] = {.member = {event.stream.id},
                              .enrolled_at = event.occurred_at,
                              .position = event.position,
                              .code = enrolled->code,
                              .standing = domain::Standing::active};
  }
  const auto referrers = referrers_said_by(events, as_of);
  for (const auto& event : events) {
    if (!counts(as_of, event) || !cards.contains(event.stream.id)) continue;
    if (event.stream.kind != domain::StreamKind::member) continue;
    auto& card = cards[event.stream.id];
    if (std::holds_alternative<domain::MemberSuspended>(event.event)) card.standing = domain::Standing::suspended;
    if (std::holds_alternative<domain::MemberResumed>(event.event)) card.standing = domain::Standing::active;
    if (std::holds_alternative<domain::MemberClosed>(event.event)) card.standing = domain::Standing::closed;
    const auto* enrolled = std::get_if<domain::MemberEnrolled>(&event.event);
    const bool binds = enrolled != nullptr ? enrolled->referrer.has_value()
                                           : std::holds_alternative<domain::ReferrerBound>(event.event);
    if (!binds || referrers.at(event.stream.id).empty()) continue;
    card.referrer = domain::MemberId{referrers.at(event.stream.id)};
    card.bound_at = event.occurred_at;
  }
  std::map<std::string, std::string> texts;
  for (const auto& [member, card] : cards) texts[member] = text_of(card);
  return texts;
}

/// An order carried on by what counts, its refunds behind it. One that is not placed by then is none.
struct SaidOrder {
  projections::OrderLine line{};
  Lines refunds{};

  void take(const domain::RecordedEvent& event) {
    if (const auto* e = std::get_if<domain::PaymentReceived>(&event.event)) {
      line.paid_at = event.occurred_at;
      line.channel = e->channel;
      if (e->chain) line.plan = e->chain->plan;
      if (e->chain) line.plan_version = e->chain->version;
      line.state = "paid";
    }
    if (std::holds_alternative<domain::KeysDelivered>(event.event) ||
        std::holds_alternative<domain::OrderDelivered>(event.event)) {
      line.delivered_at = event.occurred_at;
      line.state = "delivered";
    }
    if (const auto* e = std::get_if<domain::OrderRefunded>(&event.event)) {
      line.refunded.value += e->amount.value;
      line.state = line.refunded == line.amount_due ? "refunded" : "partially_refunded";
      refunds.push_back(text_of(projections::RefundLine{e->refund, event.position, e->amount, event.occurred_at}));
    }
  }

  Lines text() const {
    Lines lines{text_of(line)};
    lines.insert(lines.end(), refunds.begin(), refunds.end());
    return lines;
  }
};

inline std::map<std::string, SaidOrder> orders_said_by(const Events& events, const projections::AsOf& as_of) {
  std::map<std::string, SaidOrder> orders;
  for (const auto& event : events) {
    if (!counts(as_of, event) || event.stream.kind != domain::StreamKind::order) continue;
    if (const auto* e = std::get_if<domain::OrderPlaced>(&event.event)) {
      orders[event.stream.id].line = {.order = {event.stream.id},
                                      .position = event.position,
                                      .member = e->member,
                                      .product = e->product,
                                      .quantity = e->quantity,
                                      .amount_due = e->amount_due,
                                      .currency = e->currency,
                                      .placed_at = event.occurred_at,
                                      .state = "placed"};
    } else if (const auto order = orders.find(event.stream.id); order != orders.end()) {
      order->second.take(event);
    }
  }
  return orders;
}

inline Lines plans_said_by(const Events& events, const projections::AsOf& as_of) {
  std::map<std::string, std::string> plans;
  for (const auto& event : events) {
    if (counts(as_of, event) && std::holds_alternative<domain::ProductAdded>(event.event)) plans[event.stream.id];
  }
  for (const auto& event : events) {
    const auto* assigned = std::get_if<domain::PlanAssigned>(&event.event);
    if (assigned == nullptr || !counts(as_of, event) || !plans.contains(event.stream.id)) continue;
    plans[event.stream.id] = assigned->plan.value;
  }
  Lines lines;
  for (const auto& [product, plan] : plans) lines.push_back(fmt::format("{}: {}", product, plan));
  return lines;
}

/// By the domain's own pools, where every event counts.
inline Lines stock_said_by(const Events& events) {
  std::map<std::string, domain::KeyPool> pools;
  for (const auto& event : events) {
    if (std::holds_alternative<domain::ProductAdded>(event.event)) pools[event.stream.id];
    const auto carry_on = [&](const std::string& product, const auto& change) {
      pools[product] = evolve(std::move(pools[product]), change);
    };
    const auto* imported = std::get_if<domain::KeysImported>(&event.event);
    const auto* released = std::get_if<domain::KeysReleased>(&event.event);
    const auto* delivered = std::get_if<domain::KeysDelivered>(&event.event);
    if (imported != nullptr) carry_on(event.stream.id, domain::KeyPoolEvent(*imported));
    if (released != nullptr) carry_on(event.stream.id, domain::KeyPoolEvent(*released));
    if (delivered != nullptr) carry_on(delivered->product.value, *delivered);
  }
  Lines lines;
  for (const auto& [product, pool] : pools) {
    lines.push_back(fmt::format("{} imported {} unreleased {} released {} reserved {} delivered {} revoked {}", product,
                                pool.imported, pool.unreleased, pool.released, pool.reserved, pool.delivered,
                                pool.revoked));
  }
  return lines;
}

}  // namespace upline::tests
