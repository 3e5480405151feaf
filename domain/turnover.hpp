// The sum of all payments, per currency. Sales, commissions, refunds and balances never exceed it, so this one checked
// sum keeps every other sum of the shop's books within 64 bits.
#pragma once

#include "domain/money.hpp"
#include "domain/order.hpp"

#include <map>
#include <optional>

namespace upline::domain {

struct Turnover {
  std::map<Currency, Minor> received{};
  bool operator==(const Turnover&) const = default;
};

/// The currency's turnover with this amount added, or nothing when it would not fit.
std::optional<Minor> with_added(const Turnover& turnover, const Currency& currency, Minor amount);

Turnover evolve(Turnover state, const PaymentReceived& event);

}  // namespace upline::domain
