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

template <class F, Either<domain::PayoutTotal> T>
void fields(F& f, T& v) {
  f("currency", v.currency);
  f("lines", v.lines);
  f("gross_minor", v.amounts.gross);
  f("tax_minor", v.amounts.tax);
  f("fee_minor", v.amounts.fee);
  f("net_minor", v.amounts.net);
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

// Members

template <class F, Either<domain::MemberEnrolled> T>
void fields(F& f, T& v) {
  f("code", v.code);
  f("referrer", v.referrer);
  f("invited_by", v.invited_by);
  f("visitor", v.visitor);
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

template <class F, Either<domain::MemberMoved> T>
void fields(F& f, T& v) {
  f("referrer", v.referrer);
  f("reason", v.reason);
}

template <class F, Either<domain::LinkClicked> T>
void fields(F& f, T& v) {
  f("referrer", v.referrer);
}

template <class F, Either<domain::MemberErased> T>
void fields(F& f, T& v) {
  f("reason", v.reason);
}

// Keys

template <class F, Either<domain::KeysImported> T>
void fields(F& f, T& v) {
  f("batch", v.batch);
  f("first", v.first);
  f("keys", v.keys);
  f("use_limit", v.use_limit);
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
  f("source", v.source);
  f("units", v.units);
}

template <class F, Either<domain::ReleaseScheduled> T>
void fields(F& f, T& v) {
  f("batch", v.batch);
  f("at", v.at);
}

template <class F, Either<domain::ScheduleEnded> T>
void fields(F& f, T& v) {
  f("batch", v.batch);
}

template <class F, Either<domain::KeysWithdrawn> T>
void fields(F& f, T& v) {
  f("keys", v.keys);
  f("reason", v.reason);
  f("batch", v.batch);
}

template <class F, Either<domain::KeysRevoked> T>
void fields(F& f, T& v) {
  f("unreleased", v.unreleased);
  f("released", v.released);
  f("reason", v.reason);
  f("batch", v.batch);
}

template <class F, Either<domain::StockAwaited> T>
void fields(F& f, T& v) {
  f("product", v.product);
  f("quantity", v.quantity);
}

template <class F, Either<domain::StockNoLongerAwaited> T>
void fields(F& f, T& v) {
  f("product", v.product);
  f("member", v.member);
  f("quantity", v.quantity);
}

template <class F, Either<domain::KeyReplaced> T>
void fields(F& f, T& v) {
  f("product", v.product);
  f("old_key", v.old_key);
  f("new_key", v.new_key);
  f("reason", v.reason);
}

template <class F, Either<domain::DeliveredKeysRevoked> T>
void fields(F& f, T& v) {
  f("product", v.product);
  f("refund", v.refund);
  f("keys", v.keys);
}

// Orders

template <class F, Either<domain::OrderPlaced> T>
void fields(F& f, T& v) {
  f("member", v.member);
  f("product", v.product);
  f("quantity", v.quantity);
  f("amount_due_minor", v.amount_due);
  f("currency", v.currency);
  f("expires_at", v.expires_at);
  f("reserved", v.reserved);
  f("address", v.address);
  f("contact", v.contact);
}

template <class F, Either<domain::PaymentReceived> T>
void fields(F& f, T& v) {
  f("payment", v.payment);
  f("amount_minor", v.amount);
  f("currency", v.currency);
  f("channel", v.channel);
  f("effect", v.effect);
  f("chain", v.chain);
  f("first_purchase", v.first_purchase);
}

template <class F, Either<domain::OrderDelivered> T>
void fields(F& f, T& v) {
  f("text", v.text);
}

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
  f("kind", v.kind);
}

template <class F, Either<domain::PaymentMismatched> T>
void fields(F& f, T& v) {
  f("payment", v.payment);
  f("order", v.order);
  f("amount_minor", v.amount);
  f("currency", v.currency);
}

template <class F, Either<domain::PaymentReturned> T>
void fields(F& f, T& v) {
  f("return", v.id);
  f("amount_minor", v.amount);
  f("currency", v.currency);
  f("channel", v.channel);
}

template <class F, Either<domain::OrderExpired> T>
void fields(F& f, T& v) {
  f("product", v.product);
  f("freed", v.freed);
}

template <class F, Either<domain::OrderCancelled> T>
void fields(F& f, T& v) {
  f("product", v.product);
  f("freed", v.freed);
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

// Settlements

template <class F, Either<domain::SettlementOpened> T>
void fields(F& f, T& v) {
  f("attempt", v.attempt);
  f("cutoff", v.cutoff);
  f("minimum_minor", v.minimum);
  f("fee_minor", v.fee);
  f("tax", v.tax);
  f("through", v.through);
  f("opened_by", v.opened_by);
}

template <class F, Either<domain::LinesScheduled> T>
void fields(F& f, T& v) {
  f("attempt", v.attempt);
  f("lines", v.lines);
  f("last_member", v.last_member);
  f("last_currency", v.last_currency);
  f("digest", v.digest);
  f("totals", v.totals);
}

template <class F, Either<domain::SettlementFixed> T>
void fields(F& f, T& v) {
  f("attempt", v.attempt);
  f("lines", v.lines);
  f("digest", v.digest);
  f("totals", v.totals);
}

template <class F, Either<domain::SettlementAbandoned> T>
void fields(F& f, T& v) {
  f("attempt", v.attempt);
  f("reason", v.reason);
}

template <class F, Either<domain::SettlementApproved> T>
void fields(F& f, T& v) {
  f("approved_by", v.approved_by);
}

template <class F, Either<domain::SettlementExported> T>
void fields(F& f, T& v) {
  f("format", v.format);
  f("digest", v.digest);
  f("rows", v.rows);
  f("totals", v.totals);
}

template <class F, Either<domain::SettlementCancelled> T>
void fields(F& f, T& v) {
  f("reason", v.reason);
}

}  // namespace upline::eventstore
