// Members read from the log before anybody asks for them: a member's first order in a process would wait for look-ups
// of it, of its claim and of the referrers above, some 10 microseconds each.
#pragma once

#include "eventstore/event_store.hpp"
#include "eventstore/hand_over.hpp"
#include "eventstore/known_member.hpp"
#include "eventstore/shop_state.hpp"

#include <atomic>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>

namespace upline::eventstore {

/// Reads them on a thread of its own, which gives way to others: about 10 microseconds each. What cannot be read is
/// left to whoever asks for it.
class MemberReading {
 public:
  /// At most `count_max`, in the order of their ids.
  MemberReading(const EventStore& log, std::size_t count_max);
  /// Leaves off.
  ~MemberReading();
  MemberReading(const MemberReading&) = delete;
  MemberReading& operator=(const MemberReading&) = delete;

  /// The next some thousand, once they are read. Without waiting.
  std::optional<MembersRead> take();

  /// All were taken.
  bool has_ended() const { return has_ended_ && !read_.is_ready(); }

 private:
  void read_all();
  MembersRead read_some(std::span<const std::string> streams);

  std::unique_ptr<EventStore> log_;
  std::size_t count_max_;
  std::atomic<bool> is_leaving_off_{};
  std::atomic<bool> has_ended_{};
  mutable HandOver<MembersRead> read_{std::numeric_limits<std::size_t>::max()};
  std::thread thread_;  // last: it uses the above
};

/// Supplies a state with them, and again where it had to forget all that it knew.
class MembersAhead {
 public:
  explicit MembersAhead(const EventStore& log) : log_(log) {}

  /// What was read by now, some thousand at a time. For a state that has just caught up: a millisecond at the most.
  void supply(ShopState& state);

  /// Every member was supplied, as long as nothing is forgotten.
  bool is_through() const { return !reading_; }

 private:
  const EventStore& log_;
  std::optional<MemberReading> reading_{};
};

}  // namespace upline::eventstore
