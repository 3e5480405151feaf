#include "eventstore/import/import_batch.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace upline::eventstore::import {

namespace {

void keep_reject(Pen& pen, ImportReport& report, ImportFile file, std::uint64_t line, std::string_view error_code,
                 std::string message) {
  ++report.of(file).rejected;
  pen.add_import_reject(report.import_id, ++report.rejects,
                        {std::string(name(file)), line, std::string(error_code), std::move(message)});
}

/// Of a row of keys no id is told: where the columns are mixed up, it is a secret.
std::string message_of(ImportFile file, const domain::Rejection& rejection) {
  const auto what = domain::sentence(rejection.reason);
  if (file == ImportFile::keys || rejection.detail.empty()) return std::string(what);
  return fmt::format("{} ({})", what, rejection.detail);
}

}  // namespace

void ImportBatch::add(ImportFile file, std::uint64_t line, domain::Command command) {
  ++rows_;
  rows_since_last_command_ = 1;
  requests_.push_back({.command = std::move(command), .actor = import_actor});
  sources_.push_back({file, {line}});
}

bool ImportBatch::is_open() const {
  return !requests_.empty() && std::holds_alternative<domain::ImportKeys>(requests_.back().command) &&
         rows_since_last_command_ < domain::keys_per_event_max;
}

bool ImportBatch::is_open_for(const KeyRow& row) const {
  if (!is_open()) return false;
  const auto& last = std::get<domain::ImportKeys>(requests_.back().command);
  return last.product == row.product && last.batch == row.batch;
}

void ImportBatch::add_key(std::uint64_t line, KeyRow row, domain::Timestamp occurred_at) {
  if (!is_open_for(row)) {
    add(ImportFile::keys, line,
        domain::ImportKeys{.product = std::move(row.product),
                           .batch = std::move(row.batch),
                           .release = true,
                           .occurred_at = occurred_at});
  } else {
    ++rows_;
    ++rows_since_last_command_;
    sources_.back().lines.push_back(line);
  }
  requests_.back().secrets.push_back(std::move(row.secret));
}

void ImportBatch::reject(ImportFile file, std::uint64_t line, RowError error) {
  ++rows_;
  ++rows_since_last_command_;
  unreadable_.push_back({file, line, std::move(error), requests_.size()});
}

void ImportBatch::seal_keys(Vault& vault) {
  for (auto& request : requests_) {
    const auto* import = std::get_if<domain::ImportKeys>(&request.command);
    if (import != nullptr) request.sealed = vault.seal_ahead(import->product, import->batch, request.secrets);
  }
}

void ImportBatch::settle(Pen& pen, std::span<const Outcome> outcomes, ImportReport& report) const {
  auto unreadable = unreadable_.begin();
  for (std::size_t i = 0; i <= outcomes.size(); ++i) {
    for (; unreadable != unreadable_.end() && unreadable->before_request <= i; ++unreadable) {
      keep_reject(pen, report, unreadable->file, unreadable->line, unreadable->error.code, unreadable->error.message);
    }
    if (i < outcomes.size()) settle_one(pen, sources_[i], outcomes[i], report);
  }
  report.rows_done += rows_;
}

void ImportBatch::settle_one(Pen& pen, const Source& source, const Outcome& outcome, ImportReport& report) {
  auto& counts = report.of(source.file);
  switch (outcome.answer) {
    case Answer::appended:
      report.events += outcome.last.value - outcome.first.value + 1;
      counts.imported += source.lines.size() - outcome.duplicates.size();
      for (const auto index : outcome.duplicates) {
        const auto reason = domain::Reason::duplicate_key;
        keep_reject(pen, report, source.file, source.lines[index], domain::code(reason),
                    message_of(source.file, {reason, {}}));
      }
      break;
    case Answer::already_there:
    case Answer::repeated:
      counts.already_there += source.lines.size();
      break;
    case Answer::rejected:
      for (const auto line : source.lines) {
        keep_reject(pen, report, source.file, line, domain::code(outcome.rejection->reason),
                    message_of(source.file, *outcome.rejection));
      }
      break;
    case Answer::failed:
      std::rethrow_exception(outcome.failure);
  }
}

}  // namespace upline::eventstore::import
