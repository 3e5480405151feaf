#include "domain/turnover.hpp"

namespace upline::domain {

std::optional<Minor> with_added(const Turnover& turnover, const Currency& currency, Minor amount) {
  const auto known = turnover.received.find(currency);
  return checked_sum(known == turnover.received.end() ? Minor{0} : known->second, amount);
}

Turnover evolve(Turnover state, const PaymentReceived& event) {
  state.received[event.currency].value += event.amount.value;
  return state;
}

}  // namespace upline::domain
