// Calls of sockets that wait for so long at most: where their process was stopped, they do not go on by themselves.
#pragma once

#include <cerrno>

namespace upline::tests {

template <class Call>
auto unless_interrupted(Call call) {
  for (;;) {
    errno = 0;
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

}  // namespace upline::tests
