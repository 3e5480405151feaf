#include "eventstore/pending_erasures.hpp"

#include "eventstore/erasure.hpp"

#include <algorithm>
#include <functional>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace upline::eventstore {

namespace {

using namespace domain;

bool erases(const Request& request, const Outcome& outcome) {
  return std::holds_alternative<EraseMember>(request.command) && outcome.answer != Answer::rejected &&
         outcome.answer != Answer::failed;
}

/// Of the exception that is being handled.
std::exception_ptr not_destroyed_yet() {
  constexpr const char* told = "the erasure is recorded, but the vault could not be cleared yet, ask again: {}";
  try {
    throw;
  } catch (const StoreBusy& error) {
    return std::make_exception_ptr(ErasureUnfinished(fmt::format(told, error.what())));
  } catch (const StoreUnwritable& error) {
    return std::make_exception_ptr(ErasureUnfinished(fmt::format(told, error.what())));
  } catch (...) {
    return std::current_exception();
  }
}

constexpr Duration first_pause{microseconds_per_second};
constexpr Duration longest_pause{60 * microseconds_per_second};

}  // namespace

PendingErasures::PendingErasures(EventStore& store, Vault* vault, ShopState& state, Clock clock,
                                 std::chrono::milliseconds patience)
    : store_(store), vault_(vault), state_(state), clock_(std::move(clock)), patience_(patience), pause_(first_pause) {}

void PendingErasures::carry_out(std::span<const Request> requests, std::span<Outcome> outcomes) {
  if (vault_ == nullptr) return;
  const auto asked = !std::ranges::equal(requests, outcomes, std::not_fn(erases));
  if (!asked && !are_due()) return;
  try {
    destroy(asked);
  } catch (const std::exception&) {
    failure_ = not_destroyed_yet();
    try_again_later();
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (!erases(requests[i], outcomes[i])) continue;
      outcomes[i].answer = Answer::failed;
      outcomes[i].failure = failure_;
    }
  }
}

bool PendingErasures::are_due() const {
  return vault_ != nullptr && state_.may_have_erasures() && (!again_at_ || clock_() >= *again_at_);
}

void PendingErasures::destroy(bool asked) {
  carry_out_erasures(store_, *vault_, {.patience = patience_, .although_done = asked});
  state_.erasures_are_done();
  again_at_.reset();
  pause_ = first_pause;
  failure_ = nullptr;
}

void PendingErasures::try_again_later() {
  again_at_ = clock_() + pause_;
  pause_ = {std::min(2 * pause_.microseconds, longest_pause.microseconds)};
}

}  // namespace upline::eventstore
