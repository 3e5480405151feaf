// What a projection is: a name, a version, tables of its own, and what each event does to them.
#pragma once

#include "domain/event.hpp"
#include "projections/read_model_database.hpp"

#include <span>
#include <string_view>

namespace upline::projections {

struct OwnedTable {
  std::string_view name{};
  const char* select_all{};  // every column, those of the key first, in the order of the key
  int key_columns{};
  const char* delete_all{};
};

/// Its rows are a function of the log's events in order, and of nothing else: no clock, no randomness, no state outside
/// its tables. A changed function is a new version number.
class Projection {
 public:
  virtual ~Projection() = default;

  /// Of its file `<name>.v<version>.db` and its migrations.
  virtual std::string_view name() const = 0;
  virtual int version() const = 0;
  virtual std::span<const OwnedTable> tables() const = 0;

  /// Inside the runner's transaction. Throws where an event cannot be applied; it is never skipped.
  virtual void apply(ReadModelDatabase& database, const domain::RecordedEvent& event) const = 0;
};

}  // namespace upline::projections
