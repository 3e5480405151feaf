// given(events).when(command).then(events): what had happened, what is asked, and what comes of it. An aggregate is
// told by a struct with the types State, Past (what a state is folded from), Event (what a command leads to) and
// Command, and the functions fold(state, past) and decide(state, command).
#pragma once

#include "domain/rejection.hpp"

#include <cstddef>
#include <expected>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace upline::tests {

template <class Aggregate>
class When {
 public:
  using State = typename Aggregate::State;
  using Event = typename Aggregate::Event;
  using Command = typename Aggregate::Command;

  When(State state, Command command)
      : state_(std::move(state)), command_(std::move(command)), decision_(Aggregate::decide(state_, command_)) {}

  const When& then(const std::vector<Event>& expected) const {
    INFO("refused: " << (decision_ ? "no" : domain::code(decision_.error().reason)));
    REQUIRE(decision_.has_value());
    REQUIRE(decision_->size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      INFO("event " << i + 1 << " of " << expected.size());
      CHECK(is_same((*decision_)[i], expected[i]));
    }
    return *this;
  }

  const When& then_nothing() const { return then({}); }

  const When& then_refused(domain::Reason reason) const {
    REQUIRE_FALSE(decision_.has_value());
    CHECK(domain::code(decision_.error().reason) == domain::code(reason));
    return *this;
  }

  /// The same command once more, after what it led to.
  When again() const { return When(folded(), command_); }

  /// The next command.
  When when(Command command) const { return When(folded(), std::move(command)); }

 private:
  /// An aggregate brings a function same() where its events have no ==.
  static bool is_same(const Event& a, const Event& b) {
    if constexpr (requires { Aggregate::same(a, b); })
      return Aggregate::same(a, b);
    else
      return a == b;
  }

  State folded() const {
    auto state = state_;
    if (decision_) {
      for (const auto& event : *decision_) state = Aggregate::fold(std::move(state), event);
    }
    return state;
  }

  State state_;
  Command command_;
  std::expected<std::vector<Event>, domain::Rejection> decision_;
};

template <class Aggregate>
class Given {
 public:
  explicit Given(const std::vector<typename Aggregate::Past>& past) {
    for (const auto& event : past) state_ = Aggregate::fold(std::move(state_), event);
  }

  When<Aggregate> when(typename Aggregate::Command command) const { return {state_, std::move(command)}; }

 private:
  typename Aggregate::State state_{};
};

}  // namespace upline::tests
