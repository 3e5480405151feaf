#include "projections/order_facts.hpp"

namespace upline::projections {

namespace {

using domain::Minor;

bool is_paid_back(const OrderFacts& facts) { return facts.refunded == facts.amount_due && facts.refunded != Minor{0}; }

bool waits_for_stock(const OrderFacts& facts) {
  return facts.is_paid && facts.waited_for_stock && !facts.is_delivered && !is_paid_back(facts);
}

std::string_view unpaid_state(const OrderFacts& facts) {
  switch (facts.ended) {
    case Ending::expired:
      return "expired";
    case Ending::cancelled:
      return "cancelled";
    case Ending::none:
      break;
  }
  return facts.received == Minor{0} ? "placed" : "underpaid";
}

}  // namespace

std::string_view state_name(const OrderFacts& facts) {
  if (!facts.is_delivered && !facts.is_paid) return unpaid_state(facts);
  if (is_paid_back(facts)) return "refunded";
  if (facts.is_delivered) return facts.refunded == Minor{0} ? "delivered" : "partially_refunded";
  return waits_for_stock(facts) ? "awaiting_stock" : "paid";
}

Minor owed_back(const OrderFacts& facts) {
  if (facts.is_paid) return {facts.received.value - facts.amount_due.value};
  return facts.ended == Ending::none ? Minor{0} : facts.received;
}

Minor awaiting_stock(const OrderFacts& facts) {
  return waits_for_stock(facts) ? Minor{facts.amount_due.value - facts.refunded.value} : Minor{0};
}

}  // namespace upline::projections
