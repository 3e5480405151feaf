// The fields of plans and their rates: see eventstore/event_fields.hpp.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_fields/either.hpp"

namespace upline::eventstore {

template <class F, Either<domain::Rate> T>
void fields(F& f, T& v) {
  f("kind", v.kind);
  f("value", v.value);
}

template <class F, Either<domain::PercentRates> T>
void fields(F& f, T& v) {
  f("basis_points", v.by_level);
}

template <class F, Either<domain::FixedRates> T>
void fields(F& f, T& v) {
  f("currency", v.currency);
  f("minor_per_unit", v.by_level);
}

template <class F, Either<domain::PlanTerms> T>
void fields(F& f, T& v) {
  f("rates", v.rates);
  f("payout_cap_bp", v.payout_cap);
  f("hold_us", v.hold);
}

template <class F, Either<domain::PlanPublished> T>
void fields(F& f, T& v) {
  f("version", v.version);
  f("terms", v.terms);
}

}  // namespace upline::eventstore
