// Everything that can be asked of a shop.
#pragma once

#include "domain/cancel_order.hpp"
#include "domain/deliver_order.hpp"
#include "domain/key_pool.hpp"
#include "domain/member.hpp"
#include "domain/pay_order.hpp"
#include "domain/place_order.hpp"
#include "domain/plan.hpp"
#include "domain/policy.hpp"
#include "domain/product.hpp"
#include "domain/record_purchase.hpp"
#include "domain/refund_order.hpp"
#include "domain/rejection.hpp"
#include "domain/replace_key.hpp"
#include "domain/return_payment.hpp"
#include "domain/settlement.hpp"
#include "domain/time.hpp"

#include <expected>
#include <variant>

namespace upline::domain {

using AnyCommand = std::variant<
    OpenShop, DeclareCurrency, ChangeLevelLimit, ChooseDefaultPlan, ChangeReferralPolicy, ChangeReservationPolicy,
    ChangeSettlementPolicy,                                                                                     //
    PublishPlan,                                                                                                //
    AddProduct, AssignPlan, RepriceProduct, RetireProduct, RelistProduct, LimitPurchases, SetLowStockLevel,     //
    EnrolMember, BindReferrer, SuspendMember, ResumeMember, CloseMember, MoveMember, EraseMember, RecordClick,  //
    ImportKeys, ReleaseKeys, WithdrawKeys, RevokeKeys,                                                          //
    RecordPurchase, PlaceOrder, PayOrder, DeliverOrder, CancelOrder, RefundOrder, ReturnPayment, ReplaceKey,    //
    OpenSettlement, SchedulePayouts, FixSettlement, AbandonSettlement, ApproveSettlement, RecordExport,
    CancelSettlement, RecordPayoutResult>;

/// What can be asked: a variant like any other, copied, moved and compared in command.cpp only (as Event is).
struct Command : AnyCommand {
  using AnyCommand::variant;
  Command();
  Command(const Command& other);
  Command(Command&& other) noexcept;
  Command& operator=(const Command& other);
  Command& operator=(Command&& other) noexcept;
  ~Command();
};

/// How far a caller's clock may run ahead of ours.
constexpr Duration clock_skew_max{5 * 60 * microseconds_per_second};

Timestamp occurred_at(const Command& command);

/// Refuses an instant outside the years 1 to 9999, or more than five minutes ahead of `now`.
std::expected<void, Rejection> check_time(const Command& command, Timestamp now);

}  // namespace upline::domain
