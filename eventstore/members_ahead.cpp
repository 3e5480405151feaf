#include "eventstore/members_ahead.hpp"

#include "eventstore/giving_way.hpp"
#include "eventstore/stream_states.hpp"
#include "eventstore/thread_name.hpp"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

namespace upline::eventstore {

namespace {

constexpr std::string_view member_streams = "member/";

/// As long as these are read, the log's journal cannot begin anew.
constexpr std::size_t read_at_once = 1'000;

constexpr int taken_at_once = 4;

}  // namespace

MemberReading::MemberReading(const EventStore& log, std::size_t count_max)
    : log_(log.another_reader()), count_max_(count_max), thread_([this] { read_all(); }) {}

MemberReading::~MemberReading() {
  is_leaving_off_ = true;
  thread_.join();
}

void MemberReading::read_all() {
  name_this_thread("members");
  give_way();
  try {
    const auto streams = log_->stream_names(member_streams, count_max_);
    for (std::span<const std::string> left(streams); !left.empty() && !is_leaving_off_;) {
      const auto some = left.first(std::min(left.size(), read_at_once));
      left = left.subspan(some.size());
      read_.put(read_some(some));
    }
  } catch (const std::exception&) {
    // Whoever asks for such a member is told.
  }
  has_ended_ = true;
}

MembersRead MemberReading::read_some(std::span<const std::string> streams) {
  const auto still = log_->hold_still();
  MembersRead read{.as_of = log_->head().position};
  read.members.reserve(streams.size());
  for (const auto& stream : streams) {
    if (is_leaving_off_) break;
    const domain::MemberId id{stream.substr(member_streams.size())};
    read.members.emplace(id, KnownMember{.state = read_member(*log_, id), .has_purchased = has_purchased(*log_, id)});
  }
  return read;
}

std::optional<MembersRead> MemberReading::take() { return read_.is_ready() ? read_.take() : std::nullopt; }

void MembersAhead::supply(ShopState& state) {
  if (!state.expects_members()) {
    reading_.reset();
    reading_.emplace(log_, ShopState::members_max);
    state.expect_members();
  }
  if (!reading_) return;
  for (int taken = 0; taken < taken_at_once; ++taken) {
    auto read = reading_->take();
    if (!read) break;
    state.take_in(std::move(*read));
  }
  if (!reading_->has_ended()) return;
  reading_.reset();
  state.expect_no_more_members();
}

}  // namespace upline::eventstore
