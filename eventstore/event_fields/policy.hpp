// The fields of a shop's policy: see eventstore/event_fields.hpp.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_fields/either.hpp"

namespace upline::eventstore {

template <class F, Either<domain::ReferralPolicy> T>
void fields(F& f, T& v) {
  f("binds", v.binds);
  f("click_window_us", v.click_window);
  f("link_needs_purchase", v.link_needs_purchase);
}

template <class F, Either<domain::ReservationPolicy> T>
void fields(F& f, T& v) {
  f("reserve_for_us", v.reserve_for);
  f("open_per_buyer", v.open_per_buyer);
  f("open_per_address", v.open_per_address);
}

template <class F, Either<domain::SettlementPolicy> T>
void fields(F& f, T& v) {
  f("four_eyes", v.four_eyes);
}

template <class F, Either<domain::ShopOpened> T>
void fields(F& f, T& v) {
  f("currency", v.currency);
}

template <class F, Either<domain::CurrencyDeclared> T>
void fields(F& f, T& v) {
  f("currency", v.currency);
  f("exponent", v.exponent);
}

template <class F, Either<domain::LevelLimitChanged> T>
void fields(F& f, T& v) {
  f("max_levels", v.max_levels);
  f("reason", v.reason);
}

template <class F, Either<domain::DefaultPlanChosen> T>
void fields(F& f, T& v) {
  f("plan", v.plan);
}

template <class F, Either<domain::ReferralPolicyChanged> T>
void fields(F& f, T& v) {
  f("policy", v.policy);
  f("reason", v.reason);
}

template <class F, Either<domain::ReservationPolicyChanged> T>
void fields(F& f, T& v) {
  f("policy", v.policy);
  f("reason", v.reason);
}

template <class F, Either<domain::SettlementPolicyChanged> T>
void fields(F& f, T& v) {
  f("policy", v.policy);
  f("reason", v.reason);
}

}  // namespace upline::eventstore
