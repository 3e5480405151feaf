// The fields of members and of clicks on their links: see eventstore/event_fields.hpp.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_fields/either.hpp"

namespace upline::eventstore {

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

}  // namespace upline::eventstore
