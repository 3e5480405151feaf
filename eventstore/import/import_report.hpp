// How far an import has come and what became of its rows: kept beside the log, committed with the events.
#pragma once

#include "eventstore/import/import_folder.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace upline::eventstore::import {

struct FileCounts {
  std::uint64_t imported{};
  std::uint64_t already_there{};
  std::uint64_t rejected{};
};

struct ImportReport {
  std::string import_id{};
  std::uint64_t rows_done{};  // in the order of import, over all files
  bool complete{};
  std::uint64_t events{};
  std::uint64_t rejects{};
  std::array<FileCounts, import_files.size()> files{};

  FileCounts& of(ImportFile file) { return files[static_cast<std::size_t>(file)]; }
  const FileCounts& of(ImportFile file) const { return files[static_cast<std::size_t>(file)]; }
};

std::string to_json(const ImportReport& report);

/// Throws DamagedStore where the text is no report.
ImportReport import_report_from(std::string_view json);

}  // namespace upline::eventstore::import
