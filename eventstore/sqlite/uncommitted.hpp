// What a pen has appended and not committed yet: in memory, so that it is decided on while the batch before is on its
// way to the disk.
#pragma once

#include "eventstore/event_store.hpp"
#include "eventstore/fresh_events.hpp"
#include "eventstore/sqlite/index_entries.hpp"
#include "eventstore/sqlite/last_names.hpp"
#include "eventstore/sqlite/name_table.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace upline::eventstore::sqlite {

class Database;

/// A stream's head as a batch knows it; those that were only looked up need not be written.
struct BatchHead {
  StreamHead head{};
  bool changed{};
};

struct NumberedReject {
  std::string import_id{};
  std::uint64_t number{};
  ImportReject reject{};
};

/// Grows until the batch is on its way to the disk; those who follow the log have it together then. The events have no
/// hashes: the commit makes them, while others read here.
class BatchEvents {
 public:
  const StoredEvent& append(StoredEvent&& event) { return kept_->events.emplace_back(std::move(event)); }
  std::shared_ptr<const EventRow> shared() const { return {kept_, &kept_->events}; }

  bool empty() const { return kept_->events.empty(); }
  std::size_t size() const { return kept_->events.size(); }
  auto begin() const { return kept_->events.cbegin(); }
  auto end() const { return kept_->events.cend(); }
  const StoredEvent& back() const { return kept_->events.back(); }
  const StoredEvent& operator[](std::size_t i) const { return kept_->events[i]; }

 private:
  static constexpr std::size_t first_bytes = 1024;

  struct Kept {
    std::pmr::monotonic_buffer_resource memory{first_bytes};
    EventRow events{&memory};
  };
  std::shared_ptr<Kept> kept_{std::make_shared<Kept>()};
};

struct Uncommitted {
  domain::Position after{};                             // the end of the log that it goes on from
  LogHead head{};                                       // the end that it leaves
  BatchEvents events{};                                 // after + 1 and so on
  NameTable<BatchHead> heads{};                         // of the streams that it looked up or changed
  NameTable<std::optional<domain::Position>> claims{};  // that it made, or looked up and found free
  LastNames last{};                                     // of the kinds that it looked up, up to `head`
  bool drops_snapshots{};                               // all that were there before
  std::map<std::string, std::optional<Snapshot>, std::less<>> snapshots{};  // nothing: dropped
  std::map<std::string, std::string> imports{};                             // progress by id
  std::vector<NumberedReject> rejects{};

  /// Null where the event is none of these.
  const StoredEvent* find(domain::Position position) const {
    if (position <= after || position > head.position) return nullptr;
    return &events[position.value - after.value - 1];
  }

  /// What the index is to know of its streams and claims.
  void add_to(IndexEntries& entries) const;
};

/// Writes all of it in one transaction: one fsync. Answers the leaf hashes of its events, which it makes. Throws
/// DamagedStore where somebody has appended meanwhile, without having had the pen.
std::vector<Hash> commit(Database& database, const Uncommitted& batch);

}  // namespace upline::eventstore::sqlite
