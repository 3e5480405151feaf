// The pen as soon as it is free. Those whose patience ended stand in its queue a moment longer than whoever held it.
#pragma once

#include "eventstore/event_store.hpp"
#include "eventstore/request.hpp"
#include "eventstore/stored_event.hpp"
#include "tests/await.hpp"

#include <optional>
#include <stdexcept>

namespace upline::tests {

/// What `run` comes to once it does not throw StoreBusy any more.
template <class Run>
eventstore::Outcome run_when_free(Run run) {
  std::optional<eventstore::Outcome> outcome;
  const bool has_run = await([&] {
    try {
      outcome = run();
    } catch (const eventstore::StoreBusy&) {
      return false;
    }
    return true;
  });
  if (!has_run) throw std::logic_error("after a minute the pen is still not free");
  return *outcome;
}

}  // namespace upline::tests
