// The writes of settlements that are more than one command, each in a file of its own.
#pragma once

#include "api/job.hpp"
#include "api/worker_pool.hpp"

namespace upline::api {

/// Opens a settlement, and leaves its lines to the shop's SettlementRunner.
void submit_opening(const SharedJob& job, WorkerPool& workers);

/// Makes the file for a bank or payment service, records that it was made, and answers it.
void submit_export(const SharedJob& job, WorkerPool& workers);

/// Records what became of many payouts: each row a command of its own.
void submit_results(const SharedJob& job, WorkerPool& workers);

}  // namespace upline::api
