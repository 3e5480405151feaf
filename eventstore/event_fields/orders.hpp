// The fields of orders and their payments: see eventstore/event_fields.hpp.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_fields/either.hpp"

namespace upline::eventstore {

template <class F, Either<domain::FrozenChain> T>
void fields(F& f, T& v) {
  f("plan", v.plan);
  f("plan_version", v.version);
  f("upline", v.upline);
}

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

}  // namespace upline::eventstore
