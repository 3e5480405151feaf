// How a commission is computed, and how a refund takes it back: the only place that multiplies by a rate.
// Ledger specification, "Commission arithmetic" and "Plans". Remainders of every division stay with the merchant.
#pragma once

#include "domain/account.hpp"
#include "domain/ids.hpp"
#include "domain/member.hpp"
#include "domain/money.hpp"
#include "domain/plan.hpp"

#include <optional>
#include <vector>

namespace upline::domain {

struct UplineMember {
  MemberId member{};
  Standing standing{Standing::active};
};

/// A delivered sale as the commission sees it.
struct CommissionBasis {
  Minor amount_due{};                // P
  Minor refunded_before_delivery{};  // R0
  Quantity quantity{};
  Currency currency{};
  std::vector<UplineMember> upline{};  // level 1 first; may be shorter than the plan
};

/// What one level of the upline comes to: `amount` is earned by an active beneficiary, else forfeited.
struct LevelShare {
  Level level{};
  UplineMember beneficiary{};
  Rate rate{};
  Minor amount{};
};

/// The share of every level that has a member, lowest level first; amounts of 0 included. Empty for a gift, and for
/// fixed rates in another currency. The sum never exceeds floor((P - R0) * payout_cap / 10000).
std::vector<LevelShare> commission_shares(const PlanTerms& terms, const CommissionBasis& basis);

/// True when the plan's fixed amounts are in another currency than the sale's, so that nobody earns.
bool earns_in_another_currency(const PlanTerms& terms, const Currency& currency);

/// What is kept of an accrual once R in all is refunded. Needs R0 <= R <= P. For basis points the target is
/// floor((P - R) * rate / 10000); for fixed amounts floor(accrued * (P - R) / (P - R0)).
Minor kept_after_refund(const Rate& rate, Minor accrued, Minor amount_due, Minor refunded_before_delivery,
                        Minor refunded);

/// What rounding left with the merchant: base * rate - amount * 10000, in ten-thousandths of a minor unit, 0 to 9999
/// for an amount that this rate gave. 0 for fixed amounts, which are never rounded.
std::int64_t rounded_off_ten_thousandths(const Rate& rate, Minor base, Minor amount);

}  // namespace upline::domain
