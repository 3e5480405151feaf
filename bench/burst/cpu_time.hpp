// Whose work the cores did: the server's, our own, or that of others on the machine.
#pragma once

#include <sys/types.h>

namespace upline::bench {

/// Seconds of all cores.
struct CpuTime {
  double server{};
  double own{};
  double others{};
};

/// Since the machine was started; the difference of two counts.
CpuTime cpu_time(pid_t server);

}  // namespace upline::bench
