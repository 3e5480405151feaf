// Why a wish was refused. A rejection is an answer, not an error: nothing was appended.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace upline::domain {

enum class Reason : std::uint8_t {
  already_bound,
  already_paid,
  amount_overflow,
  code_taken,
  command_id_reused,
  conflict,
  currency_mismatch,
  currency_not_declared,
  cutoff_goes_back,
  cutoff_in_future,
  duplicate_key,
  four_eyes_needed,
  invalid_amount,
  invalid_batch,
  invalid_currency,
  invalid_duration,
  invalid_exponent,
  invalid_hold,
  invalid_id,
  invalid_level_limit,
  invalid_limit,
  invalid_quantity,
  invalid_rate,
  invalid_text,
  invalid_time,
  key_not_held,
  keys_not_there,
  level_limit_exceeded,
  link_not_earned,
  member_closed,
  no_unreleased_keys,
  not_key_product,
  not_paid,
  nothing_owed,
  occurred_in_future,
  order_expired,
  order_refunded,
  out_of_stock,
  payment_mismatch,
  payout_mismatch,
  payout_not_paid,
  payouts_have_results,
  personal_data,
  product_retired,
  purchase_limit_exceeded,
  rates_exceed_cap,
  reason_missing,
  referral_cycle,
  referrer_closed,
  refund_too_large,
  return_too_large,
  settlement_cancelled,
  settlement_exported,
  settlement_moved_on,
  settlement_not_approved,
  settlement_not_fixed,
  shop_not_open,
  tax_not_for_currency,
  too_many_open_orders,
  unknown_member,
  unknown_order,
  unknown_payout,
  unknown_plan,
  unknown_product,
  unknown_referrer,
  unknown_settlement,
  unknown_tax_method,
};

/// The stable code that programs compare: `out_of_stock`. Never changes, never leaves.
std::string_view code(Reason reason);

/// One sentence for a person, without names or numbers.
std::string_view sentence(Reason reason);

struct Rejection {
  Reason reason{};
  std::string detail{};  // which id, which limit; never a secret
  bool operator==(const Rejection&) const = default;
};

inline std::unexpected<Rejection> refuse(Reason reason, std::string detail = {}) {
  return std::unexpected(Rejection{reason, std::move(detail)});
}

}  // namespace upline::domain
