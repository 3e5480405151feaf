// How a read is answered: not before the read models are where the caller wants them, and not again where the caller
// has the answer already.
#pragma once

#include "api/job.hpp"
#include "api/worker_pool.hpp"

#include <cstdint>

namespace upline::api {

// How long a read waits for its position, from when the request came: `wait_ms` of the query.
inline constexpr std::uint64_t wait_ms_default = 2'000;
inline constexpr std::uint64_t wait_ms_max = 25'000;  // less than the transport waits for an answer

/// Answers from one of `workers`; while it waits for a position it holds none. On any thread.
void start_read(const Endpoint& endpoint, const SharedJob& job, WorkerPool& workers);

}  // namespace upline::api
