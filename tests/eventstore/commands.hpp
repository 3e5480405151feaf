// Commands as the tests of the store say them, short: enrol("bob", "alice"), purchase({.order = "o1"}).
#pragma once

#include "domain/command.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

namespace upline::tests {

/// Noon of the given day and hour of May 2026, UTC: the month of the ledger's worked example.
constexpr domain::Timestamp may(int day, int hour = 12) {
  constexpr domain::Timestamp first_midnight{1'777'593'600'000'000};
  return first_midnight + domain::Duration{((day - 1) * std::int64_t{24} + hour) * 3600 * 1'000'000};
}

constexpr domain::Duration days(std::int64_t count) { return {count * domain::microseconds_per_day}; }

inline domain::Command open_shop(std::string currency = "CNY") {
  return domain::OpenShop{{std::move(currency)}, may(1, 0)};
}

inline domain::Command limit_levels(std::int64_t levels) {
  return domain::ChangeLevelLimit{levels, "asked the lawyer", may(1, 0)};
}

inline domain::Command publish(std::string plan, std::initializer_list<std::int32_t> rates_bp) {
  domain::PercentRates rates;
  for (const auto rate : rates_bp) rates.by_level.push_back({rate});
  return domain::PublishPlan{{std::move(plan)}, {rates, {domain::basis_points_whole}, days(7)}, may(1, 0)};
}

inline domain::Command choose_default(std::string plan) { return domain::ChooseDefaultPlan{{std::move(plan)}, may(1)}; }

inline domain::Command add_product(std::string product, domain::Fulfilment fulfilment) {
  return domain::AddProduct{{product}, "the " + product, {999}, {"CNY"}, fulfilment, may(1, 0)};
}

inline domain::Command enrol(std::string member, std::optional<std::string> referrer = {}) {
  domain::EnrolMember command{.member = {std::move(member)}, .occurred_at = may(1, 1)};
  if (referrer) command.referrer = domain::MemberId{std::move(*referrer)};
  return command;
}

inline domain::Command bind(std::string member, std::string referrer) {
  return domain::BindReferrer{{std::move(member)}, {std::move(referrer)}, may(1, 2)};
}

inline domain::Command suspend(std::string member) {
  return domain::SuspendMember{{std::move(member)}, "under review", may(1, 3)};
}

inline domain::Command import_keys(std::string product, std::string batch, bool release = true) {
  return domain::ImportKeys{
      .product = {std::move(product)}, .batch = {std::move(batch)}, .release = release, .occurred_at = may(1, 4)};
}

/// What a purchase says; dave buys one game for 9.99 on 1 May at noon unless told otherwise.
struct Sale {
  std::string order{};
  std::string member{"dave"};
  std::string product{"game"};
  std::int64_t quantity{1};
  std::int64_t amount{999};
  domain::Timestamp at{may(1)};
};

inline domain::Command purchase(Sale sale) {
  return domain::RecordPurchase{{std::move(sale.order)},
                                {std::move(sale.member)},
                                {std::move(sale.product)},
                                {sale.quantity},
                                {sale.amount},
                                {"CNY"},
                                "alipay",
                                sale.at};
}

inline domain::Command refund(std::string refund, std::string order, std::int64_t amount,
                              domain::Timestamp at = may(3)) {
  return domain::RefundOrder{.refund = {std::move(refund)},
                             .order = {std::move(order)},
                             .amount = {amount},
                             .reason = "did not work",
                             .occurred_at = at};
}

}  // namespace upline::tests
