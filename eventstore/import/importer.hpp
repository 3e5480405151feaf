// Takes a folder of CSV files into a shop, through the same rules as live commands. Ledger specification, "Files".
// Killed and run again it continues where it was and ends like an uninterrupted run.
#pragma once

#include "domain/rejection.hpp"
#include "eventstore/import/import_report.hpp"
#include "eventstore/shop.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>

namespace upline::eventstore::import {

/// A rule refused the plan, the policy or a currency of plan.toml. Nothing of the folder was imported, since its
/// commissions would be computed by another plan.
class PlanRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ImportOptions {
  std::size_t rows_per_commit{4000};            // of card keys five times as many
  std::chrono::milliseconds patience{600'000};  // for another process that imports the same files
  std::function<void(std::uint64_t rows_done, std::uint64_t rows)> progress{};  // of what is durable
  std::function<void()> waiting{};  // called once where that other process is there
};

/// Imports what is not imported yet and reports on all of it. Rows that cannot be read or that a rule refuses are
/// kept as rejects (EventStore::read_import_rejects). Constant memory; one commit per rows_per_commit rows. Throws
/// InputError before anything is written, PlanRefused, StoreBusy, DamagedStore; ShopNotFound where nobody opened the
/// shop.
ImportReport import_folder(Shop& shop, const std::filesystem::path& folder, const ImportOptions& options = {});

}  // namespace upline::eventstore::import
