// The fields of card keys, from their import to their delivery: see eventstore/event_fields.hpp.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_fields/either.hpp"

namespace upline::eventstore {

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

}  // namespace upline::eventstore
