// Reads what comes next of an import in a thread of its own, while the pen writes what came before.
#pragma once

#include "eventstore/hand_over.hpp"
#include "eventstore/import/import_steps.hpp"

#include <functional>
#include <optional>
#include <thread>

namespace upline::eventstore::import {

/// What is done to each step before it is handed over, in the thread that reads: sealing its keys.
using PrepareStep = std::function<void(ImportStep&)>;

class StepsAhead {
 public:
  /// `steps` must outlive it. `begin` runs first in the new thread.
  StepsAhead(ImportSteps& steps, std::function<PrepareStep()> begin);
  StepsAhead(const StepsAhead&) = delete;
  StepsAhead& operator=(const StepsAhead&) = delete;
  /// Ends the reading, wherever it is.
  ~StepsAhead();

  /// The next step, in the order of rows; nothing behind the last one. Throws what the reading threw, behind all steps
  /// that were read before.
  std::optional<ImportStep> next() { return handed_over_.take(); }
  /// Whether next() would answer at once.
  bool has_next() { return handed_over_.is_ready(); }

 private:
  void read(ImportSteps& steps, const std::function<PrepareStep()>& begin) noexcept;

  HandOver<ImportStep> handed_over_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace upline::eventstore::import
