#include "eventstore/sqlite/log_names.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace upline::eventstore::sqlite {

using domain::Position;

LogIndex& LogNames::index() {
  if (!index_) index_.emplace(folder_);
  return *index_;
}

/// The tail first: what it hands over to the index meanwhile is found there.
StreamHead LogNames::stream_head(std::string_view stream) {
  if (is_still_) {
    if (const auto* known = held_entries().heads.find(stream)) return *known;
    return index().stream_head(stream).value_or(StreamHead{});
  }
  const auto lately = tail_->stream_head(stream);
  if (lately.found) return *lately.found;
  if (is_behind_all(kind_in_stream(stream), stream, lately.indexed)) return {};
  return index_behind(lately.indexed).stream_head(stream).value_or(StreamHead{});
}

std::optional<Position> LogNames::claimed(std::string_view name) {
  if (is_still_) {
    if (const auto* known = held_entries().claims.find(name)) return *known;
    return index().claimed(kind_of(name), key_of(name));
  }
  const auto lately = tail_->claimed(name);
  if (lately.found) return lately.found;
  if (is_behind_all(kind_in_claim(name), name, lately.indexed)) return std::nullopt;
  return index_behind(lately.indexed).claimed(kind_of(name), key_of(name));
}

/// The log only grows, and so does the last of its names.
void LogNames::refuse_to_shrink(std::string_view before, std::string_view now) const {
  if (now >= before) return;
  throw DamagedStore(fmt::format("{} has lost names; end what uses this shop, and remove it: it is made anew",
                                 (folder_ / "index.db").string()));
}

/// Of a kind of claims the index has the keys alone.
std::string LogNames::ask_last(std::string_view kind, Position indexed) {
  auto& index = index_behind(indexed);
  if (!is_kind_of_claims(kind)) return index.last_stream(kind);
  const auto key = index.last_claim(kind_of(kind));
  return key.empty() ? key : std::string(kind) + key;
}

const std::string& LogNames::last_indexed(std::string_view kind, Position indexed) {
  auto last = last_.find(kind);
  if (last == last_.end() || last->second.indexed < indexed) {
    const LastName asked{indexed, ask_last(kind, indexed)};
    if (last != last_.end()) refuse_to_shrink(last->second.name, asked.name);
    last = last_.insert_or_assign(std::string(kind), asked).first;
  }
  return last->second.name;
}

bool LogNames::is_behind_all(std::string_view kind, std::string_view name, Position indexed) {
  return !kind.empty() && name > last_indexed(kind, indexed);
}

std::string LogNames::last_name(std::string_view kind) {
  const auto lately = tail_->last(kind);
  return std::max(lately.found.value_or(std::string()), last_indexed(kind, lately.indexed));
}

IndexEntries LogNames::entries_beside_index() {
  if (!is_still_) return tail_->copy();
  IndexEntries all{.after = held_entries().after};
  all.join(held_entries());
  return all;
}

LogIndex& LogNames::index_beside(const IndexEntries& entries) {
  return is_still_ ? index() : index_behind(entries.after);
}

const IndexEntries& LogNames::held_entries() {
  if (!held_tail_) held_tail_.emplace(LogTail::read(log_, index().progress(), log_.head().position));
  return *held_tail_;
}

/// The index as of `indexed` at least.
LogIndex& LogNames::index_behind(Position indexed) {
  if (look_of_ && *look_of_ >= indexed) return *index_;
  stop_looking();
  if (index_seen_ < indexed) ask_index_again(indexed);
  if (pens_ > 0) look_of_ = index().hold_still();
  return index();
}

/// Somebody may have taken the file away, and this connection still has the old one.
void LogNames::ask_index_again(Position indexed) {
  index_seen_ = index().progress().position;
  if (index_seen_ >= indexed) return;
  index_.emplace(folder_);
  index_seen_ = index_->progress().position;
  if (index_seen_ >= indexed) return;
  throw DamagedStore(fmt::format("{}: events that were in it are gone; end what uses this shop, and start it again",
                                 (folder_ / "index.db").string()));
}

void LogNames::stop_looking() noexcept {
  if (look_of_) index_->end_stillness();
  look_of_.reset();
}

void LogNames::remove_pen() noexcept {
  --pens_;
  stop_looking();
}

void LogNames::hold_still() {
  tail_->open(log_);
  index().hold_still();
  is_still_ = true;
}

void LogNames::end_stillness() noexcept {
  is_still_ = false;
  held_tail_.reset();
  index_->end_stillness();
}

}  // namespace upline::eventstore::sqlite
