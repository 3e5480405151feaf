// How threads whose work nobody waits for share the cores with those that answer.
#pragma once

#include <unistd.h>

namespace upline::eventstore {

/// The calling thread, and those that it makes from here on, run when others do not need the core: where all cores are
/// busy it has about a tenth of one (nice 10; on Linux each thread has its own). Cannot be taken back.
inline void give_way() noexcept {
  constexpr int niceness = 10;
  [[maybe_unused]] const int reached = ::nice(niceness);
}

}  // namespace upline::eventstore
