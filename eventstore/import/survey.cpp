#include "eventstore/import/survey.hpp"

#include "eventstore/import/csv_reader.hpp"
#include "eventstore/import/rows.hpp"

#include <algorithm>
#include <numeric>

namespace upline::eventstore::import {

namespace {

FileSurvey survey_file(ImportFile file, const std::filesystem::path& path, std::optional<domain::Timestamp>& earliest) {
  CsvReader reader(path, columns_of(file));
  FileSurvey result;
  CsvRow row;
  auto newest = domain::timestamp_min;
  while (reader.next(row)) {
    ++result.rows;
    const auto time = time_of_row(file, row.fields);
    if (!time) continue;
    result.in_order = result.in_order && *time >= newest;
    newest = *time;
    earliest = earliest ? std::min(*earliest, *time) : *time;
  }
  return result;
}

}  // namespace

std::uint64_t Survey::rows() const {
  return std::accumulate(files.begin(), files.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const FileSurvey& file) { return sum + file.rows; });
}

Survey survey(const ImportFolder& folder) {
  Survey result;
  for (const auto file : import_files) {
    const auto& path = folder.path(file);
    if (!path || file == ImportFile::plan) continue;
    result.files[static_cast<std::size_t>(file)] = survey_file(file, *path, result.earliest);
  }
  return result;
}

}  // namespace upline::eventstore::import
