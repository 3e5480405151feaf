// How a write is answered: its command goes to the shop's writer, and what it came to is told once it is committed.
#pragma once

#include "api/job.hpp"
#include "api/worker_pool.hpp"

namespace upline::api {

/// On a worker's thread. The answer is made on one of `workers`, after the commit. Throws what is wrong with the
/// request.
void submit_write(const Write& write, const SharedJob& job, WorkerPool& workers);

}  // namespace upline::api
