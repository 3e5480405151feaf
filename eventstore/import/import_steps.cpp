#include "eventstore/import/import_steps.hpp"

#include "eventstore/import/csv_reader.hpp"
#include "eventstore/import/timeline.hpp"

#include <string>
#include <utility>

namespace upline::eventstore::import {

namespace {

/// Keys to a commit for one other row. A key takes the pen for a fifth of the time, and fingerprints are random: each
/// commit touches most pages of their index, so few large commits write far less than many small ones.
constexpr std::size_t keys_per_row = 5;

}  // namespace

void ImportSteps::read(StepTaker take) {
  take_ = std::move(take);
  add_plan();
  add_products();
  add_assignments();
  add_keys();
  add_history();
  hand_over(false, true);
}

/// True when the next `count` rows were done by an earlier run.
bool ImportSteps::skips(std::uint64_t count) {
  if (skip_ < count) return false;
  skip_ -= count;
  return true;
}

/// All of it in one commit, or nothing.
void ImportSteps::add_plan() {
  if (plan_ == nullptr || plan_->before_products.empty() || skips(plan_->before_products.size())) return;
  for (const auto& command : plan_->before_products) batch_.add(ImportFile::plan, 0, command);
  hand_over(true, false);
}

void ImportSteps::add_products() {
  const auto fulfilment = folder_.path(ImportFile::keys) ? domain::Fulfilment::key_pool : domain::Fulfilment::external;
  for_each_row(ImportFile::products, [&](const CsvRow& row) {
    auto product = product_row(row.fields, fulfilment, options_.dated);
    if (product) {
      batch_.add(ImportFile::products, row.line, std::move(*product));
    } else {
      reject(ImportFile::products, row.line, std::move(product.error()));
    }
    end_when_full();
  });
  end_step();
}

void ImportSteps::add_assignments() {
  if (plan_ == nullptr) return;
  for (const auto& assignment : plan_->after_products) {
    if (!skips(1)) batch_.add(ImportFile::plan, assignment.line, assignment.command);
  }
  end_step();
}

/// A batch ends only where a command of keys ends.
void ImportSteps::add_keys() {
  for_each_row(ImportFile::keys, [&](const CsvRow& row) {
    auto key = key_row(row.fields);
    if (!key) return reject(ImportFile::keys, row.line, std::move(key.error()));
    if (!batch_.is_open_for(*key)) end_when_full(keys_per_row);
    batch_.add_key(row.line, std::move(*key), options_.dated);
  });
  end_step();
}

void ImportSteps::add_history() {
  Timeline timeline(folder_, survey_);
  TimelineItem item;
  while (timeline.next(item)) {
    if (skips(1)) continue;
    if (item.command) {
      batch_.add(item.file, item.line, std::move(*item.command));
    } else {
      batch_.reject(item.file, item.line, std::move(item.command.error()));
    }
    end_when_full();
  }
  end_step();
}

template <class Visit>
void ImportSteps::for_each_row(ImportFile file, Visit visit) {
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

void ImportSteps::reject(ImportFile file, std::uint64_t line, RowError error) {
  if (!batch_.is_open()) end_when_full();
  batch_.reject(file, line, std::move(error));
}

void ImportSteps::end_when_full(std::size_t rows_per_row) {
  if (batch_.rows() >= options_.rows_per_commit * rows_per_row) end_step();
}

void ImportSteps::end_step() {
  if (batch_.rows() != 0) hand_over(false, false);
}

void ImportSteps::hand_over(bool must_be_accepted, bool is_last) {
  take_({.batch = std::exchange(batch_, {}), .must_be_accepted = must_be_accepted, .is_last = is_last});
}

}  // namespace upline::eventstore::import
