// A member buys, and may bring others: enrolment, the one referrer, the referral code, and standing.
#pragma once

#include "domain/ids.hpp"
#include "domain/policy.hpp"
#include "domain/rejection.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace upline::domain {

/// Symbols of a referral code: no vowels and nothing that is read or heard as another (no 0/O, 1/I/L, 5/S, B/8).
constexpr std::string_view referral_code_symbols = "234679CDFGHJKMNPQRTVWXYZ";
constexpr std::size_t referral_code_length = 7;  // 24^7: 4.6 billion codes

bool is_well_formed_code(std::string_view text);

// Commands

/// The caller names the referrer by id or by referral code. Whoever holds the pen looks the code up, and proposes the
/// new member's own.
struct EnrolMember {
  MemberId member{};
  std::optional<MemberId> referrer{};
  std::optional<ReferralCode> referrer_code{};
  ReferralCode proposed_code{};
  Timestamp occurred_at{};
};

struct BindReferrer {
  MemberId member{};
  MemberId referrer{};
  Timestamp occurred_at{};
};

struct SuspendMember {
  MemberId member{};
  std::string reason{};
  Timestamp occurred_at{};
};

struct ResumeMember {
  MemberId member{};
  Timestamp occurred_at{};
};

struct CloseMember {
  MemberId member{};
  std::string reason{};
  Timestamp occurred_at{};
};

using MemberCommand = std::variant<EnrolMember, BindReferrer, SuspendMember, ResumeMember, CloseMember>;

// Events, in the stream `member/<id>`

struct MemberEnrolled {
  ReferralCode code{};
  std::optional<MemberId> referrer{};
  bool operator==(const MemberEnrolled&) const = default;
};

struct ReferrerBound {
  MemberId referrer{};
  bool operator==(const ReferrerBound&) const = default;
};

struct MemberSuspended {
  std::string reason{};
  bool operator==(const MemberSuspended&) const = default;
};

struct MemberResumed {
  bool operator==(const MemberResumed&) const = default;
};

struct MemberClosed {
  std::string reason{};
  bool operator==(const MemberClosed&) const = default;
};

using MemberEvent = std::variant<MemberEnrolled, ReferrerBound, MemberSuspended, MemberResumed, MemberClosed>;

// State

/// Only an active member earns. The numbers are stored; they never change.
enum class Standing : std::uint8_t { active = 1, suspended = 2, closed = 3 };

std::string_view name(Standing standing);

struct NotEnrolled {};

struct EnrolledMember {
  std::optional<MemberId> enrolled_under{};  // as named at enrolment: part of the enrolment's content
  Timestamp enrolled_at{};
  std::optional<MemberId> referrer{};
  Standing standing{Standing::active};
};

using Member = std::variant<NotEnrolled, EnrolledMember>;

/// What a member command needs to know beyond its own member.
struct MemberSurroundings {
  Member referrer{};         // of the member that the command names as referrer
  bool referrer_is_below{};  // that referrer is the member itself, or stands in its downline
  bool code_is_taken{};      // the proposed code belongs to another member
};

/// No events: already so. Refusals come in the order: id, conflict, unknown member, closed member, already bound,
/// cycle, unknown referrer, closed referrer, code, reason.
std::expected<std::vector<MemberEvent>, Rejection> decide(const Member& state, const MemberCommand& command,
                                                          const MemberSurroundings& around);
Member evolve(Member state, const MemberEvent& event, Timestamp occurred_at);

}  // namespace upline::domain
