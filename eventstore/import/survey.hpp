// A first reading of an import's files, before anything is written: whether they can be read at all, how many rows
// they have, when their history begins, and which of them are in the order of time.
#pragma once

#include "domain/time.hpp"
#include "eventstore/import/import_folder.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace upline::eventstore::import {

struct FileSurvey {
  std::uint64_t rows{};
  bool in_order{true};
};

struct Survey {
  std::array<FileSurvey, import_files.size()> files{};
  std::optional<domain::Timestamp> earliest{};

  const FileSurvey& of(ImportFile file) const { return files[static_cast<std::size_t>(file)]; }
  std::uint64_t rows() const;
};

/// Reads every CSV file to its end. Throws InputError.
Survey survey(const ImportFolder& folder);

}  // namespace upline::eventstore::import
