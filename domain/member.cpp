#include "domain/member.hpp"

#include "domain/overloaded.hpp"

#include <algorithm>
#include <utility>

namespace upline::domain {

namespace {

using Decision = std::expected<std::vector<MemberEvent>, Rejection>;

std::expected<void, Rejection> check_referrer(const MemberId& referrer, const MemberSurroundings& around) {
  if (around.referrer_is_below) return refuse(Reason::referral_cycle, referrer.value);
  const auto* enrolled = std::get_if<EnrolledMember>(&around.referrer);
  if (enrolled == nullptr) return refuse(Reason::unknown_referrer, referrer.value);
  if (enrolled->standing == Standing::closed) return refuse(Reason::referrer_closed, referrer.value);
  return {};
}

Decision enrol(const EnrolMember& command, const MemberSurroundings& around) {
  if (!is_well_formed_id(command.member.value)) return refuse(Reason::invalid_id, "member");
  if (command.referrer) {
    if (auto checked = check_referrer(*command.referrer, around); !checked) return std::unexpected(checked.error());
  }
  if (command.referrer_code && !around.link_is_earned) return refuse(Reason::link_not_earned, command.referrer->value);
  if (around.code_is_taken) return refuse(Reason::code_taken, command.proposed_code.value);
  MemberEnrolled event{.code = command.proposed_code, .visitor = command.visitor};
  const bool at_once = around.policy.binds == BindingRule::at_enrolment;
  (at_once ? event.referrer : event.invited_by) = command.referrer;
  return Decision{{event}};
}

Decision enrol_again(const EnrolledMember& member, const EnrolMember& command) {
  // A click may have named the referrer; then the caller did not.
  const bool same_referrer =
      member.enrolled_under == command.referrer || (!command.referrer && command.visitor && member.visitor);
  const bool same_time = !command.dated || member.enrolled_at == command.occurred_at;
  if (!same_referrer || member.visitor != command.visitor || !same_time) {
    return refuse(Reason::conflict, command.member.value);
  }
  return Decision{};
}

Decision bind(const EnrolledMember& member, const BindReferrer& command, const MemberSurroundings& around) {
  if (member.referrer == command.referrer) return Decision{};
  if (member.standing == Standing::closed) return refuse(Reason::member_closed, command.member.value);
  if (member.referrer) return refuse(Reason::already_bound, command.member.value);
  if (auto checked = check_referrer(command.referrer, around); !checked) return std::unexpected(checked.error());
  return Decision{{ReferrerBound{command.referrer}}};
}

Decision suspend(const EnrolledMember& member, const SuspendMember& command) {
  if (member.standing == Standing::suspended) return Decision{};
  if (member.standing == Standing::closed) return refuse(Reason::member_closed, command.member.value);
  if (command.reason.empty()) return refuse(Reason::reason_missing, command.member.value);
  if (!is_plain_text(command.reason, reason_bytes_max)) return refuse(Reason::invalid_text, "reason");
  return Decision{{MemberSuspended{command.reason}}};
}

Decision resume(const EnrolledMember& member, const ResumeMember& command) {
  if (member.standing == Standing::active) return Decision{};
  if (member.standing == Standing::closed) return refuse(Reason::member_closed, command.member.value);
  return Decision{{MemberResumed{}}};
}

Decision close(const EnrolledMember& member, const CloseMember& command) {
  if (member.standing == Standing::closed) return Decision{};
  if (command.reason.empty()) return refuse(Reason::reason_missing, command.member.value);
  if (!is_plain_text(command.reason, reason_bytes_max)) return refuse(Reason::invalid_text, "reason");
  return Decision{{MemberClosed{command.reason}}};
}

/// Whatever its standing, and once.
Decision erase(const EnrolledMember& member, const EraseMember& command) {
  if (member.is_erased) return Decision{};
  if (command.reason.empty()) return refuse(Reason::reason_missing, command.member.value);
  if (!is_plain_text(command.reason, reason_bytes_max)) return refuse(Reason::invalid_text, "reason");
  return Decision{{MemberErased{command.reason}}};
}

Decision move(const EnrolledMember& member, const MoveMember& command, const MemberSurroundings& around) {
  if (member.referrer == command.referrer) return Decision{};
  if (member.standing == Standing::closed) return refuse(Reason::member_closed, command.member.value);
  if (auto checked = check_referrer(command.referrer, around); !checked) return std::unexpected(checked.error());
  if (command.reason.empty()) return refuse(Reason::reason_missing, command.member.value);
  if (!is_plain_text(command.reason, reason_bytes_max)) return refuse(Reason::invalid_text, "reason");
  return Decision{{MemberMoved{command.referrer, command.reason}}};
}

Decision unknown(const MemberId& member) { return refuse(Reason::unknown_member, member.value); }

}  // namespace

bool is_well_formed_code(std::string_view text) {
  return text.size() == referral_code_length &&
         std::ranges::all_of(text, [](char c) { return referral_code_symbols.contains(c); });
}

std::string_view name(Standing standing) {
  switch (standing) {
    case Standing::active:
      return "active";
    case Standing::suspended:
      return "suspended";
    case Standing::closed:
      return "closed";
  }
  std::unreachable();
}

std::optional<Click> click_in_window(const Visitor& visitor, const ReferralPolicy& policy, Timestamp at) {
  if (!visitor || visitor->clicked_at > at || visitor->clicked_at + policy.click_window < at) return std::nullopt;
  return visitor;
}

std::optional<MemberId> referrer_at_first_purchase(const EnrolledMember& member, const Visitor& visitor,
                                                   const ReferralPolicy& policy, Timestamp at) {
  if (member.referrer || policy.binds != BindingRule::at_first_purchase) return std::nullopt;
  if (const auto click = click_in_window(visitor, policy, at)) return click->referrer;
  const bool counts = member.enrolled_at <= at && at <= member.enrolled_at + policy.click_window;
  return counts ? member.invited_by : std::nullopt;
}

std::expected<std::vector<LinkClicked>, Rejection> decide(const Visitor& state, const RecordClick& command,
                                                          const ClickSurroundings& around) {
  if (!around.referrer) return refuse(Reason::unknown_referrer, command.code.value);
  if (around.standing == Standing::closed) return refuse(Reason::referrer_closed, around.referrer->value);
  if (!around.link_is_earned) return refuse(Reason::link_not_earned, around.referrer->value);
  const auto day = [](Timestamp at) { return at.microseconds / microseconds_per_day; };
  if (state && state->referrer == *around.referrer && day(state->clicked_at) >= day(command.occurred_at)) {
    return std::vector<LinkClicked>{};
  }
  return std::vector{LinkClicked{*around.referrer}};
}

/// A click that was reported late does not replace a later one.
Visitor evolve(Visitor state, const LinkClicked& event, Timestamp occurred_at) {
  if (state && state->clicked_at > occurred_at) return state;
  return Click{event.referrer, occurred_at};
}

Decision decide(const Member& state, const MemberCommand& command, const MemberSurroundings& around) {
  return std::visit(Overloaded{
                        [&](const NotEnrolled&, const EnrolMember& c) { return enrol(c, around); },
                        [](const NotEnrolled&, const BindReferrer& c) { return unknown(c.member); },
                        [](const NotEnrolled&, const SuspendMember& c) { return unknown(c.member); },
                        [](const NotEnrolled&, const ResumeMember& c) { return unknown(c.member); },
                        [](const NotEnrolled&, const CloseMember& c) { return unknown(c.member); },
                        [](const NotEnrolled&, const MoveMember& c) { return unknown(c.member); },
                        [](const NotEnrolled&, const EraseMember& c) { return unknown(c.member); },
                        [](const EnrolledMember& m, const EnrolMember& c) { return enrol_again(m, c); },
                        [&](const EnrolledMember& m, const BindReferrer& c) { return bind(m, c, around); },
                        [](const EnrolledMember& m, const SuspendMember& c) { return suspend(m, c); },
                        [](const EnrolledMember& m, const ResumeMember& c) { return resume(m, c); },
                        [](const EnrolledMember& m, const CloseMember& c) { return close(m, c); },
                        [&](const EnrolledMember& m, const MoveMember& c) { return move(m, c, around); },
                        [](const EnrolledMember& m, const EraseMember& c) { return erase(m, c); },
                    },
                    state, command);
}

Member evolve(Member state, const MemberEvent& event, Timestamp occurred_at) {
  if (const auto* enrolled = std::get_if<MemberEnrolled>(&event)) {
    const auto& named = enrolled->referrer ? enrolled->referrer : enrolled->invited_by;
    return EnrolledMember{.enrolled_under = named,
                          .invited_by = enrolled->invited_by,
                          .visitor = enrolled->visitor,
                          .enrolled_at = occurred_at,
                          .referrer = enrolled->referrer};
  }
  auto& member = std::get<EnrolledMember>(state);
  std::visit(Overloaded{
                 [](const MemberEnrolled&) {},
                 [&](const ReferrerBound& e) { member.referrer = e.referrer; },
                 [&](const MemberSuspended&) { member.standing = Standing::suspended; },
                 [&](const MemberResumed&) { member.standing = Standing::active; },
                 [&](const MemberClosed&) { member.standing = Standing::closed; },
                 [&](const MemberMoved& e) { member.referrer = e.referrer; },
                 [&](const MemberErased&) {
                   member.standing = Standing::closed;
                   member.is_erased = true;
                 },
             },
             event);
  return state;
}

}  // namespace upline::domain
