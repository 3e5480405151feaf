#include "eventstore/import/survey.hpp"

#include "eventstore/import/csv_reader.hpp"
#include "eventstore/import/rows.hpp"

#include <algorithm>
#include <functional>
#include <future>
#include <numeric>
#include <utility>
#include <vector>

namespace upline::eventstore::import {

namespace {

struct Surveyed {
  FileSurvey file{};
  std::optional<domain::Timestamp> earliest{};
};

Surveyed survey_file(ImportFile file, const std::filesystem::path& path) {
  CsvReader reader(path, columns_of(file));
  Surveyed result;
  CsvRow row;
  auto newest = domain::timestamp_min;
  while (reader.next(row)) {
    ++result.file.rows;
    const auto time = time_of_row(file, row.fields);
    if (!time) continue;
    result.file.in_order = result.file.in_order && *time >= newest;
    newest = *time;
    result.earliest = result.earliest ? std::min(*result.earliest, *time) : *time;
  }
  return result;
}

}  // namespace

std::uint64_t Survey::rows() const {
  return std::accumulate(files.begin(), files.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const FileSurvey& file) { return sum + file.rows; });
}

/// Each file in a thread of its own. Of several that cannot be read, the first one is told of.
Survey survey(const ImportFolder& folder) {
  std::vector<std::pair<ImportFile, std::future<Surveyed>>> files;
  for (const auto file : import_files) {
    const auto& path = folder.path(file);
    if (!path || file == ImportFile::plan) continue;
    files.emplace_back(file, std::async(std::launch::async, survey_file, file, std::cref(*path)));
  }
  Survey result;
  for (auto& [file, surveyed] : files) {
    const auto [found, earliest] = surveyed.get();
    result.files[static_cast<std::size_t>(file)] = found;
    if (earliest) result.earliest = result.earliest ? std::min(*result.earliest, *earliest) : *earliest;
  }
  return result;
}

}  // namespace upline::eventstore::import
