#include "eventstore/sqlite/log_tail.hpp"

#include "eventstore/claims.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/file_lock.hpp"
#include "eventstore/sqlite/checkpoints.hpp"
#include "eventstore/sqlite/uncommitted.hpp"
#include "eventstore/thread_name.hpp"

#include <chrono>
#include <mutex>
#include <new>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace upline::eventstore::sqlite {

using domain::Position;

namespace {

/// Spans that may wait for the index before the pen waits too.
constexpr std::size_t spans_max = 8;

std::string command_of(const StoredEvent& event) { return event.command ? event.command->id : std::string(); }

/// The events of one command follow each other, and the first of them claims its id.
void take_in(IndexEntries& entries, const StoredEvent& event, std::string& last_command) {
  entries.heads.put(event.stream, {event.version, event.position});
  entries.last.raise(kind_in_stream(event.stream), event.stream);
  const auto command = command_of(event);
  const auto claim = [&](ClaimKind kind, ClaimKey key) {
    const auto name = claim_name(kind, key);
    entries.last.raise(kind_in_claim(name), name);
    if (entries.claims.find(name) == nullptr) entries.claims.add(name, event.position);
  };
  if (!command.empty() && command != last_command) claim(ClaimKind::command_id, claim_key(command));
  last_command = command;
  const auto recorded = decode(event);
  for_each_claim(recorded.stream, recorded.event, claim);
}

void reach(IndexEntries& entries, const StoredEvent& event) {
  entries.to = event.position;
  entries.last_leaf = event.leaf_hash;
}

DamagedStore missing(Position position) {
  return DamagedStore(fmt::format("position {}: the event is missing", position.value));
}

/// None at the beginning of the log, and where the event is damaged. Throws NewerStore.
std::string command_at(EventStore& log, Position position) try {
  const auto event = position > Position{0} ? log.read_one(position) : std::nullopt;
  return event ? command_of(*event) : std::string();
} catch (const DamagedStore&) {
  return {};
}

/// The same for who only reads: behind an event of a newer program the next one names its command again.
std::string command_if_readable(EventStore& log, Position position) try {
  return command_at(log, position);
} catch (const NewerStore&) {
  return {};
}

/// An index that was written from another log, or in front of this one, is taken away: what it holds can be read again.
/// The log is read behind the index, so that it is not taken for shorter than it was.
LogIndex::Progress progress_of_index(const std::filesystem::path& folder, EventStore& log) {
  constexpr std::chrono::seconds patience{10};
  const FileLock alone(folder / "index.lock", patience);
  const auto progress = LogIndex(folder).progress();
  if (progress.position == Position{0}) return progress;
  try {
    const auto last = log.read_one(progress.position);
    if (last && (last->is_damaged || last->leaf_hash == progress.leaf_hash)) return progress;
  } catch (const DamagedStore&) {
    return progress;  // the log is damaged, which is no reason to doubt its index
  } catch (const NewerStore&) {
    return progress;  // nor is an event of a newer program
  }
  LogIndex::remove(folder);
  return {};
}

}  // namespace

LogTail::~LogTail() {
  {
    const std::unique_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (indexer_.joinable()) indexer_.join();
  write_out();
}

void LogTail::write_out() noexcept {
  if (!is_appended_here_ || damage_) return;
  try {
    LogIndex index(folder_);
    for (const auto& span : spans_) index.take_in(*span);
  } catch (const std::exception&) {
    // Nothing is lost: the next process reads it from the log.
  }
}

void LogTail::open(EventStore& log) {
  const std::unique_lock lock(mutex_);
  if (spans_.empty()) open_locked(log);
}

/// Behind a bundle of a newer layout nothing may be appended, though the index knows what its events claim: in it
/// nobody here could find the command that the next event may go on with. An event of an unknown type, which the index
/// has, is no reason: it fails the commands of its own stream.
void LogTail::open_locked(EventStore& log) {
  const auto index = progress_of_index(folder_, log);
  damage_ = nullptr;
  try {
    last_command_ = command_at(log, index.position);
  } catch (const NewerStore&) {
    last_command_.clear();
    damage_ = std::current_exception();
  }
  spans_.clear();
  spans_.push_back(std::make_shared<IndexEntries>(
      IndexEntries{.after = index.position, .to = index.position, .last_leaf = index.leaf_hash}));
}

/// Others may have indexed what would otherwise have to be read.
void LogTail::skip_what_is_indexed(EventStore& log, Position head) {
  if (spans_.empty() || head.value - spans_.back()->to.value > span_events_) open_if_further(log);
}

void LogTail::open_if_further(EventStore& log) {
  if (spans_.empty() || LogIndex(folder_).progress().position > spans_.back()->to) open_locked(log);
}

void LogTail::catch_up(EventStore& log, Position head) {
  {
    const std::shared_lock lock(mutex_);
    if (!spans_.empty() && spans_.back()->to >= head) return;
  }
  while (true) {
    constexpr std::chrono::seconds patience{10};
    wait_for_room(patience);
    const std::unique_lock lock(mutex_);
    skip_what_is_indexed(log, head);
    if (spans_.back()->to >= head) return;
    read_into_span(log, head);
    const auto& span = *spans_.back();
    if (span.to.value - span.after.value < span_events_) return;
    if (damage_) std::rethrow_exception(damage_);
    close_span();
  }
}

/// At most until the span is full. What cannot be read is remembered: nobody knows what it claims.
void LogTail::read_into_span(EventStore& log, Position head) {
  auto& span = *spans_.back();
  const auto remember_damage = [this] {
    if (!damage_) damage_ = std::current_exception();
  };
  const auto take = [&](const StoredEvent& event) {
    try {
      if (event.position.value != span.to.value + 1) throw missing({span.to.value + 1});
      take_in(span, event, last_command_);
    } catch (const std::runtime_error&) {  // it is not as it was written, or of a newer program
      remember_damage();
    }
    reach(span, event);
    return span.to.value - span.after.value < span_events_;
  };
  try {
    log.read({span.to.value + 1}, head, take);
  } catch (const DamagedStore&) {  // nobody can tell where its event ends, and the next one begins
    remember_damage();
  } catch (const NewerStore&) {
    remember_damage();
  }
  const bool is_full = span.to.value - span.after.value >= span_events_;
  if (is_full || span.to >= head) return;
  if (!damage_) damage_ = std::make_exception_ptr(missing({span.to.value + 1}));
  span.to = head;
}

void LogTail::add(const Uncommitted& batch, const Hash& last_leaf) noexcept {
  try {
    const std::unique_lock lock(mutex_);
    is_appended_here_ = true;
    auto& span = *spans_.back();
    if (span.to != batch.after) return;  // a reader was quicker
    batch.add_to(span);
    last_command_ = command_of(batch.events.back());
    span.to = batch.head.position;
    span.last_leaf = last_leaf;
    if (span.to.value - span.after.value >= span_events_) close_span();
  } catch (const std::bad_alloc&) {
    // What it did take in is true; the rest is read from the log.
  }
}

/// Under the lock.
void LogTail::close_span() {
  const auto& full = *spans_.back();
  auto next =
      std::make_shared<IndexEntries>(IndexEntries{.after = full.to, .to = full.to, .last_leaf = full.last_leaf});
  next->heads.reserve(full.heads.size());  // one span is mostly as large as the next
  next->claims.reserve(full.claims.size());
  spans_.push_back(std::move(next));
  is_stuck_ = false;
  try {
    if (!indexer_.joinable()) indexer_ = std::thread([this] { index_spans(); });
  } catch (const std::system_error&) {
    is_stuck_ = true;  // no thread to be had: tried again when the next span is full
  }
  changed_.notify_all();
}

void LogTail::index_spans() {
  name_this_thread("index");
  std::optional<LogIndex> index;
  Checkpoints checkpoints(folder_ / "events.db");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return ending_ || (spans_.size() > 1 && !is_stuck_); });
    if (ending_) return;
    auto span = spans_.front();
    lock.unlock();
    bool is_written = true;
    try {
      if (!index) index.emplace(folder_);
      index->take_in(*span);
    } catch (const std::exception&) {
      is_written = false;  // a full disk, most likely: tried again when the next span is full
    }
    checkpoints.carry();
    lock.lock();
    is_stuck_ = !is_written;
    if (is_written && spans_.front() == span) spans_.pop_front();  // unless they were begun anew meanwhile
    changed_.notify_all();
    lock.unlock();
    span.reset();  // thousands of names: nobody is to wait until their memory is given back
    lock.lock();
  }
}

bool LogTail::has_room() const {
  const std::shared_lock lock(mutex_);
  return spans_.size() <= spans_max || is_stuck_;
}

void LogTail::wait_for_room(std::chrono::milliseconds patience) {
  std::shared_lock lock(mutex_);
  changed_.wait_for(lock, patience, [&] { return spans_.size() <= spans_max || is_stuck_; });
}

LogTail::Found<StreamHead> LogTail::stream_head(std::string_view stream) const {
  const std::shared_lock lock(mutex_);
  for (auto span = spans_.rbegin(); span != spans_.rend(); ++span) {
    if (const auto* found = (*span)->heads.find(stream)) return {.found = *found};
  }
  return {.indexed = spans_.front()->after};
}

LogTail::Found<Position> LogTail::claimed(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  for (auto span = spans_.rbegin(); span != spans_.rend(); ++span) {
    if (const auto* found = (*span)->claims.find(name)) return {.found = *found};
  }
  return {.indexed = spans_.front()->after};
}

LogTail::Found<std::string> LogTail::last(std::string_view kind) const {
  const std::shared_lock lock(mutex_);
  Found<std::string> last{.indexed = spans_.front()->after};
  for (const auto& span : spans_) {
    const auto* found = span->last.find(kind);
    if (found != nullptr && (!last.found || *found > *last.found)) last.found = *found;
  }
  return last;
}

IndexEntries LogTail::copy() const {
  const std::shared_lock lock(mutex_);
  IndexEntries all{.after = spans_.front()->after};
  for (const auto& span : spans_) all.join(*span);
  return all;
}

IndexEntries LogTail::read(EventStore& log, const LogIndex::Progress& index, Position head) {
  IndexEntries entries{.after = index.position, .to = index.position, .last_leaf = index.leaf_hash};
  if (index.position >= head) return entries;
  auto last_command = command_if_readable(log, index.position);
  log.read({index.position.value + 1}, head, [&](const StoredEvent& event) {
    take_in(entries, event, last_command);
    reach(entries, event);
    return true;
  });
  return entries;
}

void LogTail::refuse_damage() const {
  const std::shared_lock lock(mutex_);
  if (damage_) std::rethrow_exception(damage_);
}

}  // namespace upline::eventstore::sqlite
