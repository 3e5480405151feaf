// How a read is answered: not before the log and the read models are where the caller wants them.
#pragma once

#include "api/job.hpp"

namespace upline::api {

/// On a worker's thread. Throws what the handler throws.
Response answer_read(Read read, const Job& job);

}  // namespace upline::api
