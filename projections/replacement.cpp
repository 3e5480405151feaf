#include "projections/replacement.hpp"

#include <system_error>
#include <utility>

namespace upline::projections {

namespace fs = std::filesystem;

namespace {

fs::path beside(fs::path file) { return file += ".new"; }

}  // namespace

Replacement::Replacement(fs::path file, std::string migrations) : file_(std::move(file)), new_file_(beside(file_)) {
  fs::remove(new_file_);
  database_.emplace(new_file_, std::move(migrations), FileUse::filling);
  indexes_ = database_->drop_indexes();
}

Replacement::~Replacement() {
  database_.reset();
  std::error_code ignored;
  fs::remove(new_file_, ignored);
}

void Replacement::finish() {
  for (const auto& index : std::exchange(indexes_, {})) database_->run_once(index);
  sync_file(new_file_);
}

void Replacement::take_place() {
  database_->end_filling();
  database_.reset();
  sync_file(new_file_);
  ReadModelDatabase::replace(file_, new_file_);
}

}  // namespace upline::projections
