// What a failing property says of the commands that it shrank to.
#pragma once

#include "domain/command.hpp"
#include "domain/overloaded.hpp"

#include <ostream>
#include <string>

namespace upline::tests {

inline std::string told(const domain::Command& command) {
  using namespace domain;
  const auto number = [](std::int64_t n) { return std::to_string(n); };
  const auto what = std::visit(
      Overloaded{
          [&](const RecordPurchase& c) {
            return "purchase " + c.order.value + ": " + c.member.value + " buys " + number(c.quantity.value) + " " +
                   c.product.value + " for " + number(c.amount.value);
          },
          [&](const PlaceOrder& c) {
            return "place " + c.order.value + ": " + c.member.value + " orders " + number(c.quantity.value) + " " +
                   c.product.value;
          },
          [&](const PayOrder& c) {
            return "pay " + c.order.value + " by " + c.payment.value + ": " + number(c.amount.value) + " " +
                   c.currency.code;
          },
          [](const CancelOrder& c) { return "cancel " + c.order.value; },
          [](const DeliverOrder& c) { return "deliver " + c.order.value; },
          [&](const RefundOrder& c) {
            return "refund " + c.refund.value + " of " + c.order.value + ": " + number(c.amount.value) +
                   (c.revoke_keys ? " with its keys" : "");
          },
          [&](const ReturnPayment& c) {
            return "return " + c.id.value + " of " + c.order.value + ": " + number(c.amount.value) + " " +
                   c.currency.code;
          },
          [](const ReplaceKey& c) { return "replace key " + std::to_string(c.key) + " of " + c.order.value; },
          [](const EnrolMember& c) {
            return "enrol " + c.member.value + (c.referrer ? " under " + c.referrer->value : "") +
                   (c.visitor ? " as a visitor" : "");
          },
          [](const BindReferrer& c) { return "bind " + c.member.value + " to " + c.referrer.value; },
          [](const MoveMember& c) { return "move " + c.member.value + " to " + c.referrer.value; },
          [](const RecordClick& c) { return "click on " + c.code.value; },
          [](const SuspendMember& c) { return "suspend " + c.member.value; },
          [](const ResumeMember& c) { return "resume " + c.member.value; },
          [](const CloseMember& c) { return "close " + c.member.value; },
          [](const EraseMember& c) { return "erase " + c.member.value; },
          [](const PublishPlan& c) { return "publish " + c.plan.value; },
          [](const AssignPlan& c) { return "assign " + c.plan.value + " to " + c.product.value; },
          [&](const RepriceProduct& c) { return "reprice " + c.product.value + " to " + number(c.unit_price.value); },
          [](const RetireProduct& c) { return "retire " + c.product.value; },
          [](const RelistProduct& c) { return "relist " + c.product.value; },
          [&](const LimitPurchases& c) {
            return "limit " + c.product.value + " to " + (c.units_per_member ? number(*c.units_per_member) : "nothing");
          },
          [](const ImportKeys& c) {
            return std::string(c.release ? "release " : "import ") + std::to_string(c.keys.size()) + " " +
                   c.product.value + " of " + c.batch.value + ", limit " + std::to_string(c.use_limit);
          },
          [](const ReleaseKeys& c) {
            return "release " + c.product.value + " of " + c.batch.value +
                   (c.at ? " at " + format_rfc3339(*c.at) : std::string{});
          },
          [](const WithdrawKeys& c) { return "withdraw " + c.product.value + " of " + c.batch.value; },
          [](const RevokeKeys& c) { return "revoke " + c.product.value + " of " + c.batch.value; },
          [](const ChangeReferralPolicy&) { return std::string("change the referral policy"); },
          [](const ChangeReservationPolicy&) { return std::string("change the reservation policy"); },
          [](const auto&) { return std::string("open the shop"); },
      },
      command);
  return what + ", " + format_rfc3339(occurred_at(command));
}

}  // namespace upline::tests

/// Found by rapidcheck in the namespace of the commands.
namespace upline::domain {
inline void showValue(const Command& command, std::ostream& out) { out << tests::told(command); }
}  // namespace upline::domain
