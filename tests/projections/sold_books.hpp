// A shop that has sold and refunded, with read models up to date with it, and a look at their files.
#pragma once

#include "projections/checkpoint.hpp"
#include "projections/read_model_database.hpp"
#include "tests/projections/shop_books.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace upline::tests {

/// The worked example with its purchase and first refund, and read models up to date with it.
class SoldBooks : public ExampleBooks {
 public:
  SoldBooks() {
    append(purchase({.order = "o1"}));
    append(refund("r1", "o1", 500));
    now();
  }
};

inline const Lines after_refund{"alice CNY earned 24 reversed 12 pending 12 available 0",
                                "bob CNY earned 49 reversed 25 pending 24 available 0",
                                "carol CNY earned 99 reversed 50 pending 49 available 0"};

inline Lines balances_now(projections::ReadModels& models) {
  models.catch_up();
  return balances(models, at(may(3)));
}

inline domain::Position checkpoint_of(const std::filesystem::path& view, const char* migrations) {
  projections::ReadModelDatabase database(view, migrations);
  return projections::read_checkpoint(database).position;
}

inline Lines files_in(const std::filesystem::path& folder) {
  Lines files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path().filename().string());
  std::ranges::sort(files);
  return files;
}

inline bool contains(const Lines& lines, const std::string& line) {
  return std::ranges::find(lines, line) != lines.end();
}

inline std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace upline::tests
