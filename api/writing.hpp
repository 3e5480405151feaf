// How a write is answered: its command goes to the shop's writer, and what it came to is told once it is committed.
#pragma once

#include "api/job.hpp"
#include "api/worker_pool.hpp"

#include <functional>
#include <string>

namespace upline::api {

/// On the I/O thread where the body is small, else on a worker's. What an order was left as is made ready
/// while the commit is under way, and all else on one of `workers` after it; nothing is told before. Throws what is
/// wrong with the request.
void submit_write(const Write& write, const SharedJob& job, WorkerPool& workers);

/// Makes the answer to a job out of what its command came to, on a worker's thread or one of the writer's. Of an order
/// that the outcome tells, without reading the log, which may not have it yet.
using AnswerOutcome = std::function<Response(const Job& job, const eventstore::Outcome& outcome)>;

/// The same for a command that is there already, under the idempotency key of the request.
void submit_command(eventstore::Request command, const SharedJob& job, WorkerPool& workers, AnswerOutcome answer);

/// The write's answer to what its command came to: the same for a repetition as for the first time, but for the header
/// `Idempotency-Replayed: true`. Throws where the command failed.
Response answer_command(const Write& write, Reader& reader, const Call& call, const eventstore::Outcome& outcome);

Response answer_rejected(const eventstore::Outcome& outcome);

/// Who asks, for the log.
std::string actor_of(const Job& job);

}  // namespace upline::api
