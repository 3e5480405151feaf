#include "domain/rejection.hpp"

#include <array>
#include <cstddef>

namespace upline::domain {

namespace {

struct Told {
  Reason reason{};
  std::string_view code{};
  std::string_view sentence{};
};

/// Every reason, in the order of the enumeration.
constexpr std::array told{
    Told{Reason::already_bound, "already_bound",
         "The member has a referrer already; a later change is a move, with a reason."},
    Told{Reason::already_paid, "already_paid", "The order is paid already; paying it back is a refund."},
    Told{Reason::amount_overflow, "amount_overflow", "The shop's total in this currency would no longer fit 64 bits."},
    Told{Reason::code_taken, "code_taken", "Another member has this referral code."},
    Told{Reason::command_id_reused, "command_id_reused", "This command id was used before, with another content."},
    Told{Reason::conflict, "conflict", "This id is there already, with another content."},
    Told{Reason::currency_mismatch, "currency_mismatch", "The currency is not the product's."},
    Told{Reason::currency_not_declared, "currency_not_declared",
         "The currency is neither in ISO 4217 nor declared by the shop."},
    Told{Reason::cutoff_goes_back, "cutoff_goes_back", "The cutoff is before that of the latest settlement that pays."},
    Told{Reason::cutoff_in_future, "cutoff_in_future", "The cutoff of a settlement is not in the future."},
    Told{Reason::duplicate_key, "duplicate_key", "This key was imported before."},
    Told{Reason::four_eyes_needed, "four_eyes_needed",
         "The shop wants four eyes: whoever approves a settlement is not who opened it."},
    Told{Reason::invalid_amount, "invalid_amount", "The amount is out of range."},
    Told{Reason::invalid_batch, "invalid_batch", "A batch holds 1 to 1000 keys per command."},
    Told{Reason::invalid_currency, "invalid_currency", "A currency code has 2 to 24 upper-case letters and digits."},
    Told{Reason::invalid_duration, "invalid_duration", "A reservation or a click lasts from 1 second to 100 years."},
    Told{Reason::invalid_exponent, "invalid_exponent", "A currency has 0 to 18 decimals."},
    Told{Reason::invalid_hold, "invalid_hold", "A hold lasts from 0 seconds to 100 years."},
    Told{Reason::invalid_id, "invalid_id",
         "An id is 1 to 64 ASCII letters, digits, dots, underscores, colons or hyphens."},
    Told{Reason::invalid_level_limit, "invalid_level_limit", "The level limit is a number from 1 to 16."},
    Told{Reason::invalid_limit, "invalid_limit", "The limit is a number from 1 to 1000000."},
    Told{Reason::invalid_quantity, "invalid_quantity", "The quantity is a number from 1 to 1000000."},
    Told{Reason::invalid_rate, "invalid_rate",
         "A plan has 1 to 16 rates, none below 0, and basis points and caps of at most 10000."},
    Told{Reason::invalid_text, "invalid_text", "The text is too long, or not plain UTF-8."},
    Told{Reason::invalid_time, "invalid_time", "The time is outside the years 1 to 9999."},
    Told{Reason::key_not_held, "key_not_held", "The order does not hold this key."},
    Told{Reason::keys_not_there, "keys_not_there", "These keys are not where they would have to be."},
    Told{Reason::level_limit_exceeded, "level_limit_exceeded",
         "The plan has more levels than the shop's policy allows."},
    Told{Reason::link_not_earned, "link_not_earned",
         "In this shop a member needs a purchase before others can come through the link."},
    Told{Reason::member_closed, "member_closed", "The member is closed."},
    Told{Reason::no_unreleased_keys, "no_unreleased_keys", "The batch has no key that waits for its release."},
    Told{Reason::not_key_product, "not_key_product", "The product is not fulfilled with keys."},
    Told{Reason::not_paid, "not_paid", "The order is not paid."},
    Told{Reason::nothing_owed, "nothing_owed", "Nothing is owed back for this order in this currency."},
    Told{Reason::occurred_in_future, "occurred_in_future", "The time is more than five minutes ahead of the clock."},
    Told{Reason::order_expired, "order_expired", "The order has expired; place a new one."},
    Told{Reason::order_refunded, "order_refunded", "The order was paid back in full."},
    Told{Reason::out_of_stock, "out_of_stock", "There are not enough keys in stock."},
    Told{Reason::payment_mismatch, "payment_mismatch",
         "This payment was reported before with another amount or order; it was recorded for review and moves "
         "nothing."},
    Told{Reason::payout_mismatch, "payout_mismatch", "The file's amount or count is not the settlement's."},
    Told{Reason::payout_not_paid, "payout_not_paid", "Only a payout that was paid comes back."},
    Told{Reason::payouts_have_results, "payouts_have_results",
         "Payouts of this settlement were paid or have failed; it cannot be cancelled any more."},
    Told{Reason::personal_data, "personal_data",
         "The text repeats the member's payee account, which must not stand in the log; write it without."},
    Told{Reason::product_retired, "product_retired", "The product is not for sale any more."},
    Told{Reason::purchase_limit_exceeded, "purchase_limit_exceeded",
         "The member would have more units of this product than its limit allows."},
    Told{Reason::rates_exceed_cap, "rates_exceed_cap", "The rates add up to more than the plan may pay out."},
    Told{Reason::reason_missing, "reason_missing", "This change needs a reason."},
    Told{Reason::referral_cycle, "referral_cycle", "The referrer is the member, or stands in the member's downline."},
    Told{Reason::referrer_closed, "referrer_closed", "The referrer is closed."},
    Told{Reason::refund_too_large, "refund_too_large", "The refunds would exceed the amount due."},
    Told{Reason::return_too_large, "return_too_large", "More would be paid back than is owed."},
    Told{Reason::settlement_cancelled, "settlement_cancelled", "The settlement is cancelled."},
    Told{Reason::settlement_exported, "settlement_exported",
         "A file of its payouts was made, and the bank may have it; only if it was never sent, cancel the "
         "settlement although exported."},
    Told{Reason::settlement_moved_on, "settlement_moved_on", "Somebody else has carried this settlement on meanwhile."},
    Told{Reason::settlement_not_approved, "settlement_not_approved", "The settlement is not approved."},
    Told{Reason::settlement_not_fixed, "settlement_not_fixed",
         "The settlement's lines are not fixed yet; open it again to go on."},
    Told{Reason::shop_not_open, "shop_not_open", "The shop is not open yet."},
    Told{Reason::tax_not_for_currency, "tax_not_for_currency",
         "The tax method is not for a currency of this settlement."},
    Told{Reason::too_many_open_orders, "too_many_open_orders",
         "Too many unpaid orders are open; pay or cancel one first."},
    Told{Reason::unknown_member, "unknown_member", "There is no such member."},
    Told{Reason::unknown_order, "unknown_order", "There is no such order."},
    Told{Reason::unknown_payout, "unknown_payout", "The settlement has no payout for this member in this currency."},
    Told{Reason::unknown_plan, "unknown_plan", "There is no such plan."},
    Told{Reason::unknown_product, "unknown_product", "There is no such product."},
    Told{Reason::unknown_referrer, "unknown_referrer", "There is no such referrer."},
    Told{Reason::unknown_settlement, "unknown_settlement", "There is no such settlement."},
    Told{Reason::unknown_tax_method, "unknown_tax_method", "There is no such tax method."},
};

constexpr bool each_stands_in_its_place() {
  for (std::size_t i = 0; i < told.size(); ++i) {
    if (static_cast<std::size_t>(told[i].reason) != i) return false;
  }
  return told.back().reason == Reason::unknown_tax_method;
}
static_assert(each_stands_in_its_place());

const Told& told_of(Reason reason) { return told.at(static_cast<std::size_t>(reason)); }

}  // namespace

std::string_view code(Reason reason) { return told_of(reason).code; }

std::string_view sentence(Reason reason) { return told_of(reason).sentence; }

}  // namespace upline::domain
