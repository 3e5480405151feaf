// index.db: where each stream ends and what is claimed, as of some event of the log. Not the truth: it is written
// behind the log, never in front of it, and made anew from it where it is missing.
#pragma once

#include "eventstore/event_store.hpp"
#include "eventstore/sqlite/database.hpp"
#include "eventstore/sqlite/index_entries.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace upline::eventstore::sqlite {

class LogIndex {
 public:
  /// The event up to which the index is complete; position 0 where it is empty.
  struct Progress {
    domain::Position position{};
    Hash leaf_hash{};
  };

  /// Opens the index of the shop in `folder`, and makes an empty one where there is none.
  explicit LogIndex(const std::filesystem::path& folder);

  /// Takes the index away, for one that is not of this log. Nobody may be opening it meanwhile; who has it open keeps
  /// what he has.
  static void remove(const std::filesystem::path& folder);

  Progress progress();
  std::optional<StreamHead> stream_head(std::string_view stream);
  std::optional<domain::Position> claimed(ClaimKind kind, ClaimKey key);

  /// The last name in bytewise order of the streams whose names begin like this (not empty), and of the claims of a
  /// kind; empty where there are none.
  std::string last_stream(std::string_view prefix);
  std::string last_claim(ClaimKind kind);

  void visit_streams(const std::function<void(std::string_view, const StreamHead&)>& visit);
  /// Those behind `after` whose names begin like this (not empty), in the order of names, until the visitor answers
  /// false.
  void visit_streams(std::string_view prefix, std::string_view after,
                     const std::function<bool(std::string_view)>& visit);
  void visit_claims(const std::function<void(ClaimKind, ClaimKey, domain::Position)>& visit);
  void visit_claims(ClaimKind kind, const std::function<void(ClaimKey, domain::Position)>& visit);
  std::uint64_t stream_count();
  std::uint64_t claim_count();

  /// Takes in the entries of the events behind its own, in one transaction: 2 to 3 microseconds each. Others may have
  /// taken in some of them, or all. Throws DamagedStore where it lacks events in front of them.
  void take_in(const IndexEntries& entries);

  /// Until end_stillness(), reads see it as it is now: as of the event that it answers.
  domain::Position hold_still();
  void end_stillness() noexcept;

  std::uint64_t statements_run() const { return database_.statements_run(); }

 private:
  void write_heads(const IndexEntries& entries);
  void write_claims(const IndexEntries& entries);

  std::filesystem::path file_;
  Database database_;
};

}  // namespace upline::eventstore::sqlite
