// The fields of settlements: see eventstore/event_fields.hpp.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_fields/either.hpp"

namespace upline::eventstore {

template <class F, Either<domain::PayoutTotal> T>
void fields(F& f, T& v) {
  f("currency", v.currency);
  f("lines", v.lines);
  f("gross_minor", v.amounts.gross);
  f("tax_minor", v.amounts.tax);
  f("fee_minor", v.amounts.fee);
  f("net_minor", v.amounts.net);
}

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
