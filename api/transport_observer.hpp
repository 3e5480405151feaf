// Told of what no handler sees. On I/O threads: must not block.
#pragma once

#include "api/problem.hpp"

namespace upline::api {

class TransportObserver {
 public:
  virtual ~TransportObserver() = default;

  virtual void connection_opened() = 0;
  virtual void connection_closed() = 0;
  /// One too many. It was not opened, so it is not closed either.
  virtual void connection_refused(ShedFor reason) = 0;
  /// Before a route saw it, or behind: its body, or its answer, found no room.
  virtual void request_shed(ShedFor reason) = 0;
  /// What came was no request, or not in time, or its answer was not.
  virtual void request_refused(const Problem& problem) = 0;
};

}  // namespace upline::api
