// What the read models must answer, worked out slowly and plainly from the events themselves.
#pragma once

#include "domain/event.hpp"
#include "domain/key_pool.hpp"
#include "domain/overloaded.hpp"
#include "projections/as_of.hpp"
#include "tests/projections/shop_books.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <type_traits>
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

/// Empty where the event says nothing of that.
inline std::string referrer_given_by(const domain::RecordedEvent& event) {
  const auto* enrolled = std::get_if<domain::MemberEnrolled>(&event.event);
  const auto* bound = std::get_if<domain::ReferrerBound>(&event.event);
  const auto* moved = std::get_if<domain::MemberMoved>(&event.event);
  if (enrolled != nullptr && enrolled->referrer) return enrolled->referrer->value;
  if (bound != nullptr) return bound->referrer.value;
  return moved != nullptr ? moved->referrer.value : std::string();
}

/// Who stands above whom: member -> referrer, empty for nobody.
inline std::map<std::string, std::string> referrers_said_by(const Events& events, const projections::AsOf& as_of) {
  std::map<std::string, std::string> referrers;
  for (const auto& event : events) {
    if (counts(as_of, event) && std::holds_alternative<domain::MemberEnrolled>(event.event)) {
      referrers[event.stream.id];
    }
  }
  auto last_move = domain::timestamp_min;  // what follows a move counts no earlier than it
  for (const auto& event : events) {
    const auto referrer = referrer_given_by(event);
    if (referrer.empty()) continue;
    const auto counts_from = std::max(event.occurred_at, last_move);
    if (std::holds_alternative<domain::MemberMoved>(event.event)) last_move = counts_from;
    if (!as_of.counts(event.position, counts_from) || !referrers.contains(event.stream.id)) continue;
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

/// When the binding to that referrer occurred, which is the last that counts.
inline std::map<std::string, domain::Timestamp> bindings_said_by(const Events& events, const projections::AsOf& as_of) {
  std::map<std::string, domain::Timestamp> bound_at;
  auto last_move = domain::timestamp_min;
  for (const auto& event : events) {
    if (referrer_given_by(event).empty()) continue;
    const auto counts_from = std::max(event.occurred_at, last_move);
    if (std::holds_alternative<domain::MemberMoved>(event.event)) last_move = counts_from;
    if (as_of.counts(event.position, counts_from)) bound_at[event.stream.id] = event.occurred_at;
  }
  return bound_at;
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
  for (const auto& event : events) {
    if (!counts(as_of, event) || !cards.contains(event.stream.id)) continue;
    if (event.stream.kind != domain::StreamKind::member) continue;
    auto& card = cards[event.stream.id];
    if (std::holds_alternative<domain::MemberSuspended>(event.event)) card.standing = domain::Standing::suspended;
    if (std::holds_alternative<domain::MemberResumed>(event.event)) card.standing = domain::Standing::active;
    if (std::holds_alternative<domain::MemberClosed>(event.event)) card.standing = domain::Standing::closed;
    if (std::holds_alternative<domain::MemberErased>(event.event)) card.standing = domain::Standing::closed;
  }
  const auto bound_at = bindings_said_by(events, as_of);
  for (const auto& [member, referrer] : referrers_said_by(events, as_of)) {
    if (referrer.empty()) continue;
    cards.at(member).referrer = domain::MemberId{referrer};
    cards.at(member).bound_at = bound_at.at(member);
  }
  std::map<std::string, std::string> texts;
  for (const auto& [member, card] : cards) texts[member] = text_of(card);
  return texts;
}

/// An order carried on by what counts, with all that came in and went back. One that is not placed by then is none.
struct SaidOrder {
  projections::OrderLine line{};
  std::map<std::string, std::int64_t> received{};  // by currency, less what was returned
  std::string ended{};
  Lines payments{};
  Lines returns{};
  Lines mismatches{};
  Lines refunds{};

  void take(const domain::RecordedEvent& event) {
    const auto at = event.occurred_at;
    const auto position = event.position;
    std::visit(
        domain::Overloaded{
            [&](const domain::PaymentReceived& e) {
              payments.push_back(text_of(
                  projections::PaymentLine{e.payment, position, e.amount, e.currency, e.channel, e.effect, at}));
              received[e.currency.code] += e.amount.value;
            },
            [&](const domain::PaymentReturned& e) {
              returns.push_back(text_of(projections::ReturnLine{e.id, position, e.amount, e.currency, e.channel, at}));
              received[e.currency.code] -= e.amount.value;
            },
            [&](const domain::PaymentMismatched& e) {
              mismatches.push_back(
                  text_of(projections::MismatchLine{e.payment, position, e.order, e.amount, e.currency, at}));
            },
            [&](const domain::OrderRefunded& e) {
              refunds.push_back(text_of(projections::RefundLine{e.refund, position, e.amount, at, e.kind}));
              line.refunded.value += e.amount.value;
            },
            [&](const domain::OrderExpired&) { end("expired", at); },
            [&](const domain::OrderCancelled&) { end("cancelled", at); },
            [&](const domain::StockAwaited&) { line.waited_since = at; },
            [&](const domain::KeysDelivered& e) {
              line.delivered_at = at;
              for (const auto& range : e.keys) line.keys += static_cast<std::int64_t>(range.count);
            },
            [&](const domain::OrderDelivered&) { line.delivered_at = at; },
            [&](const domain::DeliveredKeysRevoked&) { line.revoked_at = at; },
            [](const auto&) {},
        },
        event.event);
  }

  void end(const char* how, domain::Timestamp at) {
    ended = how;
    line.ended_at = at;
  }

  /// The payment that reached the amount due counts once all those did that it took.
  void pay(const domain::PaymentReceived& e, domain::Timestamp paid_at) {
    line.paid_at = paid_at;
    line.channel = e.channel;
    if (e.chain) line.plan = e.chain->plan;
    if (e.chain) line.plan_version = e.chain->version;
  }

  void conclude() {
    line.received = {received[line.currency.code]};
    const auto due = line.amount_due;
    const bool refunded_whole = line.refunded == due && due.value > 0;
    if (line.delivered_at) {
      line.state = refunded_whole ? "refunded" : line.refunded.value > 0 ? "partially_refunded" : "delivered";
    } else if (line.paid_at) {
      line.state = refunded_whole ? "refunded" : line.waited_since ? "awaiting_stock" : "paid";
    } else {
      line.state = !ended.empty() ? ended : line.received.value != 0 ? "underpaid" : "placed";
    }
    if (line.paid_at) line.owed_back = {line.received.value - due.value};
    if (!line.paid_at && !ended.empty()) line.owed_back = line.received;
    if (line.state == "awaiting_stock") line.awaiting_stock = {due.value - line.refunded.value};
  }

  Lines text() const {
    Lines lines{text_of(line)};
    for (const auto* more : {&payments, &returns, &mismatches, &refunds}) {
      lines.insert(lines.end(), more->begin(), more->end());
    }
    return lines;
  }

  /// As liabilities() tells them.
  Lines owed() const {
    Lines lines;
    for (const auto& [currency, sum] : received) {
      const bool own = currency == line.currency.code;
      const auto owed = own ? line.owed_back.value : sum;
      const auto awaiting = own ? line.awaiting_stock.value : 0;
      if (owed == 0 && awaiting == 0) continue;
      lines.push_back(fmt::format("{} {} owed {} awaiting {}", line.order.value, currency, owed, awaiting));
    }
    return lines;
  }
};

/// The payments that reached the amount due, and when the last of those that they took was made.
inline void pay_said_orders(std::map<std::string, SaidOrder>& orders, const Events& events,
                            const projections::AsOf& as_of) {
  std::map<std::string, domain::Timestamp> last_payment;
  for (const auto& event : events) {
    const auto* e = std::get_if<domain::PaymentReceived>(&event.event);
    const auto order = orders.find(event.stream.id);
    if (e == nullptr || order == orders.end() || e->currency != order->second.line.currency) continue;
    auto& last = last_payment.try_emplace(event.stream.id, order->second.line.placed_at).first->second;
    last = std::max(last, event.occurred_at);
    if (e->effect == domain::PaymentEffect::pays && as_of.counts(event.position, last)) order->second.pay(*e, last);
  }
}

inline std::map<std::string, SaidOrder> orders_said_by(const Events& events, const projections::AsOf& as_of) {
  std::map<std::string, SaidOrder> orders;
  for (const auto& event : events) {
    const auto* e = std::get_if<domain::OrderPlaced>(&event.event);
    if (e == nullptr || !counts(as_of, event)) continue;
    orders[event.stream.id].line = {.order = {event.stream.id},
                                    .position = event.position,
                                    .member = e->member,
                                    .product = e->product,
                                    .quantity = e->quantity,
                                    .amount_due = e->amount_due,
                                    .currency = e->currency,
                                    .placed_at = event.occurred_at,
                                    .expires_at = e->expires_at};
  }
  pay_said_orders(orders, events, as_of);
  for (const auto& event : events) {
    const auto order = orders.find(event.stream.id);
    if (counts(as_of, event) && event.stream.kind == domain::StreamKind::order && order != orders.end()) {
      order->second.take(event);
    }
  }
  for (auto& [id, order] : orders) order.conclude();
  return orders;
}

/// An order by the domain's own state: what the shop says of it to itself.
inline domain::Order order_in_domain(const Events& events, const std::string& id) {
  domain::Order order;
  for (const auto& event : events) {
    if (event.stream.kind != domain::StreamKind::order || event.stream.id != id) continue;
    std::visit(
        [&](const auto& e) {
          if constexpr (std::is_constructible_v<domain::OrderEvent, decltype(e)>) {
            order = evolve(std::move(order), domain::OrderEvent(e), event.occurred_at);
          }
        },
        event.event);
  }
  return order;
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

/// The domain's own pools and products, carried on by events that all count.
struct SaidShop {
  std::map<std::string, domain::KeyPool> pools{};
  std::map<std::string, domain::Product> products{};

  explicit SaidShop(const Events& events) {
    for (const auto& event : events) std::visit([&](const auto& e) { take(event, e); }, event.event);
  }

  template <class E>
  void take(const domain::RecordedEvent& event, const E& e) {
    const domain::OrderId order{event.stream.id};
    if constexpr (std::is_constructible_v<domain::ProductEvent, const E&>) {
      products[event.stream.id] = evolve(std::move(products[event.stream.id]), domain::ProductEvent(e));
      pools[event.stream.id];
    } else if constexpr (std::is_constructible_v<domain::KeyPoolEvent, const E&>) {
      pools[event.stream.id] = evolve(std::move(pools[event.stream.id]), domain::KeyPoolEvent(e));
    } else if constexpr (std::is_same_v<E, domain::OrderPlaced>) {
      pools[e.product.value] = reserve(std::move(pools[e.product.value]), e.reserved);
    } else if constexpr (std::is_same_v<E, domain::OrderExpired> || std::is_same_v<E, domain::OrderCancelled>) {
      pools[e.product.value] = free_reserved(std::move(pools[e.product.value]), e.freed);
    } else if constexpr (requires { evolve(domain::KeyPool{}, e, order); }) {
      pools[e.product.value] = evolve(std::move(pools[e.product.value]), e, order);
    } else if constexpr (requires { evolve(domain::KeyPool{}, e); }) {
      pools[e.product.value] = evolve(std::move(pools[e.product.value]), e);
    }
  }
};

inline Lines stock_said_by(const SaidShop& shop) {
  Lines lines;
  for (const auto& [product, pool] : shop.pools) {
    lines.push_back(fmt::format("{} imported {} unreleased {} released {} reserved {} delivered {} revoked {}", product,
                                pool.imported, pool.unreleased, pool.released, pool.reserved, pool.delivered,
                                pool.revoked));
  }
  return lines;
}

inline Lines products_said_by(const SaidShop& shop) {
  Lines lines;
  const auto limit = [](const std::optional<domain::Quantity>& quantity) {
    return quantity ? std::to_string(quantity->value) : std::string("-");
  };
  for (const auto& [product, state] : shop.products) {
    const auto& listed = std::get<domain::ListedProduct>(state);
    const auto& pool = shop.pools.at(product);
    std::int64_t units = 0;
    for (const auto& waiting : pool.queue) units += waiting.quantity.value;
    const auto& level = listed.low_stock_level;
    const bool low =
        level && takes_keys(listed.added.fulfilment) && pool.released <= static_cast<std::uint64_t>(level->value);
    lines.push_back(
        fmt::format("{}: {} {} {}, plan '{}', retired {}, {} a member, low at {}: {}, {} orders of {} waiting", product,
                    listed.unit_price.value, listed.added.currency.code, name(listed.added.fulfilment),
                    listed.plan ? listed.plan->value : "", listed.retired, limit(listed.units_per_member), limit(level),
                    low, pool.queue.size(), units));
  }
  return lines;
}

inline Lines releases_said_by(const SaidShop& shop) {
  Lines lines;
  for (const auto& [product, pool] : shop.pools) {
    for (const auto& [batch, at] : pool.scheduled) {
      lines.push_back(fmt::format("{} {} at {}", product, batch.value, domain::format_rfc3339(at)));
    }
  }
  return lines;
}

}  // namespace upline::tests
