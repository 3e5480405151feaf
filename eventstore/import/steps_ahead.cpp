#include "eventstore/import/steps_ahead.hpp"

#include "eventstore/thread_name.hpp"

#include <cstddef>
#include <exception>
#include <utility>

namespace upline::eventstore::import {

namespace {

/// One that is being read, these, and one that is being written: memory for four commits.
constexpr std::size_t steps_ahead = 2;

/// The import has ended before its rows did.
struct NobodyReadsOn {};

}  // namespace

StepsAhead::StepsAhead(ImportSteps& steps, std::function<PrepareStep()> begin)
    : handed_over_(steps_ahead), thread_([this, &steps, begin = std::move(begin)] { read(steps, begin); }) {}

StepsAhead::~StepsAhead() {
  handed_over_.abandon();
  thread_.join();
}

/// The failure is handed over when nothing of this thread holds it any more: the other one may end its life.
void StepsAhead::read(ImportSteps& steps, const std::function<PrepareStep()>& begin) noexcept {
  name_this_thread("import rows");
  std::exception_ptr failure;
  try {
    const auto prepare = begin();
    steps.read([&](ImportStep step) {
      prepare(step);
      if (!handed_over_.put(std::move(step))) throw NobodyReadsOn{};
    });
  } catch (const NobodyReadsOn&) {
    return;
  } catch (...) {
    failure = std::current_exception();
  }
  handed_over_.end(std::move(failure));
}

}  // namespace upline::eventstore::import
