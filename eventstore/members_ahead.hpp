// Members read from the log before anybody asks for them: a member's first order in a process would wait for look-ups
// of it, of its claim and of the referrers above.
#pragma once

#include "eventstore/event_store.hpp"
#include "eventstore/hand_over.hpp"
#include "eventstore/known_member.hpp"
#include "eventstore/shop_state.hpp"

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <thread>

namespace upline::eventstore {

/// Reads them on a thread of its own, which gives way to others: about 3 microseconds each. Ends where it cannot read
/// on; whoever asks for such a member is told.
class MemberReading {
 public:
  /// At most `count_max`, in the order of their ids. `log` must outlive it.
  MemberReading(const EventStore& log, std::size_t count_max);
  /// Leaves off: waits for the names that are being read, not for their members.
  ~MemberReading();
  MemberReading(const MemberReading&) = delete;
  MemberReading& operator=(const MemberReading&) = delete;

  /// The next 4,000, once they are read. Without waiting.
  std::optional<MembersRead> take();

  /// All were taken.
  bool has_ended() const { return has_ended_ && !read_.is_ready(); }

 private:
  static constexpr std::size_t read_ahead_max = 4;

  void read_all();
  bool read_some(EventStore& log, std::string& last, std::size_t count_max);

  const EventStore& log_;
  std::size_t count_max_;
  std::atomic<bool> is_leaving_off_{};
  std::atomic<bool> has_ended_{};
  mutable HandOver<MembersRead> read_{read_ahead_max};
  std::thread thread_;  // last: it uses the above
};

/// Supplies a state with them, and again where it had to forget all that it knew.
class MembersAhead {
 public:
  explicit MembersAhead(const EventStore& log) : log_(log) {}

  /// With some of what was read by now, for a state that has just caught up: at the beginning of each batch, some 2
  /// milliseconds, and some more where the table of members has to grow. Does not throw: a state decides as well
  /// without.
  void supply(ShopState& state) noexcept;

 private:
  void begin(ShopState& state);

  const EventStore& log_;
  std::optional<MemberReading> reading_{};
  int batches_to_wait_{};  // before it begins again
};

}  // namespace upline::eventstore
