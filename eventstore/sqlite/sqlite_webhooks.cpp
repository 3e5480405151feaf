#include "eventstore/sqlite/bindings.hpp"
#include "eventstore/sqlite/database.hpp"
#include "eventstore/sqlite/transaction.hpp"
#include "eventstore/webhooks.hpp"

#include <sstream>
#include <string_view>
#include <utility>

namespace upline::eventstore {

namespace {

using domain::Position;
using domain::Timestamp;
using sqlite::bind_blob;
using sqlite::bind_text;
using sqlite::EndOfQuery;
using sqlite::signed_of;
using sqlite::unsigned_of;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> split(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

class SqliteWebhooks final : public WebhookStore {
 public:
  SqliteWebhooks(const std::filesystem::path& file, sqlite::Durability durability)
      : database_(file, {.migrations = "webhooks", .durability = durability, .cache_mib = 2, .writing_cache_mib = 2}) {}

  std::vector<WebhookTarget> targets() override;
  std::optional<WebhookTarget> target(const std::string& id) override;
  WebhookBacklog backlog(const std::string& id) override;
  bool add(const WebhookTarget& target, const std::optional<WebhookKey>& key) override;
  bool remove(const std::string& id) override;
  bool pause(const std::string& id, const std::string& why) override;
  bool resume(const std::string& id) override;
  bool replay(const std::string& id, Position first, Position last, const std::optional<WebhookKey>& key) override;
  std::optional<WebhookKey> find_key(const domain::Fingerprint& key) override;
  bool was_changed() override;
  std::vector<WebhookDelivery> deliveries(const std::string& id) override;
  std::vector<WebhookReplay> replays(const std::string& id) override;
  bool take_in(const std::string& id, const WebhookIntake& intake) override;
  void record(const std::string& id, const WebhookProgress& progress) override;

 private:
  int run_for(const char* sql, const std::string& id) {
    auto& row = database_.statement(sql);
    bind_text(row, 1, id);
    return row.exec();
  }
  bool insert(const WebhookTarget& target);
  bool keep(const std::optional<WebhookKey>& key);
  bool move_cursor(const std::string& id, Position up_to);
  bool move_replay(std::int64_t replay, Position up_to);
  void note(const char* sql, const std::string& id, const WebhookProgress& progress);

  sqlite::Database database_;
  std::int64_t version_seen_{-1};
};

std::optional<Timestamp> time_of(const SQLite::Column& column) {
  return column.isNull() ? std::nullopt : std::optional(Timestamp{column.getInt64()});
}

WebhookTarget target_of(SQLite::Statement& row) {
  return {.id = row.getColumn(0).getString(),
          .url = row.getColumn(1).getString(),
          .types = split(row.getColumn(2).getString()),
          .created_at = {row.getColumn(3).getInt64()},
          .cursor = {unsigned_of(row.getColumn(4).getInt64())},
          .paused = row.getColumn(5).getString(),
          .resumed = unsigned_of(row.getColumn(6).getInt64()),
          .breaker = row.getColumn(7).getString(),
          .delivered = unsigned_of(row.getColumn(8).getInt64()),
          .last_delivered_at = time_of(row.getColumn(9)),
          .last_failed_at = time_of(row.getColumn(10)),
          .last_error = row.getColumn(11).getString()};
}

constexpr const char* select_targets =
    "SELECT id, url, types, created_at, cursor, paused, resumed, breaker, delivered, last_delivered_at, "
    "last_failed_at, last_error FROM targets ORDER BY created_at, id";

std::vector<WebhookTarget> SqliteWebhooks::targets() {
  auto& row = database_.statement(select_targets);
  const EndOfQuery end(row);
  std::vector<WebhookTarget> found;
  while (row.executeStep()) found.push_back(target_of(row));
  return found;
}

std::optional<WebhookTarget> SqliteWebhooks::target(const std::string& id) {
  for (auto& target : targets()) {
    if (target.id == id) return std::move(target);
  }
  return std::nullopt;
}

constexpr const char* count_backlog =
    "SELECT count(*), count(*) FILTER (WHERE attempts > 0), min(position) FROM deliveries WHERE target = ?1";

WebhookBacklog SqliteWebhooks::backlog(const std::string& id) {
  auto& row = database_.statement(count_backlog);
  const EndOfQuery end(row);
  bind_text(row, 1, id);
  row.executeStep();
  WebhookBacklog backlog{unsigned_of(row.getColumn(0).getInt64()), unsigned_of(row.getColumn(1).getInt64()), {}};
  if (!row.getColumn(2).isNull()) backlog.lowest = Position{unsigned_of(row.getColumn(2).getInt64())};
  return backlog;
}

constexpr const char* insert_target =
    "INSERT INTO targets (id, url, types, created_at, cursor) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";

bool SqliteWebhooks::insert(const WebhookTarget& target) {
  auto& row = database_.statement(insert_target);
  bind_text(row, 1, target.id);
  bind_text(row, 2, target.url);
  bind_text(row, 3, joined(target.types));
  row.bind(4, target.created_at.microseconds);
  row.bind(5, signed_of(target.cursor.value));
  return row.exec() > 0;
}

constexpr const char* insert_key =
    "INSERT INTO idempotency_keys (key, content, target, after) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";

/// True where there is none to keep.
bool SqliteWebhooks::keep(const std::optional<WebhookKey>& key) {
  if (!key) return true;
  auto& row = database_.statement(insert_key);
  bind_blob(row, 1, key->key.bytes);
  bind_blob(row, 2, key->content.bytes);
  bind_text(row, 3, key->target);
  row.bind(4, signed_of(key->after.value));
  return row.exec() > 0;
}

bool SqliteWebhooks::add(const WebhookTarget& target, const std::optional<WebhookKey>& key) {
  sqlite::Transaction transaction(database_);
  if (!insert(target) || !keep(key)) return false;
  transaction.commit();
  return true;
}

constexpr const char* select_key = "SELECT content, target, after FROM idempotency_keys WHERE key = ?1";

std::optional<WebhookKey> SqliteWebhooks::find_key(const domain::Fingerprint& key) {
  auto& row = database_.statement(select_key);
  const EndOfQuery end(row);
  bind_blob(row, 1, key.bytes);
  if (!row.executeStep()) return std::nullopt;
  return WebhookKey{key,
                    {sqlite::fixed_blob<16>(row.getColumn(0), "content of a request")},
                    row.getColumn(1).getString(),
                    {unsigned_of(row.getColumn(2).getInt64())}};
}

constexpr const char* delete_target = "DELETE FROM targets WHERE id = ?1";
constexpr const char* delete_deliveries = "DELETE FROM deliveries WHERE target = ?1";
constexpr const char* delete_replays = "DELETE FROM replays WHERE target = ?1";
constexpr const char* delete_keys = "DELETE FROM idempotency_keys WHERE target = ?1";

bool SqliteWebhooks::remove(const std::string& id) {
  sqlite::Transaction transaction(database_);
  const bool was_there = run_for(delete_target, id) > 0;
  run_for(delete_deliveries, id);
  run_for(delete_replays, id);
  run_for(delete_keys, id);
  transaction.commit();
  return was_there;
}

constexpr const char* pause_target = "UPDATE targets SET paused = ?2 WHERE id = ?1";

bool SqliteWebhooks::pause(const std::string& id, const std::string& why) {
  auto& row = database_.statement(pause_target);
  bind_text(row, 1, id);
  bind_text(row, 2, why);
  return row.exec() > 0;
}

constexpr const char* resume_target =
    "UPDATE targets SET paused = '', breaker = 'closed', resumed = resumed + 1 WHERE id = ?1";
constexpr const char* make_due = "UPDATE deliveries SET attempts = 0, due_at = 0 WHERE target = ?1 AND attempts > 0";

bool SqliteWebhooks::resume(const std::string& id) {
  sqlite::Transaction transaction(database_);
  const bool was_there = run_for(resume_target, id) > 0;
  run_for(make_due, id);
  transaction.commit();
  return was_there;
}

constexpr const char* insert_replay =
    "INSERT INTO replays (target, next, last) SELECT id, ?2, ?3 FROM targets WHERE id = ?1";

bool SqliteWebhooks::replay(const std::string& id, Position first, Position last,
                            const std::optional<WebhookKey>& key) {
  sqlite::Transaction transaction(database_);
  auto& row = database_.statement(insert_replay);
  bind_text(row, 1, id);
  row.bind(2, signed_of(first.value));
  row.bind(3, signed_of(last.value));
  if (row.exec() == 0 || !keep(key)) return false;
  transaction.commit();
  return true;
}

bool SqliteWebhooks::was_changed() {
  const auto version = database_.number("PRAGMA data_version");
  return std::exchange(version_seen_, version) != version;
}

constexpr const char* select_deliveries =
    "SELECT position, stream, attempts, due_at FROM deliveries WHERE target = ?1 ORDER BY position";

std::vector<WebhookDelivery> SqliteWebhooks::deliveries(const std::string& id) {
  auto& row = database_.statement(select_deliveries);
  const EndOfQuery end(row);
  bind_text(row, 1, id);
  std::vector<WebhookDelivery> found;
  while (row.executeStep()) {
    found.push_back({{unsigned_of(row.getColumn(0).getInt64())},
                     row.getColumn(1).getString(),
                     row.getColumn(2).getUInt(),
                     {row.getColumn(3).getInt64()}});
  }
  return found;
}

constexpr const char* select_replays = "SELECT id, next, last FROM replays WHERE target = ?1 ORDER BY id";

std::vector<WebhookReplay> SqliteWebhooks::replays(const std::string& id) {
  auto& row = database_.statement(select_replays);
  const EndOfQuery end(row);
  bind_text(row, 1, id);
  std::vector<WebhookReplay> found;
  while (row.executeStep()) {
    found.push_back({row.getColumn(0).getInt64(),
                     {unsigned_of(row.getColumn(1).getInt64())},
                     {unsigned_of(row.getColumn(2).getInt64())}});
  }
  return found;
}

constexpr const char* update_cursor = "UPDATE targets SET cursor = ?2 WHERE id = ?1";

bool SqliteWebhooks::move_cursor(const std::string& id, Position up_to) {
  auto& row = database_.statement(update_cursor);
  bind_text(row, 1, id);
  row.bind(2, signed_of(up_to.value));
  return row.exec() > 0;
}

constexpr const char* update_replay = "UPDATE replays SET next = ?2 WHERE id = ?1";
constexpr const char* drop_done_replay = "DELETE FROM replays WHERE id = ?1 AND next > last";

bool SqliteWebhooks::move_replay(std::int64_t replay, Position up_to) {
  auto& moved = database_.statement(update_replay);
  moved.bind(1, replay);
  moved.bind(2, signed_of(up_to.value + 1));
  if (moved.exec() == 0) return false;
  auto& done = database_.statement(drop_done_replay);
  done.bind(1, replay);
  done.exec();
  return true;
}

constexpr const char* insert_delivery =
    "INSERT INTO deliveries (target, position, stream, attempts, due_at) VALUES (?1, ?2, ?3, ?4, ?5) "
    "ON CONFLICT (target, position) DO NOTHING";

bool SqliteWebhooks::take_in(const std::string& id, const WebhookIntake& intake) {
  sqlite::Transaction transaction(database_);
  const bool moved = intake.replay ? move_replay(*intake.replay, intake.up_to) : move_cursor(id, intake.up_to);
  if (!moved) return false;
  for (const auto& delivery : intake.deliveries) {
    auto& row = database_.statement(insert_delivery);
    bind_text(row, 1, id);
    row.bind(2, signed_of(delivery.position.value));
    bind_text(row, 3, delivery.stream);
    row.bind(4, delivery.attempts);
    row.bind(5, delivery.due_at.microseconds);
    row.exec();
  }
  transaction.commit();
  return true;
}

constexpr const char* delete_delivery = "DELETE FROM deliveries WHERE target = ?1 AND position = ?2";
constexpr const char* put_off = "UPDATE deliveries SET attempts = ?3, due_at = ?4 WHERE target = ?1 AND position = ?2";
constexpr const char* note_arrivals =
    "UPDATE targets SET delivered = delivered + ?4, last_delivered_at = ?2, breaker = ?3 WHERE id = ?1";
constexpr const char* note_failure =
    "UPDATE targets SET last_failed_at = ?2, breaker = ?3, last_error = ?4 WHERE id = ?1";

void SqliteWebhooks::record(const std::string& id, const WebhookProgress& progress) {
  sqlite::Transaction transaction(database_);
  for (const auto position : progress.arrived) {
    auto& row = database_.statement(delete_delivery);
    bind_text(row, 1, id);
    row.bind(2, signed_of(position.value));
    row.exec();
  }
  for (const auto& delivery : progress.failed) {
    auto& row = database_.statement(put_off);
    bind_text(row, 1, id);
    row.bind(2, signed_of(delivery.position.value));
    row.bind(3, delivery.attempts);
    row.bind(4, delivery.due_at.microseconds);
    row.exec();
  }
  if (!progress.arrived.empty()) note(note_arrivals, id, progress);
  if (!progress.failed.empty()) note(note_failure, id, progress);
  transaction.commit();
}

void SqliteWebhooks::note(const char* sql, const std::string& id, const WebhookProgress& progress) {
  auto& row = database_.statement(sql);
  bind_text(row, 1, id);
  row.bind(2, progress.at.microseconds);
  bind_text(row, 3, progress.breaker);
  if (sql == note_arrivals) {
    row.bind(4, signed_of(progress.arrived.size()));
  } else {
    bind_text(row, 4, progress.error);
  }
  row.exec();
}

}  // namespace

std::filesystem::path webhooks_file(const std::filesystem::path& folder) { return folder / "webhooks.db"; }

std::unique_ptr<WebhookStore> open_webhooks(const std::filesystem::path& folder, bool survives_power_loss) {
  const auto durability = survives_power_loss ? sqlite::Durability::full : sqlite::Durability::normal;
  return std::make_unique<SqliteWebhooks>(webhooks_file(folder), durability);
}

}  // namespace upline::eventstore
