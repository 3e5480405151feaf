// The rows of a folder in the order of their import, cut into what a commit holds each.
#pragma once

#include "domain/time.hpp"
#include "eventstore/import/import_batch.hpp"
#include "eventstore/import/import_folder.hpp"
#include "eventstore/import/plan_file.hpp"
#include "eventstore/import/rows.hpp"
#include "eventstore/import/survey.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace upline::eventstore::import {

/// One commit.
struct ImportStep {
  ImportBatch batch{};
  bool must_be_accepted{};  // all of it, or nothing of the folder is imported
  bool is_last{};           // of the folder; the only one that may be empty
};

struct StepOptions {
  std::size_t rows_per_commit{};  // of card keys five times as many
  std::uint64_t rows_done{};      // by earlier runs
  domain::Timestamp dated{};      // of plan, products and keys, which have no time of their own
};

using StepTaker = std::function<void(ImportStep)>;

/// The rows always come in the same order, so a count of rows says how far an import has come. Constant memory.
class ImportSteps {
 public:
  /// `folder`, `survey` and `plan` (null: there is none) must outlive it.
  ImportSteps(const ImportFolder& folder, const Survey& survey, const PlanFile* plan, const StepOptions& options)
      : folder_(folder), survey_(survey), plan_(plan), options_(options), skip_(options.rows_done) {}

  /// Hands over one step after the other. Throws InputError, and what `take` throws.
  void read(StepTaker take);

 private:
  bool skips(std::uint64_t count);
  void add_plan();
  void add_products();
  void add_assignments();
  void add_keys();
  void add_history();
  template <class Visit>
  void for_each_row(ImportFile file, Visit visit);
  void reject(ImportFile file, std::uint64_t line, RowError error);
  void end_when_full(std::size_t rows_per_row = 1);
  void end_step();
  void hand_over(bool must_be_accepted, bool is_last);

  const ImportFolder& folder_;
  const Survey& survey_;
  const PlanFile* plan_;
  StepOptions options_;
  std::uint64_t skip_;
  StepTaker take_;
  ImportBatch batch_;
};

}  // namespace upline::eventstore::import
