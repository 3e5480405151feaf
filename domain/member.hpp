// A member buys, and may bring others: enrolment, the one referrer, the referral code and the clicks on its link,
// standing, and the end of what is known of the person.
#pragma once

#include "domain/fingerprint.hpp"
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

/// The caller names the referrer by id or by referral code, or neither and the visitor, whose last click then counts.
/// Whoever holds the pen looks the code up, and proposes the new member's own.
struct EnrolMember {
  MemberId member{};
  std::optional<MemberId> referrer{};
  std::optional<ReferralCode> referrer_code{};
  ReferralCode proposed_code{};
  std::optional<Fingerprint> visitor{};
  Timestamp occurred_at{};
  bool dated{true};  // false: the caller named no time, so a repetition is the same at any time
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

/// To another referrer, for later orders only.
struct MoveMember {
  MemberId member{};
  MemberId referrer{};
  std::string reason{};
  Timestamp occurred_at{};
};

/// The person behind a member asks to be forgotten: the member is closed, and what the vault holds of the person goes.
struct EraseMember {
  MemberId member{};
  std::string reason{};
  Timestamp occurred_at{};
};

using MemberCommand =
    std::variant<EnrolMember, BindReferrer, SuspendMember, ResumeMember, CloseMember, MoveMember, EraseMember>;

/// Somebody followed a referral link; `visitor` is the keyed hash of whatever the storefront knows them by.
struct RecordClick {
  Fingerprint visitor{};
  ReferralCode code{};
  Timestamp occurred_at{};
};

// Events, in the stream `member/<id>`

struct MemberEnrolled {
  ReferralCode code{};
  std::optional<MemberId> referrer{};
  std::optional<MemberId> invited_by{};  // binds at the first purchase, where the shop's policy says so
  std::optional<Fingerprint> visitor{};
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

struct MemberMoved {
  MemberId referrer{};
  std::string reason{};
  bool operator==(const MemberMoved&) const = default;
};

/// Closes the member, if it was not. Whoever reads it knows that the vault holds nothing of the person any more, or is
/// to be cleared of it (eventstore/erasure.hpp).
struct MemberErased {
  std::string reason{};
  bool operator==(const MemberErased&) const = default;
};

using MemberEvent = std::variant<MemberEnrolled, ReferrerBound, MemberSuspended, MemberResumed, MemberClosed,
                                 MemberMoved, MemberErased>;

/// In the stream `visitor/<fingerprint>`.
struct LinkClicked {
  MemberId referrer{};
  bool operator==(const LinkClicked&) const = default;
};

// State

/// Only an active member earns. The numbers are stored; they never change.
enum class Standing : std::uint8_t { active = 1, suspended = 2, closed = 3 };

std::string_view name(Standing standing);

struct NotEnrolled {
  bool operator==(const NotEnrolled&) const = default;
};

struct EnrolledMember {
  std::optional<MemberId> enrolled_under{};  // as named at enrolment: part of the enrolment's content
  std::optional<MemberId> invited_by{};
  std::optional<Fingerprint> visitor{};
  Timestamp enrolled_at{};
  std::optional<MemberId> referrer{};
  Standing standing{Standing::active};
  bool is_erased{};  // and therefore closed
  bool operator==(const EnrolledMember&) const = default;
};

using Member = std::variant<NotEnrolled, EnrolledMember>;

/// The last click of a visitor.
struct Click {
  MemberId referrer{};
  Timestamp clicked_at{};
  bool operator==(const Click&) const = default;
};
using Visitor = std::optional<Click>;

/// What a member command needs to know beyond its own member.
struct MemberSurroundings {
  Member referrer{};         // of the member that the command names as referrer
  bool referrer_is_below{};  // that referrer is the member itself, or stands in its downline
  bool code_is_taken{};      // the proposed code belongs to another member
  ReferralPolicy policy{};
  bool link_is_earned{true};  // the policy lets others come through that referrer's link
};

/// The click that counts at this time, if one does.
std::optional<Click> click_in_window(const Visitor& visitor, const ReferralPolicy& policy, Timestamp at);

/// Who becomes the referrer of a member that has none, with its first purchase: the last click, else who was named at
/// enrolment, as long as that counts. Whoever asks refuses a cycle, and a referrer that is closed by now.
std::optional<MemberId> referrer_at_first_purchase(const EnrolledMember& member, const Visitor& visitor,
                                                   const ReferralPolicy& policy, Timestamp at);

/// What a click needs to know of the member whose code it carries.
struct ClickSurroundings {
  std::optional<MemberId> referrer{};
  Standing standing{Standing::active};
  bool link_is_earned{true};
};

/// No events: this visitor clicked that referrer's link on the same day before, or later. Refusals come in the order:
/// unknown referrer, closed, link not earned.
std::expected<std::vector<LinkClicked>, Rejection> decide(const Visitor& state, const RecordClick& command,
                                                          const ClickSurroundings& around);
Visitor evolve(Visitor state, const LinkClicked& event, Timestamp occurred_at);

/// No events: already so. Refusals come in the order: id, conflict, unknown member, closed member, already bound,
/// cycle, unknown referrer, closed referrer, code, reason.
std::expected<std::vector<MemberEvent>, Rejection> decide(const Member& state, const MemberCommand& command,
                                                          const MemberSurroundings& around);
Member evolve(Member state, const MemberEvent& event, Timestamp occurred_at);

}  // namespace upline::domain
