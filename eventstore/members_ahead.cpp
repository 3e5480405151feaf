#include "eventstore/members_ahead.hpp"

#include "eventstore/giving_way.hpp"
#include "eventstore/stream_states.hpp"
#include "eventstore/thread_name.hpp"

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

namespace upline::eventstore {

namespace {

constexpr std::string_view member_streams = "member/";

/// While these are read, the log's journal cannot begin anew; but what the index lacks is decoded again for each time.
constexpr std::size_t read_at_once = 4'000;

constexpr int taken_at_once = 2;

/// A state that had to forget may have to forget again soon: where each batch fails, because the disk is full.
constexpr int batches_before_again = 64;

KnownMember read_all_of(EventStore& log, const domain::MemberId& id) {
  return {.state = read_member(log, id),
          .has_purchased = has_purchased(log, id),
          .account_head = log.stream_head(to_text(domain::account_stream(id)))};
}

}  // namespace

MemberReading::MemberReading(const EventStore& log, std::size_t count_max)
    : log_(log), count_max_(count_max), thread_([this] { read_all(); }) {}

MemberReading::~MemberReading() {
  is_leaving_off_ = true;
  read_.abandon();
  thread_.join();
}

void MemberReading::read_all() {
  name_this_thread("members");
  give_way();
  try {
    const auto log = log_.another_reader();
    std::string last;
    for (auto left = count_max_; left > 0 && read_some(*log, last, std::min(left, read_at_once));) {
      left -= std::min(left, read_at_once);
    }
  } catch (const std::exception&) {
    // Whoever asks for such a member is told.
  }
  has_ended_ = true;
}

/// Those behind the stream `last`, which is then the last of them. False where there are no more, or nobody wants them.
bool MemberReading::read_some(EventStore& log, std::string& last, std::size_t count_max) {
  const auto still = log.hold_still();
  MembersRead read{.as_of = log.head().position};
  const auto streams = log.stream_names(member_streams, last, count_max);
  if (streams.empty()) return false;
  read.members.reserve(streams.size());
  for (const auto& stream : streams) {
    if (is_leaving_off_) return false;
    const domain::MemberId id{stream.substr(member_streams.size())};
    read.members.push_back({id, read_all_of(log, id)});
  }
  last = streams.back();
  return read_.put(std::move(read));
}

std::optional<MembersRead> MemberReading::take() { return read_.is_ready() ? read_.take() : std::nullopt; }

void MembersAhead::supply(ShopState& state) noexcept {
  try {
    if (!state.expects_members()) begin(state);
    for (int taken = 0; reading_ && taken < taken_at_once; ++taken) {
      auto read = reading_->take();
      if (!read) break;
      state.take_in(std::move(*read));
    }
    if (!reading_ || !reading_->has_ended()) return;
  } catch (const std::exception&) {
    // There was no thread to be had, or no memory.
  }
  reading_.reset();
  state.expect_no_more_members();
}

void MembersAhead::begin(ShopState& state) {
  reading_.reset();
  if (batches_to_wait_-- > 0) return;
  batches_to_wait_ = batches_before_again;
  state.expect_members();
  reading_.emplace(log_, ShopState::members_max);
}

}  // namespace upline::eventstore
