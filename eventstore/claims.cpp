#include "eventstore/claims.hpp"

#include <algorithm>
#include <vector>

namespace upline::eventstore {

void for_each_claim(const domain::Event& event, const ClaimVisitor& visit) {
  if (const auto* enrolled = std::get_if<domain::MemberEnrolled>(&event)) {
    visit(ClaimKind::referral_code, claim_key(enrolled->code.value));
  } else if (const auto* refunded = std::get_if<domain::OrderRefunded>(&event)) {
    visit(ClaimKind::refund_id, claim_key(refunded->refund.value));
  } else if (const auto* imported = std::get_if<domain::KeysImported>(&event)) {
    std::vector<domain::Fingerprint> sorted;
    sorted.reserve(imported->keys.size());
    for (const auto& key : imported->keys) sorted.push_back(key.fingerprint);
    std::ranges::sort(sorted);  // neighbours in the table are written together
    for (const auto& print : sorted) visit(ClaimKind::key_fingerprint, print.bytes);
  }
}

}  // namespace upline::eventstore
