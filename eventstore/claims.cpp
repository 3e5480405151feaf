#include "eventstore/claims.hpp"

#include <algorithm>
#include <vector>

namespace upline::eventstore {

std::string mismatch_key(const domain::PaymentMismatched& event) {
  return event.payment.value + '/' + event.order.value + '/' + event.currency.code + '/' +
         std::to_string(event.amount.value);
}

std::string line_key(const domain::SettlementId& settlement, domain::Attempt attempt, const domain::MemberId& member,
                     const domain::Currency& currency) {
  return settlement.value + '/' + std::to_string(attempt.value) + '/' + member.value + '/' + currency.code;
}

std::string payout_key(const domain::SettlementId& settlement, const domain::MemberId& member,
                       const domain::Currency& currency) {
  return settlement.value + '/' + member.value + '/' + currency.code;
}

void for_each_claim(const domain::StreamId& stream, const domain::Event& event, const ClaimVisitor& visit) {
  const auto visit_result = [&](ClaimKind kind, const auto& result) {
    visit(kind, claim_key(payout_key(result.settlement, {stream.id}, result.currency)));
  };
  if (const auto* enrolled = std::get_if<domain::MemberEnrolled>(&event)) {
    visit(ClaimKind::referral_code, claim_key(enrolled->code.value));
  } else if (std::holds_alternative<domain::MemberErased>(event)) {
    visit(ClaimKind::member_erased, claim_key(stream.id));
  } else if (const auto* refunded = std::get_if<domain::OrderRefunded>(&event)) {
    visit(ClaimKind::refund_id, claim_key(refunded->refund.value));
  } else if (const auto* paid = std::get_if<domain::PaymentReceived>(&event)) {
    if (paid->payment) visit(ClaimKind::payment_id, claim_key(paid->payment->value));
    if (paid->first_purchase) visit(ClaimKind::first_purchase, claim_key(paid->first_purchase->value));
  } else if (const auto* mismatched = std::get_if<domain::PaymentMismatched>(&event)) {
    visit(ClaimKind::payment_mismatch, claim_key(mismatch_key(*mismatched)));
  } else if (const auto* returned = std::get_if<domain::PaymentReturned>(&event)) {
    visit(ClaimKind::return_id, claim_key(returned->id.value));
  } else if (const auto* imported = std::get_if<domain::KeysImported>(&event)) {
    std::vector<domain::Fingerprint> sorted;
    sorted.reserve(imported->keys.size());
    for (const auto& key : imported->keys) sorted.push_back(key.fingerprint);
    std::ranges::sort(sorted);  // neighbours in the table are written together
    for (const auto& print : sorted) visit(ClaimKind::key_fingerprint, print.bytes);
  } else if (const auto* line = std::get_if<domain::PayoutScheduled>(&event)) {
    visit(ClaimKind::payout_scheduled,
          claim_key(line_key(line->settlement, line->attempt, {stream.id}, line->currency)));
  } else if (const auto* paid_out = std::get_if<domain::PayoutPaid>(&event)) {
    visit_result(ClaimKind::payout_paid, *paid_out);
  } else if (const auto* failed = std::get_if<domain::PayoutFailed>(&event)) {
    visit_result(ClaimKind::payout_failed, *failed);
  } else if (const auto* sent_back = std::get_if<domain::PayoutReturned>(&event)) {
    visit_result(ClaimKind::payout_returned, *sent_back);
  }
}

}  // namespace upline::eventstore
