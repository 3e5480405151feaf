// The fields of products: see eventstore/event_fields.hpp.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_fields/either.hpp"

namespace upline::eventstore {

template <class F, Either<domain::ProductAdded> T>
void fields(F& f, T& v) {
  f("title", v.title);
  f("unit_price_minor", v.unit_price);
  f("currency", v.currency);
  f("fulfilment", v.fulfilment);
}

template <class F, Either<domain::PlanAssigned> T>
void fields(F& f, T& v) {
  f("plan", v.plan);
}

template <class F, Either<domain::ProductRepriced> T>
void fields(F& f, T& v) {
  f("unit_price_minor", v.unit_price);
}

template <class F, Either<domain::ProductRetired> T>
void fields(F& f, T& v) {
  f("reason", v.reason);
}

template <class F, Either<domain::ProductRelisted> T>
void fields(F&, T&) {}

template <class F, Either<domain::PurchasesLimited> T>
void fields(F& f, T& v) {
  f("units_per_member", v.units_per_member);
}

template <class F, Either<domain::LowStockLevelSet> T>
void fields(F& f, T& v) {
  f("keys", v.keys);
}

}  // namespace upline::eventstore
