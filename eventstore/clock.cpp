#include "eventstore/clock.hpp"

#include <chrono>

namespace upline::eventstore {

domain::Timestamp system_clock_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

}  // namespace upline::eventstore
