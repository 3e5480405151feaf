// Commands at random, to a shop with every kind of product and plan.
#pragma once

#include "tests/domain/random_draws.hpp"
#include "tests/domain/random_live_commands.hpp"
#include "tests/domain/shop.hpp"
#include "tests/domain/stories.hpp"
#include "tests/domain/told.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <rapidcheck.h>

namespace upline::tests {

/// Percentages for all but `made`, which earns fixed amounts, and `token`, whose plan is in another currency.
inline Shop opened_shop() {
  using namespace domain;
  Shop shop;
  const std::vector<Command> commands{
      OpenShop{cny, opening},
      DeclareCurrency{usdt, Exponent{6}, opening},
      ChangeLevelLimit{4, "as the test needs", opening},
      PublishPlan{percent_plan, percent({1000, 500, 250}), opening},
      PublishPlan{fixed_plan, fixed({100, 50, 20, 10}, 2500), opening},
      ChooseDefaultPlan{percent_plan, opening},
      AddProduct{key_product, "Key", Minor{999}, cny, Fulfilment::key_pool, opening},
      AddProduct{shared_product, "Shared", Minor{500}, usdt, Fulfilment::reusable, opening},
      AddProduct{limited_product, "Limited", Minor{100}, cny, Fulfilment::reusable, opening},
      AddProduct{made_product, "Made", Minor{100}, cny, Fulfilment::manual, opening},
      AddProduct{token_product, "Token", Minor{100}, usdt, Fulfilment::external, opening},
      AssignPlan{made_product, fixed_plan, opening},
  };
  for (const auto& command : commands) RC_ASSERT(shop.send(command).has_value());
  return shop;
}

inline domain::Command member_command(const Draw& draw, domain::Timestamp now) {
  using namespace domain;
  const auto member = nth_member(draw.first);
  switch (draw.number % 6) {
    case 0:
      return SuspendMember{member, "chargebacks", now};
    case 1:
      return ResumeMember{member, now};
    case 2:
      if (draw.second > 14) return EraseMember{member, "asked for it", now};
      if (draw.second > 12) return CloseMember{member, "asked for it", now};
      [[fallthrough]];
    case 3:
      return MoveMember{member, nth_member(draw.second), "they agreed", now};
    case 4:
      return RecordClick{nth_print(draw.first), first_code(draw.second), now};
    default:
      return BindReferrer{member, nth_member(draw.second), now};
  }
}

inline domain::Command shop_command(const Draw& draw, domain::Timestamp now) {
  using namespace domain;
  const auto rate = static_cast<std::int32_t>(draw.number % 2500);
  switch (draw.first % 6) {
    case 0:
      return PublishPlan{percent_plan, percent({rate, rate, rate}), now};
    case 1:
      return PublishPlan{fixed_plan, fixed({rate, 10, rate}, 10 * rate % 10'001, draw.second > 12 ? usdt : cny), now};
    case 2:
      return AssignPlan{nth_product(draw.second), draw.number % 2 == 0 ? percent_plan : fixed_plan, now};
    case 3:
      return ChangeReferralPolicy{
          .binds = draw.second % 2 == 0 ? BindingRule::at_enrolment : BindingRule::at_first_purchase,
          .link_needs_purchase = draw.second % 3 == 0,
          .reason = "trial",
          .occurred_at = now};
    case 4:
      return ChangeReservationPolicy{.reserve_for = Duration{(1 + draw.second) * 60 * microseconds_per_second},
                                     .open_per_buyer = 1 + draw.number % 5,
                                     .open_per_address = 1 + draw.number % 4,
                                     .reason = "trial",
                                     .occurred_at = now};
    default:
      return ImportKeys{draw.second % 2 == 0 ? key_product : shared_product,
                        BatchId{"b"},
                        std::vector<SealedKey>(static_cast<std::size_t>(draw.number % 7)),
                        draw.number % 5 > 0,
                        0,
                        now};
  }
}

/// A few sales of each shop are so large that its total does not fit, and half of the times lie before the last one's.
inline domain::Command sale_command(const Draw& draw, domain::Timestamp now) {
  using namespace domain;
  const auto product = nth_product(draw.number % 4 == 0 ? draw.second : 1 + draw.second % 4);
  const std::int64_t amount = draw.number % 50 == 0 ? std::numeric_limits<std::int64_t>::max() / 3 : draw.number % 3000;
  const Timestamp when{now.microseconds - (draw.number % 2) * 9 * microseconds_per_day};
  return RecordPurchase{OrderId{"o" + std::to_string(draw.number % 12)},
                        nth_member(draw.first),
                        product,
                        Quantity{1 + draw.number % 4},
                        Minor{amount},
                        currency_of(product),
                        "import",
                        when};
}

inline domain::Command refund_command(const Draw& draw, domain::Timestamp now) {
  using namespace domain;
  const Timestamp when{now.microseconds - (draw.number % 3) * 9 * microseconds_per_day};
  const auto amount = draw.second > 13 ? std::numeric_limits<std::int64_t>::max() / 3 : 1 + draw.number % 400;
  return RefundOrder{RefundId{"r" + std::to_string(draw.first * 16 + draw.second)},
                     OrderId{"o" + std::to_string(draw.number % 12)},
                     Minor{amount},
                     "",
                     RefundKind::refund,
                     false,
                     when};
}

/// Under a member, by a code, as a visitor who clicked, or alone.
inline domain::Command enrolment(const Draw& draw, domain::Timestamp now) {
  domain::EnrolMember command{.member = nth_member(draw.first),
                              .proposed_code = domain::ReferralCode{"code-" + std::to_string(draw.number)},
                              .occurred_at = now};
  if (draw.second < 8) command.referrer = nth_member(draw.second);
  if (draw.second >= 8 && draw.second < 10) command.referrer_code = first_code(draw.second);
  if (draw.second >= 10 && draw.second < 14) command.visitor = nth_print(draw.second);
  return command;
}

inline domain::Command command_of(const Draw& draw, domain::Timestamp now) {
  if (draw.kind < 2) return enrolment(draw, now);
  if (draw.kind < 5) return member_command(draw, now);
  if (draw.kind < 7) return shop_command(draw, now);
  if (draw.kind < 11) return sale_command(draw, now);
  if (draw.kind < 14) return refund_command(draw, now);
  if (draw.kind < 17) return stock_command(draw, now);
  return live_command(draw, now);
}

/// What every sequence begins with, so that the rest of it finds members, keys and a sale.
inline std::vector<domain::Command> first_commands() {
  using namespace domain;
  std::vector<Command> commands;
  for (int i = 0; i < 4; ++i) {
    const auto referrer = i == 0 ? std::nullopt : std::optional(nth_member(i - 1));
    commands.push_back(EnrolMember{
        .member = nth_member(i), .referrer = referrer, .proposed_code = first_code(i), .occurred_at = may_1});
  }
  commands.push_back(ImportKeys{key_product, BatchId{"b"}, std::vector<SealedKey>(9), true, 0, may_1});
  commands.push_back(ImportKeys{limited_product, BatchId{"b"}, std::vector<SealedKey>(2), true, 3, may_1});
  commands.push_back(ImportKeys{shared_product, BatchId{"b"}, std::vector<SealedKey>(1), true, 0, may_1});
  commands.push_back(
      RecordPurchase{OrderId{"o0"}, nth_member(3), key_product, Quantity{2}, Minor{999}, cny, "import", may_1});
  return commands;
}

inline domain::Duration step_of(const Draw& draw) {
  constexpr std::int64_t minute = 60 * domain::microseconds_per_second;
  constexpr std::array steps{minute, minute,      2 * minute, 4 * minute,
                             minute, 15 * minute, 3 * minute, domain::microseconds_per_day};
  return {steps[static_cast<std::size_t>(draw.second) % steps.size()]};
}

/// Each a minute to half a day after the one in front of it, so that some reservations last and others end.
inline rc::Gen<std::vector<domain::Command>> any_commands() {
  const auto draw = rc::gen::construct<Draw>(rc::gen::inRange(0, 47), rc::gen::inRange(0, 16), rc::gen::inRange(0, 16),
                                             rc::gen::inRange<std::int64_t>(0, 1'000'000));
  return rc::gen::map(rc::gen::scale(4.0, rc::gen::container<std::vector<Draw>>(draw)),
                      [](const std::vector<Draw>& draws) {
                        auto commands = first_commands();
                        auto now = may_1;
                        for (const auto& one : draws) {
                          now.microseconds += step_of(one).microseconds;
                          commands.push_back(command_of(one, now));
                        }
                        return commands;
                      });
}

}  // namespace upline::tests
