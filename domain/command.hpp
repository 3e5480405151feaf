// Everything that can be asked of a shop.
#pragma once

#include "domain/key_pool.hpp"
#include "domain/member.hpp"
#include "domain/plan.hpp"
#include "domain/policy.hpp"
#include "domain/product.hpp"
#include "domain/record_purchase.hpp"
#include "domain/refund_order.hpp"
#include "domain/rejection.hpp"
#include "domain/time.hpp"

#include <expected>
#include <variant>

namespace upline::domain {

using Command = std::variant<OpenShop, DeclareCurrency, ChangeLevelLimit, ChooseDefaultPlan,       //
                             PublishPlan,                                                          //
                             AddProduct, AssignPlan,                                               //
                             EnrolMember, BindReferrer, SuspendMember, ResumeMember, CloseMember,  //
                             ImportKeys,                                                           //
                             RecordPurchase, RefundOrder>;

/// How far a caller's clock may run ahead of ours.
constexpr Duration clock_skew_max{5 * 60 * microseconds_per_second};

Timestamp occurred_at(const Command& command);

/// Refuses an instant outside the years 1 to 9999, or more than five minutes ahead of `now`.
std::expected<void, Rejection> check_time(const Command& command, Timestamp now);

}  // namespace upline::domain
