// How a read is answered: not before the read models are where the caller wants them, and not again where the caller
// has the answer already.
#pragma once

#include "api/job.hpp"
#include "api/worker_pool.hpp"

namespace upline::api {

/// Answers from one of `workers`; while it waits for a position it holds none. On any thread.
void start_read(const Endpoint& endpoint, const SharedJob& job, WorkerPool& workers);

}  // namespace upline::api
