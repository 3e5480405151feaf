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
  if (around.code_is_taken) return refuse(Reason::code_taken, command.proposed_code.value);
  return Decision{{MemberEnrolled{command.proposed_code, command.referrer}}};
}

Decision enrol_again(const EnrolledMember& member, const EnrolMember& command) {
  if (member.enrolled_under != command.referrer || member.enrolled_at != command.occurred_at) {
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

Decision decide(const Member& state, const MemberCommand& command, const MemberSurroundings& around) {
  return std::visit(Overloaded{
                        [&](const NotEnrolled&, const EnrolMember& c) { return enrol(c, around); },
                        [](const NotEnrolled&, const BindReferrer& c) { return unknown(c.member); },
                        [](const NotEnrolled&, const SuspendMember& c) { return unknown(c.member); },
                        [](const NotEnrolled&, const ResumeMember& c) { return unknown(c.member); },
                        [](const NotEnrolled&, const CloseMember& c) { return unknown(c.member); },
                        [](const EnrolledMember& m, const EnrolMember& c) { return enrol_again(m, c); },
                        [&](const EnrolledMember& m, const BindReferrer& c) { return bind(m, c, around); },
                        [](const EnrolledMember& m, const SuspendMember& c) { return suspend(m, c); },
                        [](const EnrolledMember& m, const ResumeMember& c) { return resume(m, c); },
                        [](const EnrolledMember& m, const CloseMember& c) { return close(m, c); },
                    },
                    state, command);
}

Member evolve(Member state, const MemberEvent& event, Timestamp occurred_at) {
  if (const auto* enrolled = std::get_if<MemberEnrolled>(&event)) {
    return EnrolledMember{enrolled->referrer, occurred_at, enrolled->referrer, Standing::active};
  }
  auto& member = std::get<EnrolledMember>(state);
  std::visit(Overloaded{
                 [](const MemberEnrolled&) {},
                 [&](const ReferrerBound& e) { member.referrer = e.referrer; },
                 [&](const MemberSuspended&) { member.standing = Standing::suspended; },
                 [&](const MemberResumed&) { member.standing = Standing::active; },
                 [&](const MemberClosed&) { member.standing = Standing::closed; },
             },
             event);
  return state;
}

}  // namespace upline::domain
