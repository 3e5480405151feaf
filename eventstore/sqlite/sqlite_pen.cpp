#include "eventstore/sqlite/store_and_pen.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace upline::eventstore::sqlite {

namespace {

[[noreturn]] void refuse_claim(Position position, Position before) {
  throw DamagedStore(fmt::format("position {}: claims what position {} has claimed", position.value, before.value));
}

}  // namespace

SqlitePen::SqlitePen(SqliteEventStore& store, std::shared_ptr<PenTurn> turn) : store_(store), turn_(std::move(turn)) {
  batch_.head = store_.pens_.empty() ? sound_head() : store_.head();
  batch_.after = batch_.head.position;
  if (store_.pens_.empty()) store_.names_.tail().catch_up(store_, batch_.after);
  store_.names_.tail().refuse_damage();
  if (!turn_->writing) turn_->writing.emplace(store_.names_.tail());
  if (!store_.pens_.empty()) go_on_behind(store_.pens_.back()->batch_);
  store_.pens_.push_back(this);
  store_.names_.add_pen();
}

SqlitePen::~SqlitePen() { SqlitePen::leave(); }

void SqlitePen::leave() noexcept {
  if (!turn_) return;
  std::erase(store_.pens_, this);
  store_.names_.remove_pen();
  turn_.reset();
}

/// Refuses a log whose tree is damaged before anything is decided.
LogHead SqlitePen::sound_head() {
  const auto known = store_.tree_head();
  return {known.position, known.recorded_at};
}

/// Names that grow have grown; and one batch is mostly as large as the next.
void SqlitePen::go_on_behind(const Uncommitted& before) {
  batch_.last = before.last;
  batch_.heads.reserve(before.heads.size());
  batch_.claims.reserve(before.claims.size());
}

/// Not looked for: no batch, nothing in memory and nothing in the index can have it.
bool SqlitePen::is_behind_all(std::string_view kind, std::string_view name) {
  if (kind.empty()) return false;
  const auto* last = batch_.last.find(kind);
  if (last == nullptr) {
    store_.follow();
    batch_.last.raise(kind, store_.names_.last_name(kind));
    last = batch_.last.find(kind);
  }
  return name > *last;
}

BatchHead& SqlitePen::head_of(std::string_view stream, const std::optional<StreamHead>& known) {
  if (auto* in_batch = batch_.heads.find(stream)) return *in_batch;
  if (is_behind_all(kind_in_stream(stream), stream)) return batch_.heads.add(stream, {});
  return batch_.heads.add(stream, {known ? *known : store_.head_before(*this, stream)});
}

const StoredEvent& SqlitePen::append(EventDraft draft, Timestamp now) {
  auto& stream = head_of(draft.stream, draft.known_head);
  const auto before = stream.head;
  if (before.version == domain::Version{0}) batch_.last.raise(kind_in_stream(draft.stream), draft.stream);
  auto& head = batch_.head;
  StoredEvent event{.position = {head.position.value + 1},
                    .stream = std::move(draft.stream),
                    .version = {before.version.value + 1},
                    .previous = before.position,
                    .type = draft.type,
                    .schema = draft.schema,
                    .occurred_at = draft.occurred_at,
                    .recorded_at = std::max(now, head.recorded_at),
                    .command = std::move(draft.command),
                    .actor = std::move(draft.actor),
                    .salt = draft.salt,
                    .payload = std::move(draft.payload)};
  head.position = event.position;
  head.recorded_at = event.recorded_at;
  stream = {{event.version, event.position}, true};
  return batch_.events.append(std::move(event));
}

/// What nobody has claimed is remembered: whoever asks mostly means to claim it next.
std::optional<Position> SqlitePen::claimed(ClaimKind kind, ClaimKey key) {
  const auto name = claim_name(kind, key);
  if (is_behind_all(kind_in_claim(name), name)) return std::nullopt;
  if (const auto* known = batch_.claims.find(name)) return *known;
  const auto position = store_.claimed_before(*this, name);
  if (!position) batch_.claims.add(name, std::nullopt);
  return position;
}

/// As it is about to be claimed: true where it lies behind all others of its kind.
bool SqlitePen::becomes_last(std::string_view claim) {
  const auto growing = kind_in_claim(claim);
  if (!is_behind_all(growing, claim)) return false;
  batch_.last.raise(growing, claim);
  return true;
}

void SqlitePen::claim(ClaimKind kind, ClaimKey key, Position position) {
  const auto name = claim_name(kind, key);
  if (becomes_last(name)) {
    batch_.claims.add(name, position);
    return;
  }
  auto* known = batch_.claims.find(name);
  if (const auto before = known != nullptr ? *known : store_.claimed_before(*this, name)) {
    refuse_claim(position, *before);
  }
  if (known != nullptr) {
    *known = position;
  } else {
    batch_.claims.add(name, position);
  }
}

void SqlitePen::claim_free(ClaimKind kind, ClaimKey key, Position position) {
  const auto name = claim_name(kind, key);
  becomes_last(name);
  auto* known = batch_.claims.find(name);
  if (known == nullptr) {
    batch_.claims.add(name, position);
  } else if (!*known) {
    *known = position;
  } else {
    refuse_claim(position, **known);
  }
}

void SqlitePen::put_snapshot(std::string_view name, const Snapshot& snapshot) {
  batch_.snapshots.insert_or_assign(std::string(name), snapshot);
}

void SqlitePen::drop_snapshot(std::string_view name) {
  batch_.snapshots.insert_or_assign(std::string(name), std::nullopt);
}

void SqlitePen::drop_snapshots() {
  batch_.snapshots.clear();
  batch_.drops_snapshots = true;
}

void SqlitePen::put_import_progress(std::string_view import_id, std::string_view progress) {
  batch_.imports.insert_or_assign(std::string(import_id), std::string(progress));
}

void SqlitePen::add_import_reject(std::string_view import_id, std::uint64_t number, const ImportReject& reject) {
  batch_.rejects.push_back({std::string(import_id), number, reject});
}

void SqlitePen::commit() { commit_with(store_.database_); }

void SqlitePen::commit_aside() { commit_with(store_.database_aside()); }

void SqlitePen::commit_with(Database& database) {
  auto leaves = sqlite::commit(database, batch_);
  if (batch_.events.empty()) return;
  store_.names_.tail().add(batch_, leaves.back());
  store_.fresh().add(batch_.after, {batch_.events.shared(), std::move(leaves)});
}

}  // namespace upline::eventstore::sqlite
