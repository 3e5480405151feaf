#include "domain/turnover.hpp"

namespace upline::domain {

std::optional<Minor> with_added(const Turnover& turnover, const Currency& currency, Minor amount) {
  const auto known = turnover.due.find(currency);
  return checked_sum(known == turnover.due.end() ? Minor{0} : known->second, amount);
}

Turnover evolve(Turnover state, const OrderPlaced& event) {
  state.due[event.currency].value += event.amount_due.value;
  return state;
}

}  // namespace upline::domain
