// The fields of commissions and payouts, which lie in their members' accounts: see eventstore/event_fields.hpp.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_fields/either.hpp"

namespace upline::eventstore {

template <class F, Either<domain::CommissionAccrued> T>
void fields(F& f, T& v) {
  f("order", v.order);
  f("level", v.level);
  f("plan", v.plan);
  f("plan_version", v.plan_version);
  f("rate", v.rate);
  f("base_minor", v.base);
  f("amount_minor", v.amount);
  f("currency", v.currency);
  f("available_at", v.available_at);
}

template <class F, Either<domain::CommissionReversed> T>
void fields(F& f, T& v) {
  f("order", v.order);
  f("refund", v.refund);
  f("level", v.level);
  f("plan", v.plan);
  f("amount_minor", v.amount);
  f("currency", v.currency);
  f("available_at", v.available_at);
}

/// What every event of a payout begins with.
template <class F, class T>
void payout_fields(F& f, T& v) {
  f("settlement", v.settlement);
  f("attempt", v.attempt);
  f("currency", v.currency);
  f("gross_minor", v.amounts.gross);
  f("tax_minor", v.amounts.tax);
  f("fee_minor", v.amounts.fee);
  f("net_minor", v.amounts.net);
}

template <class F, Either<domain::PayoutScheduled> T>
void fields(F& f, T& v) {
  payout_fields(f, v);
}

template <class F, Either<domain::PayoutPaid> T>
void fields(F& f, T& v) {
  payout_fields(f, v);
  f("reference", v.reference);
}

template <class F, Either<domain::PayoutFailed> T>
void fields(F& f, T& v) {
  payout_fields(f, v);
  f("reason", v.reason);
}

template <class F, Either<domain::PayoutReturned> T>
void fields(F& f, T& v) {
  payout_fields(f, v);
  f("reason", v.reason);
}

}  // namespace upline::eventstore
