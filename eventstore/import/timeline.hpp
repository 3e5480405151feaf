// Members, purchases and refunds of an import as one history: by time; at the same time members first, then purchases,
// then refunds; else in the order of their file.
#pragma once

#include "domain/command.hpp"
#include "eventstore/import/import_folder.hpp"
#include "eventstore/import/rows.hpp"
#include "eventstore/import/survey.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <vector>

namespace upline::eventstore::import {

/// A row with what it asks for. A row that cannot be read stands where the last readable one before it stands.
struct TimelineItem {
  ImportFile file{};
  std::uint64_t line{};
  domain::Timestamp at{domain::timestamp_min};
  std::expected<domain::Command, RowError> command{};
};

/// One file's rows in the order of time.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual bool next(TimelineItem& item) = 0;
};

/// Reads straight from the file where it is in order, else sorts it on disk first.
std::unique_ptr<RowSource> rows_of(ImportFile file, const std::filesystem::path& path, bool in_order);

class Timeline {
 public:
  Timeline(const ImportFolder& folder, const Survey& survey);

  /// The next row of the history; false at its end. Constant memory.
  bool next(TimelineItem& item);

 private:
  struct Head {
    std::unique_ptr<RowSource> source;
    TimelineItem item;
    bool has_item;
  };
  std::vector<Head> heads_;  // in the order of ties
};

}  // namespace upline::eventstore::import
