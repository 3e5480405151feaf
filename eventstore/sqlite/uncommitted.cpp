#include "eventstore/sqlite/uncommitted.hpp"

#include "eventstore/bundle.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/sqlite/bindings.hpp"
#include "eventstore/sqlite/database.hpp"
#include "eventstore/sqlite/transaction.hpp"

#include <fmt/format.h>

namespace upline::eventstore::sqlite {

namespace {

constexpr const char* insert_bundle = "INSERT INTO bundles (first, count, events) VALUES (?1, ?2, ?3)";

void insert(Database& database, BundleWriter& bundle) {
  auto& row = database.statement(insert_bundle);
  row.bind(1, signed_of(bundle.first().value));
  row.bind(2, bundle.count());
  bind_blob(row, 3, bundle.finish());
  row.exec();
}

void insert(Database& database, const BatchEvents& events, const std::vector<Hash>& leaves) {
  BundleWriter bundle;
  auto leaf = leaves.begin();
  for (const auto& event : events) {
    if (!bundle.add(event, *leaf)) {
      insert(database, bundle);
      bundle.restart();
      bundle.add(event, *leaf);
    }
    ++leaf;
  }
  if (!bundle.is_empty()) insert(database, bundle);
}

constexpr const char* insert_node = "INSERT INTO merkle_nodes (level, node, hash) VALUES (?1, ?2, ?3)";

/// Adds them to the tree, and writes the nodes that they complete.
void insert(Database& database, const std::vector<Hash>& leaves, MerkleFrontier& tree) {
  const auto insert_complete = [&](int level, std::uint64_t index, const Hash& node) {
    auto& row = database.statement(insert_node);
    row.bind(1, level);
    row.bind(2, signed_of(index));
    bind_blob(row, 3, node.bytes);
    row.exec();
  };
  for (const auto& leaf : leaves) tree.append(leaf, insert_complete);
}

constexpr const char* upsert_snapshot =
    "INSERT INTO snapshots (name, schema, state) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (name) DO UPDATE SET schema = excluded.schema, state = excluded.state";
constexpr const char* delete_snapshot = "DELETE FROM snapshots WHERE name = ?1";

void change_snapshot(Database& database, const std::string& name, const std::optional<Snapshot>& snapshot) {
  auto& row = database.statement(snapshot ? upsert_snapshot : delete_snapshot);
  row.bindNoCopy(1, name);
  if (snapshot) {
    row.bind(2, snapshot->schema);
    bind_blob(row, 3, snapshot->state);
  }
  row.exec();
}

constexpr const char* upsert_import =
    "INSERT INTO imports (import_id, progress) VALUES (?1, ?2) "
    "ON CONFLICT (import_id) DO UPDATE SET progress = excluded.progress";

void put_import(Database& database, const std::string& import_id, const std::string& progress) {
  auto& row = database.statement(upsert_import);
  row.bindNoCopy(1, import_id);
  row.bindNoCopy(2, progress);
  row.exec();
}

constexpr const char* insert_reject =
    "INSERT INTO import_rejects (import_id, number, file, line, code, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

void insert(Database& database, const NumberedReject& rejected) {
  auto& row = database.statement(insert_reject);
  row.bindNoCopy(1, rejected.import_id);
  row.bind(2, signed_of(rejected.number));
  row.bindNoCopy(3, rejected.reject.file);
  row.bind(4, signed_of(rejected.reject.line));
  row.bindNoCopy(5, rejected.reject.code);
  row.bindNoCopy(6, rejected.reject.message);
  row.exec();
}

constexpr const char* select_frontier = "SELECT frontier FROM head WHERE position = ?1";

/// The log has to end where the batch goes on from.
MerkleFrontier tree_in_front_of(Database& database, const Uncommitted& batch) {
  auto& row = database.statement(select_frontier);
  const EndOfQuery end(row);
  row.bind(1, signed_of(batch.after.value));
  if (!row.executeStep()) {
    throw DamagedStore(
        fmt::format("position {}: something was appended behind it by a program that did not take its turn; see what "
                    "writes to this shop",
                    batch.after.value));
  }
  const auto column = row.getColumn(0);
  auto tree = MerkleFrontier::parse(batch.after.value, blob(column));
  if (!tree) throw DamagedStore(fmt::format("position {}: {}", batch.after.value, tree.error()));
  return std::move(*tree);
}

constexpr const char* update_head = "UPDATE head SET position = ?1, recorded_at = ?2, frontier = ?3";

void move_head(Database& database, const LogHead& head, const MerkleFrontier& tree) {
  const auto frontier = tree.serialise();
  auto& row = database.statement(update_head);
  row.bind(1, signed_of(head.position.value));
  row.bind(2, head.recorded_at.microseconds);
  bind_blob(row, 3, frontier);
  row.exec();
}

std::vector<Hash> hashes_of(const BatchEvents& events) {
  std::vector<Hash> leaves;
  leaves.reserve(events.size());
  for (const auto& event : events) leaves.push_back(hash_of(event));
  return leaves;
}

}  // namespace

void Uncommitted::add_to(IndexEntries& entries) const {
  for (const auto& [stream, known] : heads) {
    if (known.changed) entries.heads.put(stream, known.head);
  }
  for (const auto& [name, position] : claims) {
    if (position) entries.claims.put(name, *position);
  }
  entries.last.raise(last);
}

std::vector<Hash> commit(Database& database, const Uncommitted& batch) {
  auto leaves = hashes_of(batch.events);
  Transaction transaction(database);
  auto tree = tree_in_front_of(database, batch);
  insert(database, batch.events, leaves);
  insert(database, leaves, tree);
  move_head(database, batch.head, tree);
  if (batch.drops_snapshots) database.execute("DELETE FROM snapshots");
  for (const auto& [name, snapshot] : batch.snapshots) change_snapshot(database, name, snapshot);
  for (const auto& [import_id, progress] : batch.imports) put_import(database, import_id, progress);
  for (const auto& rejected : batch.rejects) insert(database, rejected);
  transaction.commit();
  return leaves;
}

}  // namespace upline::eventstore::sqlite
