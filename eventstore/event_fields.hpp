// The fields of every event, in the order in which they are stored. One list serves the payload's bytes
// (event_codec.cpp), its JSON (event_json.cpp) and a command's digest. A changed list is a new schema number.
#pragma once

#include "domain/command.hpp"
#include "domain/event.hpp"

#include <type_traits>

namespace upline::eventstore {

/// Either T or const T: the same list reads and writes.
template <class Self, class T>
concept Either = std::is_same_v<std::remove_const_t<Self>, T>;

// Parts

template <class F, Either<domain::KeyRange> T>
void fields(F& f, T& v) {
  f("first", v.first);
  f("count", v.count);
}

template <class F, Either<domain::SealedKey> T>
void fields(F& f, T& v) {
  f("fingerprint", v.fingerprint);
  f("digest", v.digest);
}

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

template <class F, Either<domain::FrozenChain> T>
void fields(F& f, T& v) {
  f("plan", v.plan);
  f("plan_version", v.version);
  f("upline", v.upline);
}

// Policy

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

// Plans and products

template <class F, Either<domain::PlanPublished> T>
void fields(F& f, T& v) {
  f("version", v.version);
  f("terms", v.terms);
}

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

// Members

template <class F, Either<domain::MemberEnrolled> T>
void fields(F& f, T& v) {
  f("code", v.code);
  f("referrer", v.referrer);
}

template <class F, Either<domain::ReferrerBound> T>
void fields(F& f, T& v) {
  f("referrer", v.referrer);
}

template <class F, Either<domain::MemberSuspended> T>
void fields(F& f, T& v) {
  f("reason", v.reason);
}

template <class F, Either<domain::MemberResumed> T>
void fields(F&, T&) {}

template <class F, Either<domain::MemberClosed> T>
void fields(F& f, T& v) {
  f("reason", v.reason);
}

// Keys

template <class F, Either<domain::KeysImported> T>
void fields(F& f, T& v) {
  f("batch", v.batch);
  f("first", v.first);
  f("keys", v.keys);
}

template <class F, Either<domain::KeysReleased> T>
void fields(F& f, T& v) {
  f("keys", v.keys);
}

template <class F, Either<domain::KeysDelivered> T>
void fields(F& f, T& v) {
  f("product", v.product);
  f("keys", v.keys);
  f("shared", v.shared);
}

// Orders

template <class F, Either<domain::OrderPlaced> T>
void fields(F& f, T& v) {
  f("member", v.member);
  f("product", v.product);
  f("quantity", v.quantity);
  f("amount_due_minor", v.amount_due);
  f("currency", v.currency);
}

template <class F, Either<domain::PaymentReceived> T>
void fields(F& f, T& v) {
  f("payment", v.payment);
  f("amount_minor", v.amount);
  f("currency", v.currency);
  f("channel", v.channel);
  f("chain", v.chain);
}

template <class F, Either<domain::OrderDelivered> T>
void fields(F&, T&) {}

template <class F, Either<domain::CommissionForfeited> T>
void fields(F& f, T& v) {
  f("beneficiary", v.beneficiary);
  f("level", v.level);
  f("plan", v.plan);
  f("plan_version", v.plan_version);
  f("rate", v.rate);
  f("base_minor", v.base);
  f("amount_minor", v.amount);
  f("currency", v.currency);
  f("reason", v.reason);
}

template <class F, Either<domain::CommissionWithheld> T>
void fields(F& f, T& v) {
  f("plan", v.plan);
  f("plan_version", v.plan_version);
  f("plan_currency", v.plan_currency);
  f("order_currency", v.order_currency);
}

template <class F, Either<domain::OrderRefunded> T>
void fields(F& f, T& v) {
  f("refund", v.refund);
  f("amount_minor", v.amount);
  f("reason", v.reason);
}

// Accounts

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

}  // namespace upline::eventstore
