#include "api/signature_gate.hpp"

#include "api/job.hpp"
#include "api/problem.hpp"

#include <exception>
#include <utility>

namespace upline::api {

namespace {

std::optional<Response> refusal_of(SignatureGate::Check& check) try { return check(); } catch (...) {
  return answer_of(std::current_exception());
}

}  // namespace

std::shared_ptr<void> SignatureGate::take_place() {
  if (taken_->fetch_add(1) >= places_) {
    --*taken_;
    return nullptr;
  }
  return {taken_.get(), [taken = taken_](void*) { --*taken; }};
}

/// The workers take it as an order: a flood of forged ones must not go before everything that is less than a payment.
void SignatureGate::pass(Visitor visitor, WorkerPool& workers) {
  auto place = take_place();
  if (!place) {
    return visitor.turn_away(
        shed_response(ShedFor::signatures, "overloaded", "Too many signatures are being checked; try again."));
  }
  const auto shared = std::make_shared<Visitor>(std::move(visitor));
  auto work = [shared, place = std::move(place)]() mutable {
    auto refused = refusal_of(shared->check);
    place.reset();
    if (refused) return shared->turn_away(std::move(*refused));
    shared->go_on();
  };
  if (workers.submit(std::move(work), Importance::order)) return;
  shared->turn_away(shed_response(ShedFor::workers, "overloaded", "Too many requests are waiting; try again."));
}

}  // namespace upline::api
