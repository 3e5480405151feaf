// Changes a shop's files behind the store's back, as a vandal or a failing disk would.
#pragma once

#include "eventstore/bundle.hpp"
#include "eventstore/sqlite/bindings.hpp"

#include <deque>
#include <filesystem>
#include <regex>
#include <string>

#include <SQLiteCpp/SQLiteCpp.h>

namespace upline::tests {

namespace detail {

/// The log's events as a table `events` with a row for each and a column for each part, as long as a statement changes
/// them. What it leaves is what the log then holds.
class EventsAsRows {
 public:
  explicit EventsAsRows(SQLite::Database& log) : log_(log) {
    log_.exec(
        "CREATE TEMP TABLE events (position, stream, version, previous, type, schema, occurred_at, recorded_at, "
        "command_id, command_digest, actor, salt, payload, leaf_hash)");
    SQLite::Statement bundles(log_, "SELECT first, count, events FROM bundles ORDER BY first");
    while (bundles.executeStep()) {
      const auto events = bundles.getColumn(2);
      eventstore::BundleReader reader({unsigned_at(bundles, 0)}, unsigned_at(bundles, 1),
                                      eventstore::sqlite::blob(events));
      while (const auto* event = reader.next()) {
        auto shown = *event;
        std::ranges::copy(reader.kept_of_hash(), shown.leaf_hash.bytes.begin());
        insert(shown);
      }
    }
  }

  void put_back() {
    log_.exec("DELETE FROM bundles");
    SQLite::Statement rows(log_, "SELECT * FROM events ORDER BY position");
    std::deque<eventstore::StoredEvent> events;
    eventstore::BundleWriter bundle;
    while (rows.executeStep()) {
      const auto& event = events.emplace_back(event_from(rows));
      const bool follows = bundle.first().value + bundle.count() == event.position.value;
      if (!bundle.is_empty() && follows && bundle.add(event, event.leaf_hash)) continue;
      if (!bundle.is_empty()) put(bundle);
      bundle.restart();
      bundle.add(event, event.leaf_hash);
    }
    if (!bundle.is_empty()) put(bundle);
  }

 private:
  static std::uint64_t unsigned_at(SQLite::Statement& row, int column) {
    return eventstore::sqlite::unsigned_of(row.getColumn(column).getInt64());
  }

  void insert(const eventstore::StoredEvent& event) {
    using eventstore::sqlite::bind_blob;
    using eventstore::sqlite::signed_of;
    SQLite::Statement row(log_, "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    row.bind(1, signed_of(event.position.value));
    row.bind(2, event.stream);
    row.bind(3, signed_of(event.version.value));
    row.bind(4, signed_of(event.previous.value));
    row.bind(5, static_cast<int>(event.type));
    row.bind(6, static_cast<int>(event.schema));
    row.bind(7, event.occurred_at.microseconds);
    row.bind(8, event.recorded_at.microseconds);
    if (event.command) {
      row.bind(9, event.command->id);
      bind_blob(row, 10, event.command->digest.bytes);
    }
    row.bind(11, event.actor);
    bind_blob(row, 12, event.salt);
    bind_blob(row, 13, event.payload);
    bind_blob(row, 14, event.leaf_hash.bytes);
    row.exec();
  }

  static eventstore::StoredEvent event_from(SQLite::Statement& row) {
    using eventstore::sqlite::bytes_of;
    using eventstore::sqlite::fixed_blob;
    eventstore::StoredEvent event{.position = {unsigned_at(row, 0)},
                                  .stream = row.getColumn(1).getString(),
                                  .version = {unsigned_at(row, 2)},
                                  .previous = {unsigned_at(row, 3)},
                                  .type = static_cast<std::uint16_t>(row.getColumn(4).getInt()),
                                  .schema = static_cast<std::uint16_t>(row.getColumn(5).getInt()),
                                  .occurred_at = {row.getColumn(6).getInt64()},
                                  .recorded_at = {row.getColumn(7).getInt64()},
                                  .actor = row.getColumn(10).getString(),
                                  .salt = fixed_blob<16>(row.getColumn(11), "salt"),
                                  .payload = bytes_of(row.getColumn(12)),
                                  .leaf_hash = {fixed_blob<32>(row.getColumn(13), "leaf hash")}};
    if (row.isColumnNull(8)) return event;
    event.command =
        eventstore::CommandMark{row.getColumn(8).getString(), {fixed_blob<32>(row.getColumn(9), "command digest")}};
    return event;
  }

  void put(eventstore::BundleWriter& bundle) {
    SQLite::Statement row(log_, "INSERT INTO bundles VALUES (?, ?, ?)");
    row.bind(1, eventstore::sqlite::signed_of(bundle.first().value));
    row.bind(2, bundle.count());
    eventstore::sqlite::bind_blob(row, 3, bundle.finish());
    row.exec();
  }

  SQLite::Database& log_;
};

inline bool does_name(const std::string& sql, const char* words) {
  return std::regex_search(sql, std::regex("\\b(" + std::string(words) + ")\\b"));
}

}  // namespace detail

/// Which file of a shop holds the tables that a statement names.
inline const char* file_named_by(const std::string& sql) {
  return detail::does_name(sql, "streams|claims|progress") ? "index.db" : "events.db";
}

/// `sql` may name a table `events`, with a row for each event and a column for each of its parts; the rows of `bundles`
/// are made of it then.
inline void tamper(const std::filesystem::path& folder, const std::string& sql, const char* file) {
  SQLite::Database database(folder / file, SQLite::OPEN_READWRITE, 10'000);
  database.exec("DROP TRIGGER IF EXISTS events_are_never_changed; DROP TRIGGER IF EXISTS events_are_never_deleted");
  if (!detail::does_name(sql, "events") || detail::does_name(sql, "bundles")) {
    database.exec(sql);
    return;
  }
  detail::EventsAsRows events(database);
  database.exec(sql);
  events.put_back();
}
inline void tamper(const std::filesystem::path& folder, const std::string& sql) {
  tamper(folder, sql, file_named_by(sql));
}

}  // namespace upline::tests
