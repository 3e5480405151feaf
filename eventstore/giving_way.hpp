// How threads whose work nobody waits for share the cores with those that answer.
#pragma once

#include <algorithm>

#include <sys/resource.h>

namespace upline::eventstore {

/// The calling thread, and those that it makes from here on, run when others do not need the core: beside one other
/// thread on it that wants it all the while they have a tenth of it (nice 10; on Linux each thread has its own). Asking
/// again changes nothing, and it cannot be taken back.
inline void give_way() noexcept {
  constexpr int niceness = 10;
  ::setpriority(PRIO_PROCESS, 0, std::max(niceness, ::getpriority(PRIO_PROCESS, 0)));
}

}  // namespace upline::eventstore
