// Rows on their way into one commit: their commands, and which rows each command stands for.
#pragma once

#include "domain/command.hpp"
#include "eventstore/command_handler.hpp"
#include "eventstore/import/import_folder.hpp"
#include "eventstore/import/import_report.hpp"
#include "eventstore/import/rows.hpp"
#include "eventstore/vault.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace upline::eventstore::import {

constexpr const char* import_actor = "import";

class ImportBatch {
 public:
  /// A row that is a command.
  void add(ImportFile file, std::uint64_t line, domain::Command command);

  /// A row that is one key of an ImportKeys command, joined to the batch's last command where that has the same
  /// product and batch, and room.
  void add_key(std::uint64_t line, KeyRow row, domain::Timestamp occurred_at);

  /// A row that cannot be a command.
  void reject(ImportFile file, std::uint64_t line, RowError error);

  /// Seals the card keys of every command beforehand. `vault` is of the calling thread alone, and writes nothing.
  void seal_keys(Vault& vault);

  std::uint64_t rows() const { return rows_; }
  std::span<const Request> requests() const { return requests_; }

  /// True when a next key could still join the last command: the batch must not end here, or another run would cut the
  /// keys into other events. Unreadable rows in between use up its room, so that their number is bounded too.
  bool is_open() const;
  bool is_open_for(const KeyRow& row) const;

  /// Counts what became of the rows and keeps the rejects, in the transaction that holds the events.
  void settle(Pen& pen, std::span<const Outcome> outcomes, ImportReport& report) const;

 private:
  struct Source {
    ImportFile file{};
    std::vector<std::uint64_t> lines{};
  };
  struct Unreadable {
    ImportFile file{};
    std::uint64_t line{};
    RowError error{};
    std::size_t before_request{};  // keeps the rejects in the order of rows
  };

  static void settle_one(Pen& pen, const Source& source, const Outcome& outcome, ImportReport& report);

  std::vector<Request> requests_;
  std::vector<Source> sources_;  // one per request
  std::vector<Unreadable> unreadable_;
  std::uint64_t rows_{};
  std::uint64_t rows_since_last_command_{};  // that command's own first row among them
};

}  // namespace upline::eventstore::import
