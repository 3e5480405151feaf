#include "domain/rejection.hpp"

#include <utility>

namespace upline::domain {

std::string_view code(Reason reason) {
  switch (reason) {
    case Reason::already_bound:
      return "already_bound";
    case Reason::already_paid:
      return "already_paid";
    case Reason::amount_overflow:
      return "amount_overflow";
    case Reason::code_taken:
      return "code_taken";
    case Reason::command_id_reused:
      return "command_id_reused";
    case Reason::conflict:
      return "conflict";
    case Reason::currency_mismatch:
      return "currency_mismatch";
    case Reason::currency_not_declared:
      return "currency_not_declared";
    case Reason::cutoff_goes_back:
      return "cutoff_goes_back";
    case Reason::cutoff_in_future:
      return "cutoff_in_future";
    case Reason::duplicate_key:
      return "duplicate_key";
    case Reason::four_eyes_needed:
      return "four_eyes_needed";
    case Reason::invalid_amount:
      return "invalid_amount";
    case Reason::invalid_batch:
      return "invalid_batch";
    case Reason::invalid_currency:
      return "invalid_currency";
    case Reason::invalid_duration:
      return "invalid_duration";
    case Reason::invalid_exponent:
      return "invalid_exponent";
    case Reason::invalid_hold:
      return "invalid_hold";
    case Reason::invalid_id:
      return "invalid_id";
    case Reason::invalid_level_limit:
      return "invalid_level_limit";
    case Reason::invalid_limit:
      return "invalid_limit";
    case Reason::invalid_quantity:
      return "invalid_quantity";
    case Reason::invalid_rate:
      return "invalid_rate";
    case Reason::invalid_text:
      return "invalid_text";
    case Reason::invalid_time:
      return "invalid_time";
    case Reason::key_not_held:
      return "key_not_held";
    case Reason::keys_not_there:
      return "keys_not_there";
    case Reason::level_limit_exceeded:
      return "level_limit_exceeded";
    case Reason::link_not_earned:
      return "link_not_earned";
    case Reason::member_closed:
      return "member_closed";
    case Reason::no_unreleased_keys:
      return "no_unreleased_keys";
    case Reason::not_key_product:
      return "not_key_product";
    case Reason::not_paid:
      return "not_paid";
    case Reason::nothing_owed:
      return "nothing_owed";
    case Reason::occurred_in_future:
      return "occurred_in_future";
    case Reason::order_expired:
      return "order_expired";
    case Reason::order_refunded:
      return "order_refunded";
    case Reason::out_of_stock:
      return "out_of_stock";
    case Reason::payment_mismatch:
      return "payment_mismatch";
    case Reason::payout_mismatch:
      return "payout_mismatch";
    case Reason::payout_not_paid:
      return "payout_not_paid";
    case Reason::payouts_have_results:
      return "payouts_have_results";
    case Reason::personal_data:
      return "personal_data";
    case Reason::product_retired:
      return "product_retired";
    case Reason::purchase_limit_exceeded:
      return "purchase_limit_exceeded";
    case Reason::rates_exceed_cap:
      return "rates_exceed_cap";
    case Reason::reason_missing:
      return "reason_missing";
    case Reason::referral_cycle:
      return "referral_cycle";
    case Reason::referrer_closed:
      return "referrer_closed";
    case Reason::refund_too_large:
      return "refund_too_large";
    case Reason::return_too_large:
      return "return_too_large";
    case Reason::settlement_cancelled:
      return "settlement_cancelled";
    case Reason::settlement_exported:
      return "settlement_exported";
    case Reason::settlement_moved_on:
      return "settlement_moved_on";
    case Reason::settlement_not_approved:
      return "settlement_not_approved";
    case Reason::settlement_not_fixed:
      return "settlement_not_fixed";
    case Reason::shop_not_open:
      return "shop_not_open";
    case Reason::tax_not_for_currency:
      return "tax_not_for_currency";
    case Reason::too_many_open_orders:
      return "too_many_open_orders";
    case Reason::unknown_member:
      return "unknown_member";
    case Reason::unknown_order:
      return "unknown_order";
    case Reason::unknown_payout:
      return "unknown_payout";
    case Reason::unknown_plan:
      return "unknown_plan";
    case Reason::unknown_product:
      return "unknown_product";
    case Reason::unknown_referrer:
      return "unknown_referrer";
    case Reason::unknown_settlement:
      return "unknown_settlement";
    case Reason::unknown_tax_method:
      return "unknown_tax_method";
  }
  std::unreachable();
}

std::string_view sentence(Reason reason) {
  switch (reason) {
    case Reason::already_bound:
      return "The member has a referrer already; a later change is a move, with a reason.";
    case Reason::already_paid:
      return "The order is paid already; paying it back is a refund.";
    case Reason::amount_overflow:
      return "The shop's total in this currency would no longer fit 64 bits.";
    case Reason::code_taken:
      return "Another member has this referral code.";
    case Reason::command_id_reused:
      return "This command id was used before, with another content.";
    case Reason::conflict:
      return "This id is there already, with another content.";
    case Reason::currency_mismatch:
      return "The currency is not the product's.";
    case Reason::currency_not_declared:
      return "The currency is neither in ISO 4217 nor declared by the shop.";
    case Reason::cutoff_goes_back:
      return "The cutoff is before that of the latest settlement that pays.";
    case Reason::cutoff_in_future:
      return "The cutoff of a settlement is not in the future.";
    case Reason::duplicate_key:
      return "This key was imported before.";
    case Reason::four_eyes_needed:
      return "The shop wants four eyes: whoever approves a settlement is not who opened it.";
    case Reason::invalid_amount:
      return "The amount is out of range.";
    case Reason::invalid_batch:
      return "A batch holds 1 to 1000 keys per command.";
    case Reason::invalid_currency:
      return "A currency code has 2 to 24 upper-case letters and digits.";
    case Reason::invalid_duration:
      return "A reservation or a click lasts from 1 second to 100 years.";
    case Reason::invalid_exponent:
      return "A currency has 0 to 18 decimals.";
    case Reason::invalid_hold:
      return "A hold lasts from 0 seconds to 100 years.";
    case Reason::invalid_id:
      return "An id is 1 to 64 ASCII letters, digits, dots, underscores, colons or hyphens.";
    case Reason::invalid_level_limit:
      return "The level limit is a number from 1 to 16.";
    case Reason::invalid_limit:
      return "The limit is a number from 1 to 1000000.";
    case Reason::invalid_quantity:
      return "The quantity is a number from 1 to 1000000.";
    case Reason::invalid_rate:
      return "A plan has 1 to 16 rates, none below 0, and basis points and caps of at most 10000.";
    case Reason::invalid_text:
      return "The text is too long, or not plain UTF-8.";
    case Reason::invalid_time:
      return "The time is outside the years 1 to 9999.";
    case Reason::key_not_held:
      return "The order does not hold this key.";
    case Reason::keys_not_there:
      return "These keys are not where they would have to be.";
    case Reason::level_limit_exceeded:
      return "The plan has more levels than the shop's policy allows.";
    case Reason::link_not_earned:
      return "In this shop a member needs a purchase before others can come through the link.";
    case Reason::member_closed:
      return "The member is closed.";
    case Reason::no_unreleased_keys:
      return "The batch has no key that waits for its release.";
    case Reason::not_key_product:
      return "The product is not fulfilled with keys.";
    case Reason::not_paid:
      return "The order is not paid.";
    case Reason::nothing_owed:
      return "Nothing is owed back for this order in this currency.";
    case Reason::occurred_in_future:
      return "The time is more than five minutes ahead of the clock.";
    case Reason::order_expired:
      return "The order has expired; place a new one.";
    case Reason::order_refunded:
      return "The order was paid back in full.";
    case Reason::out_of_stock:
      return "There are not enough keys in stock.";
    case Reason::payment_mismatch:
      return "This payment was reported before with another amount or order; it was recorded for review and moves "
             "nothing.";
    case Reason::payout_mismatch:
      return "The file's amount or count is not the settlement's.";
    case Reason::payout_not_paid:
      return "Only a payout that was paid comes back.";
    case Reason::payouts_have_results:
      return "Payouts of this settlement were paid or have failed; it cannot be cancelled any more.";
    case Reason::personal_data:
      return "The text repeats the member's payee account, which must not stand in the log; write it without.";
    case Reason::product_retired:
      return "The product is not for sale any more.";
    case Reason::purchase_limit_exceeded:
      return "The member would have more units of this product than its limit allows.";
    case Reason::rates_exceed_cap:
      return "The rates add up to more than the plan may pay out.";
    case Reason::reason_missing:
      return "This change needs a reason.";
    case Reason::referral_cycle:
      return "The referrer is the member, or stands in the member's downline.";
    case Reason::referrer_closed:
      return "The referrer is closed.";
    case Reason::refund_too_large:
      return "The refunds would exceed the amount due.";
    case Reason::return_too_large:
      return "More would be paid back than is owed.";
    case Reason::settlement_cancelled:
      return "The settlement is cancelled.";
    case Reason::settlement_exported:
      return "A file of its payouts was made, and the bank may have it; only if it was never sent, cancel the "
             "settlement although exported.";
    case Reason::settlement_moved_on:
      return "Somebody else has carried this settlement on meanwhile.";
    case Reason::settlement_not_approved:
      return "The settlement is not approved.";
    case Reason::settlement_not_fixed:
      return "The settlement's lines are not fixed yet; open it again to go on.";
    case Reason::shop_not_open:
      return "The shop is not open yet.";
    case Reason::tax_not_for_currency:
      return "The tax method is not for a currency of this settlement.";
    case Reason::too_many_open_orders:
      return "Too many unpaid orders are open; pay or cancel one first.";
    case Reason::unknown_member:
      return "There is no such member.";
    case Reason::unknown_order:
      return "There is no such order.";
    case Reason::unknown_payout:
      return "The settlement has no payout for this member in this currency.";
    case Reason::unknown_plan:
      return "There is no such plan.";
    case Reason::unknown_product:
      return "There is no such product.";
    case Reason::unknown_referrer:
      return "There is no such referrer.";
    case Reason::unknown_settlement:
      return "There is no such settlement.";
    case Reason::unknown_tax_method:
      return "There is no such tax method.";
  }
  std::unreachable();
}

}  // namespace upline::domain
