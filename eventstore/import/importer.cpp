#include "eventstore/import/importer.hpp"

#include "eventstore/file_lock.hpp"
#include "eventstore/import/csv_reader.hpp"
#include "eventstore/import/import_batch.hpp"
#include "eventstore/import/plan_file.hpp"
#include "eventstore/import/survey.hpp"
#include "eventstore/import/timeline.hpp"

#include <optional>
#include <utility>

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

/// Keys to a commit for one other row. A key takes the pen for a fifth of the time, and fingerprints are random: each
/// commit touches most pages of their index, so few large commits write far less than many small ones.
constexpr std::size_t keys_per_row = 5;

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

/// The rows of a folder always come in the same order, so a count of rows says how far an import has come.
class Import {
 public:
  Import(Shop& shop, const ImportFolder& folder, const ImportOptions& options, ImportReport report)
      : shop_(shop),
        folder_(folder),
        options_(options),
        survey_(survey(folder)),
        report_(std::move(report)),
        rows_(survey_.rows()),
        skip_(report_.rows_done),
        dated_(survey_.earliest.value_or(system_clock_now())) {}

  ImportReport run() {
    std::optional<PlanFile> plan;
    if (const auto& path = folder_.path(ImportFile::plan)) plan = read_plan_file(*path, dated_);
    if (plan) rows_ += plan->before_products.size() + plan->after_products.size();
    if (plan) add_plan(*plan);
    add_products();
    if (plan) add_assignments(*plan);
    add_keys();
    add_history();
    report_.complete = true;
    commit();
    return report_;
  }

 private:
  /// True when the next `count` rows were done by an earlier run.
  bool skips(std::uint64_t count) {
    if (skip_ < count) return false;
    skip_ -= count;
    return true;
  }

  /// All of it in one commit, or nothing.
  void add_plan(const PlanFile& plan) {
    if (skips(plan.before_products.size())) return;
    for (const auto& command : plan.before_products) batch_.add(ImportFile::plan, 0, command);
    must_be_accepted_ = true;
    commit();
    must_be_accepted_ = false;
  }

  void add_products() {
    const auto fulfilment =
        folder_.path(ImportFile::keys) ? domain::Fulfilment::key_pool : domain::Fulfilment::external;
    for_each_row(ImportFile::products, [&](const CsvRow& row) {
      auto product = product_row(row.fields, fulfilment, dated_);
      if (product) {
        batch_.add(ImportFile::products, row.line, std::move(*product));
      } else {
        reject(ImportFile::products, row.line, std::move(product.error()));
      }
      commit_when_full();
    });
    commit();
  }

  void add_assignments(const PlanFile& plan) {
    for (const auto& assignment : plan.after_products) {
      if (!skips(1)) batch_.add(ImportFile::plan, assignment.line, assignment.command);
    }
    commit();
  }

  /// A batch ends only where a command of keys ends.
  void add_keys() {
    for_each_row(ImportFile::keys, [&](const CsvRow& row) {
      auto key = key_row(row.fields);
      if (!key) return reject(ImportFile::keys, row.line, std::move(key.error()));
      if (!batch_.is_open_for(*key)) commit_when_full(keys_per_row);
      batch_.add_key(row.line, std::move(*key), dated_);
    });
    commit();
  }

  void add_history() {
    Timeline timeline(folder_, survey_);
    TimelineItem item;
    while (timeline.next(item)) {
      if (skips(1)) continue;
      if (item.command) {
        batch_.add(item.file, item.line, std::move(*item.command));
      } else {
        batch_.reject(item.file, item.line, std::move(item.command.error()));
      }
      commit_when_full();
    }
    commit();
  }

  template <class Visit>
  void for_each_row(ImportFile file, Visit visit) {
    const auto& path = folder_.path(file);
    if (!path) return;
    CsvReader reader(*path, columns_of(file));
    CsvRow row;
    while (reader.next(row)) {
      if (skips(1)) continue;
      if (row.fault) {
        reject(file, row.line, {code(*row.fault), std::string(sentence(*row.fault))});
      } else {
        visit(row);
      }
    }
  }

  void reject(ImportFile file, std::uint64_t line, RowError error) {
    if (!batch_.is_open()) commit_when_full();
    batch_.reject(file, line, std::move(error));
  }

  void commit_when_full(std::size_t rows_per_row = 1) {
    if (batch_.rows() >= options_.rows_per_commit * rows_per_row) commit();
  }

  void commit() {
    if (batch_.rows() == 0 && !report_.complete) return;
    auto report = report_;
    shop_.handler().execute(batch_.requests(), [&](Pen& pen, std::span<const Outcome> outcomes) {
      if (must_be_accepted_) check_accepted(outcomes);
      batch_.settle(pen, outcomes, report);
      pen.put_import_progress(report.import_id, to_json(report));
    });
    report_ = std::move(report);
    batch_ = {};
    if (options_.progress) options_.progress(report_.rows_done, rows_);
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
  const ImportFolder& folder_;
  const ImportOptions& options_;
  Survey survey_;
  ImportReport report_;
  std::uint64_t rows_;  // of all files, and the commands of plan.toml
  std::uint64_t skip_;
  domain::Timestamp dated_;  // of plan, products and keys, which have no time of their own
  ImportBatch batch_;
  bool must_be_accepted_{};
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
