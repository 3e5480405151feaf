// What a projection is: a name, a version, tables of its own, and what each event does to them.
#pragma once

#include "domain/event.hpp"
#include "projections/read_model_database.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace upline::projections {

struct OwnedTable {
  std::string_view name{};
  const char* select_all{};  // every column, those of the key first, in the order of the key
  int key_columns{};
  const char* delete_all{};
};

/// Takes in the events of one transaction, in order; or of several, where nobody else has written in between and none
/// of them was undone. Rows that several events change may be kept back, and are then written once.
class Intake {
 public:
  virtual ~Intake() = default;

  /// Throws where an event cannot be applied; it is never skipped.
  virtual void apply(const domain::RecordedEvent& event) = 0;

  /// Writes what is kept back. May throw for any event since the last flush; after each single one, it is that one's.
  virtual void flush() = 0;
};

/// Its rows are a function of the log's events in order, and of nothing else: no clock, no randomness, no state outside
/// its tables, and not of where events are flushed. A changed function is a new version number.
class Projection {
 public:
  virtual ~Projection() = default;

  /// Of its file `<name>.v<version>.db` and its migrations.
  virtual std::string_view name() const = 0;
  virtual int version() const = 0;
  virtual std::span<const OwnedTable> tables() const = 0;

  /// Inside a transaction of the runner. The database must outlive it.
  virtual std::unique_ptr<Intake> begin(ReadModelDatabase& database) const = 0;
};

}  // namespace upline::projections
