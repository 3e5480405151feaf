#include "eventstore/import/importer.hpp"

#include "eventstore/file_lock.hpp"
#include "eventstore/import/commit_behind.hpp"
#include "eventstore/import/import_steps.hpp"
#include "eventstore/import/plan_file.hpp"
#include "eventstore/import/steps_ahead.hpp"
#include "eventstore/import/survey.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace upline::eventstore::import {

namespace {

namespace fs = std::filesystem;

/// Two runs of the same files take turns; other imports and live commands go on meanwhile.
FileLock lock_import(const Shop& shop, const std::string& import_id, const ImportOptions& options) {
  const auto locks = shop.location().folder() / "locks";
  fs::create_directories(locks);
  const auto file = locks / fmt::format("import-{}.lock", import_id);
  if (!options.waiting) return {file, options.patience};
  try {
    return {file, std::chrono::milliseconds(0)};
  } catch (const StoreBusy&) {
    options.waiting();
  }
  return {file, options.patience};
}

/// An init that was cut short leaves a shop that would refuse every row, and the import would be complete for good.
void check_open(Shop& shop) {
  if (shop.store().stream_head(domain::to_text(domain::policy_stream())).version > domain::Version{0}) return;
  const auto& where = shop.location();
  throw ShopNotFound(
      fmt::format("the shop '{}' is not open yet; open it with: upline init --data {} --shop {} --currency CNY",
                  where.shop, where.data.string(), where.shop));
}

/// What an earlier run has done of the same files.
ImportReport known_report(Shop& shop, const ImportFolder& folder) {
  if (const auto known = shop.store().import_progress(folder.id)) return import_report_from(*known);
  return {.import_id = folder.id};
}

/// Card keys are sealed by a vault of that thread's own, which writes nothing.
std::function<PrepareStep()> sealing_of(const ShopLocation& location) {
  return [&location]() -> PrepareStep {
    std::shared_ptr<Vault> vault = open_vault(location.folder(), read_master_key(location.vault_key));
    return [vault = std::move(vault)](ImportStep& step) { step.batch.seal_keys(*vault); };
  };
}

/// Decides the steps of an import, which a thread of its own reads and prepares, and another brings to the disk.
class Import {
 public:
  Import(Shop& shop, const ImportFolder& folder, const ImportOptions& options, ImportReport report)
      : shop_(shop),
        handler_(shop.handler()),
        folder_(folder),
        options_(options),
        survey_(survey(folder)),
        report_(std::move(report)),
        rows_(survey_.rows()),
        commits_(handler_) {}

  ImportReport run() {
    const auto dated = survey_.earliest.value_or(system_clock_now());
    std::optional<PlanFile> plan;
    if (const auto& path = folder_.path(ImportFile::plan)) plan = read_plan_file(*path, dated);
    if (plan) rows_ += plan->before_products.size() + plan->after_products.size();
    ImportSteps steps(folder_, survey_, plan ? &*plan : nullptr,
                      {.rows_per_commit = options_.rows_per_commit, .rows_done = report_.rows_done, .dated = dated});
    StepsAhead ahead(steps, sealing_of(shop_.location()));
    while (const auto step = next_of(ahead)) write(*step);
    await_commit();  // the last one
    return report_;
  }

 private:
  /// Nobody holds the pen while he waits for rows.
  std::optional<ImportStep> next_of(StepsAhead& ahead) {
    if (!ahead.has_next()) await_commit();
    return ahead.next();
  }

  /// Whoever else waits for the pen has it before a batch would go on behind the last one.
  void write(const ImportStep& step) {
    const bool erases = handler_.has_erasures();  // asked once: it depends on the time
    if (erases || (commits_.under_way() != nullptr && handler_.is_pen_wanted())) await_commit();
    auto report = report_;
    if (erases) {
      write_alone(step, report);
    } else {
      write_behind(step, report);
    }
    report_ = std::move(report);
  }

  /// Who is erased is destroyed in the vault with nothing else under way.
  void write_alone(const ImportStep& step, ImportReport& report) {
    handler_.execute(step.batch.requests(),
                     [&](Pen& pen, std::span<const Outcome> outcomes) { settle(step, pen, outcomes, report); });
    tell_progress(report);
  }

  /// What the disk could not take takes along what was decided behind it.
  void write_behind(const ImportStep& step, ImportReport& report) {
    auto batch = handler_.begin(commits_.under_way());
    try {
      decide(step, batch, report);
    } catch (...) {
      handler_.undo(batch);
      throw;
    }
    if (commits_.start(std::move(batch))) tell_progress(report_);
  }

  void decide(const ImportStep& step, Batch& batch, ImportReport& report) {
    std::vector<Outcome> outcomes;
    outcomes.reserve(step.batch.requests().size());
    for (const auto& request : step.batch.requests()) outcomes.push_back(handler_.decide(batch, request));
    settle(step, *batch.pen, outcomes, report);
    handler_.seal(batch);
  }

  /// The progress is in the transaction that holds the events of its rows.
  static void settle(const ImportStep& step, Pen& pen, std::span<const Outcome> outcomes, ImportReport& report) {
    if (step.must_be_accepted) check_accepted(outcomes);
    step.batch.settle(pen, outcomes, report);
    report.complete = step.is_last;
    pen.put_import_progress(report.import_id, to_json(report));
  }

  void await_commit() {
    if (commits_.await()) tell_progress(report_);
  }

  void tell_progress(const ImportReport& report) const {
    if (options_.progress) options_.progress(report.rows_done, rows_);
  }

  static void check_accepted(std::span<const Outcome> outcomes) {
    for (const auto& outcome : outcomes) {
      if (outcome.answer != Answer::rejected) continue;
      const auto& rejection = *outcome.rejection;
      const auto* hint = rejection.reason == domain::Reason::level_limit_exceeded
                             ? "; [policy] raises it by max_levels and max_levels_reason"
                             : "";
      throw PlanRefused(fmt::format("plan.toml: {}: {}{} Nothing was imported.", domain::code(rejection.reason),
                                    domain::sentence(rejection.reason),
                                    rejection.detail.empty() ? "" : " (" + rejection.detail + hint + ")"));
    }
  }

  Shop& shop_;
  CommandHandler& handler_;
  const ImportFolder& folder_;
  const ImportOptions& options_;
  Survey survey_;
  ImportReport report_;  // as of the last batch, which may be under way
  std::uint64_t rows_;   // of all files, and the commands of plan.toml
  CommitBehind commits_;
};

}  // namespace

ImportReport import_folder(Shop& shop, const fs::path& path, const ImportOptions& options) {
  check_open(shop);
  const auto folder = open_import_folder(path);
  const auto lock = lock_import(shop, folder.id, options);
  auto report = known_report(shop, folder);
  if (report.complete) return report;
  return Import(shop, folder, options, std::move(report)).run();
}

}  // namespace upline::eventstore::import
