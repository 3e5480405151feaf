#include "eventstore/sqlite/log_names.hpp"

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
    const auto& heads = held_entries().heads;
    if (const auto known = heads.find(stream); known != heads.end()) return known->second;
    return index().stream_head(stream).value_or(StreamHead{});
  }
  const auto lately = tail_->stream_head(stream);
  if (lately.found) return *lately.found;
  if (is_stream_behind_all(stream, lately.indexed)) return {};
  return index_behind(lately.indexed).stream_head(stream).value_or(StreamHead{});
}

std::optional<Position> LogNames::claimed(std::string_view name) {
  if (is_still_) {
    const auto& claims = held_entries().claims;
    if (const auto known = claims.find(name); known != claims.end()) return known->second;
    return index().claimed(kind_of(name), key_of(name));
  }
  const auto lately = tail_->claimed(name);
  if (lately.found) return lately.found;
  if (is_claim_behind_all(name, lately.indexed)) return std::nullopt;
  return index_behind(lately.indexed).claimed(kind_of(name), key_of(name));
}

namespace {

/// Their keys are random, and lie anywhere.
bool grows_with_time(ClaimKind kind) { return kind != ClaimKind::key_fingerprint && kind != ClaimKind::referral_code; }

}  // namespace

/// The log only grows, and so does the last of its names.
void LogNames::refuse_to_shrink(std::string_view before, std::string_view now) const {
  if (now >= before) return;
  throw DamagedStore(fmt::format("{} has lost names; end what uses this shop, and remove it: it is made anew",
                                 (folder_ / "index.db").string()));
}

bool LogNames::is_stream_behind_all(std::string_view stream, Position indexed) {
  const auto kind = stream.substr(0, stream.find('/') + 1);
  if (kind.empty()) return false;
  auto last = last_streams_.find(kind);
  if (last == last_streams_.end() || last->second.indexed < indexed) {
    const LastName asked{indexed, index_behind(indexed).last_stream(kind)};
    if (last != last_streams_.end()) refuse_to_shrink(last->second.name, asked.name);
    last = last_streams_.insert_or_assign(std::string(kind), asked).first;
  }
  return stream > last->second.name;
}

bool LogNames::is_claim_behind_all(std::string_view name, Position indexed) {
  const auto kind = kind_of(name);
  if (!grows_with_time(kind)) return false;
  auto last = last_claims_.find(kind);
  if (last == last_claims_.end() || last->second.indexed < indexed) {
    const LastName asked{indexed, index_behind(indexed).last_claim(kind)};
    if (last != last_claims_.end()) refuse_to_shrink(last->second.name, asked.name);
    last = last_claims_.insert_or_assign(kind, asked).first;
  }
  return name.substr(1) > last->second.name;
}

IndexEntries LogNames::entries_beside_index() { return is_still_ ? held_entries() : tail_->copy(); }

LogIndex& LogNames::index_beside(const IndexEntries& entries) {
  return is_still_ ? index() : index_behind(entries.after);
}

const IndexEntries& LogNames::held_entries() {
  if (!held_tail_) held_tail_ = LogTail::read(log_, index().progress(), log_.head().position);
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
