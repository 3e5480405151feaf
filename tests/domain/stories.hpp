// What the tests of purchases, refunds and books begin with: a small shop, its people, and the words to tell more.
#pragma once

#include "domain/command.hpp"
#include "domain/event.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace upline::tests {

inline const domain::Currency cny{"CNY"};
inline const domain::PlanId plan_p{"p"};
inline const domain::ProductId vip{"vip"};
inline const domain::OrderId order_1{"o1"};
inline const domain::MemberId a{"A"}, b{"B"}, c{"C"}, d{"D"};
constexpr domain::Duration week{7 * domain::microseconds_per_day};

inline domain::Timestamp at(std::string_view text) {
  const auto instant = domain::parse_rfc3339(text);
  if (!instant) throw std::invalid_argument(std::string(text));
  return *instant;
}

inline const domain::Timestamp opening = at("2026-01-01T00:00:00Z");
inline const domain::Timestamp may_1 = at("2026-05-01T12:00:00Z");
inline const domain::Timestamp may_8 = at("2026-05-08T12:00:00Z");

inline domain::PlanTerms percent(const std::vector<std::int32_t>& rates, std::int32_t cap = 10'000,
                                 domain::Duration hold = week) {
  domain::PercentRates by_level;
  for (const auto rate : rates) by_level.by_level.push_back(domain::BasisPoints{rate});
  return {by_level, domain::BasisPoints{cap}, hold};
}

inline domain::PlanTerms fixed(const std::vector<std::int64_t>& rates, std::int32_t cap = 10'000,
                               const domain::Currency& currency = cny) {
  domain::FixedRates by_level{currency, {}};
  for (const auto rate : rates) by_level.by_level.push_back(domain::Minor{rate});
  return {by_level, domain::BasisPoints{cap}, week};
}

inline domain::NewEvent of_member(const domain::MemberId& member, domain::Event event,
                                  domain::Timestamp when = opening) {
  return {domain::stream_of(member), when, std::move(event)};
}
inline domain::NewEvent of_order(domain::Event event, domain::Timestamp when = may_1) {
  return {domain::stream_of(order_1), when, std::move(event)};
}
inline domain::NewEvent of_account(const domain::MemberId& member, domain::Event event,
                                   domain::Timestamp when = may_1) {
  return {domain::account_stream(member), when, std::move(event)};
}
inline domain::NewEvent of_pool(domain::Event event) { return {domain::pool_stream(vip), opening, std::move(event)}; }
inline domain::NewEvent of_policy(domain::Event event) { return {domain::policy_stream(), opening, std::move(event)}; }
inline domain::NewEvent of_product(domain::Event event) { return {domain::stream_of(vip), opening, std::move(event)}; }
inline domain::NewEvent published(domain::PlanTerms terms, std::uint32_t version = 1) {
  return {domain::stream_of(plan_p), opening, domain::PlanPublished{domain::PlanVersion{version}, std::move(terms)}};
}

/// The ledger specification's chain: A referred B, B referred C, C referred D; `vip` follows the plan `p`.
inline domain::NewEvents chain_of_four(const domain::PlanTerms& terms,
                                       domain::Fulfilment fulfilment = domain::Fulfilment::external) {
  using namespace domain;
  return {of_policy(ShopOpened{cny}),
          of_policy(LevelLimitChanged{16, "as the example needs"}),
          published(terms),
          of_policy(DefaultPlanChosen{plan_p}),
          of_product(ProductAdded{"VIP card", Minor{999}, cny, fulfilment}),
          of_member(a, MemberEnrolled{ReferralCode{"AAAAAAA"}, {}}),
          of_member(b, MemberEnrolled{ReferralCode{"BBBBBBB"}, a}),
          of_member(c, MemberEnrolled{ReferralCode{"CCCCCCC"}, b}),
          of_member(d, MemberEnrolled{ReferralCode{"DDDDDDD"}, c})};
}

template <class... More>
domain::NewEvents and_then(domain::NewEvents events, More&&... more) {
  (events.push_back(std::forward<More>(more)), ...);
  return events;
}

inline domain::RecordPurchase purchase(std::int64_t amount, std::int64_t quantity = 1) {
  return {order_1, d, vip, domain::Quantity{quantity}, domain::Minor{amount}, cny, "import", may_1};
}

inline domain::RefundOrder refund(std::string id, std::int64_t amount, domain::Timestamp when) {
  return {.refund = domain::RefundId{std::move(id)},
          .order = order_1,
          .amount = domain::Minor{amount},
          .reason = "bad key",
          .occurred_at = when};
}

inline domain::NewEvent placed(std::int64_t amount, std::int64_t quantity = 1) {
  return of_order(domain::OrderPlaced{d, vip, domain::Quantity{quantity}, domain::Minor{amount}, cny});
}
/// As the payment of a recorded purchase, D's first one unless it is a gift.
inline domain::NewEvent paid(std::int64_t amount, std::vector<domain::MemberId> upline = {c, b, a},
                             std::uint32_t version = 1) {
  return of_order(
      domain::PaymentReceived{.amount = domain::Minor{amount},
                              .currency = cny,
                              .channel = "import",
                              .chain = domain::FrozenChain{plan_p, domain::PlanVersion{version}, std::move(upline)},
                              .first_purchase = amount > 0 ? std::optional(d) : std::nullopt});
}

constexpr domain::Duration ten_minutes{10 * 60 * domain::microseconds_per_second};

/// Placed to be paid within ten minutes.
inline domain::NewEvent ordered(std::int64_t amount, std::int64_t quantity = 1, std::int64_t reserved = 0) {
  return of_order(domain::OrderPlaced{.member = d,
                                      .product = vip,
                                      .quantity = domain::Quantity{quantity},
                                      .amount_due = domain::Minor{amount},
                                      .currency = cny,
                                      .expires_at = may_1 + ten_minutes,
                                      .reserved = domain::Quantity{reserved}});
}

/// A payment that does not pay its order.
inline domain::NewEvent received(std::string id, std::int64_t amount, domain::PaymentEffect effect,
                                 const domain::Currency& currency = cny, domain::Timestamp when = may_1) {
  return of_order(domain::PaymentReceived{.payment = domain::PaymentId{std::move(id)},
                                          .amount = domain::Minor{amount},
                                          .currency = currency,
                                          .channel = "alipay",
                                          .effect = effect},
                  when);
}

/// The payment with which D's first order is paid.
inline domain::NewEvent paid_live(std::string id, std::int64_t amount, std::vector<domain::MemberId> upline = {c, b, a},
                                  domain::Timestamp when = may_1) {
  auto payment = received(std::move(id), amount, domain::PaymentEffect::pays, cny, when);
  auto& event = std::get<domain::PaymentReceived>(payment.event);
  event.chain = domain::FrozenChain{plan_p, domain::PlanVersion{1}, std::move(upline)};
  event.first_purchase = d;
  return payment;
}

inline domain::NewEvent delivered() { return of_order(domain::OrderDelivered{}); }

inline domain::Rate basis_points(std::int64_t value) { return {domain::RateKind::basis_points, value}; }
inline domain::Rate fixed_minor(std::int64_t value) { return {domain::RateKind::fixed_minor, value}; }

inline domain::NewEvent accrued(const domain::MemberId& member, std::uint8_t level, domain::Rate rate,
                                std::int64_t base, std::int64_t amount, std::uint32_t version = 1) {
  return of_account(member,
                    domain::CommissionAccrued{order_1, domain::Level{level}, plan_p, domain::PlanVersion{version}, rate,
                                              domain::Minor{base}, domain::Minor{amount}, cny, may_8});
}
inline domain::NewEvent forfeited(const domain::MemberId& member, std::uint8_t level, domain::Rate rate,
                                  std::int64_t base, std::int64_t amount, domain::ForfeitReason reason) {
  return of_order(domain::CommissionForfeited{member, domain::Level{level}, plan_p, domain::PlanVersion{1}, rate,
                                              domain::Minor{base}, domain::Minor{amount}, cny, reason});
}
inline domain::NewEvent refunded(std::string id, std::int64_t amount, domain::Timestamp when) {
  return of_order(domain::OrderRefunded{domain::RefundId{std::move(id)}, domain::Minor{amount}, "bad key"}, when);
}
inline domain::NewEvent reversed(const domain::MemberId& member, std::uint8_t level, std::string refund_id,
                                 std::int64_t amount, domain::Timestamp when, domain::Timestamp available_at) {
  return of_account(member,
                    domain::CommissionReversed{order_1, domain::RefundId{std::move(refund_id)}, domain::Level{level},
                                               plan_p, domain::Minor{amount}, cny, available_at},
                    when);
}

/// 9.99 for D under 1000/500/250 bp, as the specification's worked example sells it.
inline domain::NewEvents worked_sale() {
  return {placed(999),
          paid(999),
          delivered(),
          accrued(c, 1, basis_points(1000), 999, 99),
          accrued(b, 2, basis_points(500), 999, 49),
          accrued(a, 3, basis_points(250), 999, 24)};
}

inline domain::NewEvents joined(domain::NewEvents events, const domain::NewEvents& more) {
  events.insert(events.end(), more.begin(), more.end());
  return events;
}

}  // namespace upline::tests
