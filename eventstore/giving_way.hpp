// How threads whose work nobody waits for share the cores with those that answer.
#pragma once

#include <algorithm>

#include <sched.h>
#include <sys/resource.h>

namespace upline::eventstore {

/// What is left of a core to who gives way, beside one other thread on it that wants it all the while.
enum class GivingWay {
  mostly,    // a tenth (nice 10; on Linux each thread has its own)
  entirely,  // a three-hundredth (SCHED_IDLE): for whose locks and files nobody waits
};

/// The calling thread, and those that it makes from here on, run when others do not need the core. Asking again changes
/// nothing, and it cannot be taken back.
inline void give_way(GivingWay how = GivingWay::mostly) noexcept {
  constexpr int niceness = 10;
  ::setpriority(PRIO_PROCESS, 0, std::max(niceness, ::getpriority(PRIO_PROCESS, 0)));
  if (how == GivingWay::mostly) return;
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_IDLE, &none);  // where the system refuses, it has given way mostly
}

}  // namespace upline::eventstore
