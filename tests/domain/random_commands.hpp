// Commands at random, to a shop with every kind of product and plan. Ids come from small sets, so that commands meet.
#pragma once

#include "domain/overloaded.hpp"
#include "tests/domain/shop.hpp"
#include "tests/domain/stories.hpp"

#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include <rapidcheck.h>

namespace upline::tests {

inline const domain::Currency usdt{"USDT"};
inline const domain::ProductId key_product{"keys"}, shared_product{"shared"}, made_product{"made"},
    token_product{"token"};
inline const domain::PlanId percent_plan{"percent"}, fixed_plan{"fixed"};

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
      AddProduct{made_product, "Made", Minor{100}, cny, Fulfilment::manual, opening},
      AddProduct{token_product, "Token", Minor{100}, usdt, Fulfilment::external, opening},
      AssignPlan{made_product, fixed_plan, opening},
  };
  for (const auto& command : commands) RC_ASSERT(shop.send(command).has_value());
  return shop;
}

/// Four numbers that a command is made of, small so that they shrink well.
struct Draw {
  int kind{};
  int first{};
  int second{};
  std::int64_t number{};
};

/// What a failing property says of the commands that it shrank to.
inline std::string told(const domain::Command& command) {
  using namespace domain;
  const auto what = std::visit(
      Overloaded{
          [](const RecordPurchase& c) {
            return "purchase " + c.order.value + ": " + c.member.value + " buys " + std::to_string(c.quantity.value) +
                   " " + c.product.value + " for " + std::to_string(c.amount.value);
          },
          [](const RefundOrder& c) {
            return "refund " + c.refund.value + " of " + c.order.value + ": " + std::to_string(c.amount.value);
          },
          [](const EnrolMember& c) {
            return "enrol " + c.member.value + (c.referrer ? " under " + c.referrer->value : "");
          },
          [](const BindReferrer& c) { return "bind " + c.member.value + " to " + c.referrer.value; },
          [](const SuspendMember& c) { return "suspend " + c.member.value; },
          [](const ResumeMember& c) { return "resume " + c.member.value; },
          [](const CloseMember& c) { return "close " + c.member.value; },
          [](const PublishPlan& c) { return "publish " + c.plan.value; },
          [](const AssignPlan& c) { return "assign " + c.plan.value + " to " + c.product.value; },
          [](const ImportKeys& c) {
            return std::string(c.release ? "release " : "import ") + std::to_string(c.keys.size()) + " " +
                   c.product.value;
          },
          [](const auto&) { return std::string("open the shop"); },
      },
      command);
  return what + ", " + format_rfc3339(occurred_at(command));
}

inline domain::MemberId nth_member(int n) { return domain::MemberId{"m" + std::to_string(n % 8)}; }
inline domain::ProductId nth_product(int n) {
  return std::vector{key_product, shared_product, made_product, token_product}[static_cast<std::size_t>(n % 4)];
}
inline domain::Currency currency_of(const domain::ProductId& product) {
  return product == shared_product || product == token_product ? usdt : cny;
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
      if (draw.second > 12) return CloseMember{member, "asked for it", now};
      [[fallthrough]];
    default:
      return BindReferrer{member, nth_member(draw.second), now};
  }
}

inline domain::Command shop_command(const Draw& draw, domain::Timestamp now) {
  using namespace domain;
  const auto rate = static_cast<std::int32_t>(draw.number % 2500);
  switch (draw.first % 4) {
    case 0:
      return PublishPlan{percent_plan, percent({rate, rate, rate}), now};
    case 1:
      return PublishPlan{fixed_plan, fixed({rate, 10, rate}, 10 * rate % 10'001, draw.second > 12 ? usdt : cny), now};
    case 2:
      return AssignPlan{nth_product(draw.second), draw.number % 2 == 0 ? percent_plan : fixed_plan, now};
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
  const auto product = nth_product(draw.second);
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

inline domain::Command command_of(const Draw& draw, domain::Timestamp now) {
  using namespace domain;
  if (draw.kind < 3) {
    const auto referrer = draw.second < 12 ? std::optional(nth_member(draw.second)) : std::nullopt;
    return EnrolMember{.member = nth_member(draw.first),
                       .referrer = referrer,
                       .proposed_code = ReferralCode{"code-" + std::to_string(draw.number)},
                       .occurred_at = now};
  }
  if (draw.kind < 6) return member_command(draw, now);
  if (draw.kind < 9) return shop_command(draw, now);
  return draw.kind < 16 ? sale_command(draw, now) : refund_command(draw, now);
}

/// What every sequence begins with, so that the rest of it finds members, keys and a sale.
inline std::vector<domain::Command> first_commands() {
  using namespace domain;
  std::vector<Command> commands;
  for (int i = 0; i < 4; ++i) {
    const auto referrer = i == 0 ? std::nullopt : std::optional(nth_member(i - 1));
    commands.push_back(EnrolMember{.member = nth_member(i),
                                   .referrer = referrer,
                                   .proposed_code = ReferralCode{"first-" + std::to_string(i)},
                                   .occurred_at = may_1});
  }
  commands.push_back(ImportKeys{key_product, BatchId{"b"}, std::vector<SealedKey>(9), true, 0, may_1});
  commands.push_back(ImportKeys{shared_product, BatchId{"b"}, std::vector<SealedKey>(1), true, 0, may_1});
  commands.push_back(
      RecordPurchase{OrderId{"o0"}, nth_member(3), key_product, Quantity{2}, Minor{999}, cny, "import", may_1});
  return commands;
}

/// Each half a day after the one in front of it.
inline rc::Gen<std::vector<domain::Command>> any_commands() {
  const auto draw = rc::gen::construct<Draw>(rc::gen::inRange(0, 24), rc::gen::inRange(0, 16), rc::gen::inRange(0, 16),
                                             rc::gen::inRange<std::int64_t>(0, 1'000'000));
  return rc::gen::map(rc::gen::scale(2.0, rc::gen::container<std::vector<Draw>>(draw)),
                      [](const std::vector<Draw>& draws) {
                        auto commands = first_commands();
                        auto now = may_1;
                        for (const auto& one : draws) {
                          now.microseconds += domain::microseconds_per_day / 2;
                          commands.push_back(command_of(one, now));
                        }
                        return commands;
                      });
}

}  // namespace upline::tests

/// Found by rapidcheck in the namespace of the commands.
namespace upline::domain {
inline void showValue(const Command& command, std::ostream& out) { out << tests::told(command); }
}  // namespace upline::domain
