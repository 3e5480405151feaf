// Links and moves: the clicks that name a referrer, the binding that waits for a purchase, and the merchant's own word.
#include "tests/domain/shop.hpp"
#include "tests/domain/stories.hpp"

using namespace upline::domain;
using namespace upline::tests;

namespace {

const MemberId e{"E"};
const ReferralCode code_of_e{"EEEEEEE"};
const ReferralCode code_of_c{"CCCCCCC"};
constexpr Fingerprint visitor{.bytes = {7}};
const auto may_2 = at("2026-05-02T00:00:00Z");

NewEvents shop(std::optional<ReferralPolicy> policy = {}) {
  auto events = chain_of_four(percent({1000}));
  if (policy) events.push_back(of_policy(ReferralPolicyChanged{*policy, "as the test needs"}));
  return events;
}
const ReferralPolicy at_purchase{.binds = BindingRule::at_first_purchase};
const ReferralPolicy needs_purchase{.link_needs_purchase = true};

NewEvent clicked(const MemberId& referrer, Timestamp when = may_1) {
  return {stream_of(visitor), when, LinkClicked{referrer}};
}
RecordClick click(const ReferralCode& code, Timestamp when = may_1) { return {visitor, code, when}; }

EnrolMember enrol() { return {.member = e, .proposed_code = code_of_e, .occurred_at = may_1}; }
EnrolMember enrol_with(const ReferralCode& code) {
  auto command = enrol();
  command.referrer_code = code;
  return command;
}
EnrolMember enrol_visitor() {
  auto command = enrol();
  command.visitor = visitor;
  return command;
}

MoveMember move(const MemberId& member, const MemberId& to, std::string reason = "they agreed") {
  return {member, to, std::move(reason), may_1};
}

}  // namespace

TEST_CASE("a click is recorded once a day, and again for another referrer", "[referral]") {
  const ReferralCode code_of_b{"BBBBBBB"};
  const auto next_day = at("2026-05-02T00:00:00Z");
  given(shop()).when(click(code_of_c)).then({clicked(c)}).again().then_nothing();
  given(and_then(shop(), clicked(c))).when(click(code_of_c, Timestamp{next_day.microseconds - 1})).then_nothing();
  given(and_then(shop(), clicked(c))).when(click(code_of_c, next_day)).then({clicked(c, next_day)});
  given(and_then(shop(), clicked(c, next_day))).when(click(code_of_c)).then_nothing();
  given(and_then(shop(), clicked(c))).when(click(code_of_b)).then({clicked(b)}).again().then_nothing();
}

TEST_CASE("a click that is reported late does not replace a later one", "[referral]") {
  CHECK(evolve(Click{c, may_2}, LinkClicked{b}, may_1) == Click{c, may_2});
  CHECK(evolve(Click{c, may_1}, LinkClicked{b}, may_2) == Click{b, may_2});
  CHECK(evolve(Visitor{}, LinkClicked{b}, may_2) == Click{b, may_2});
}

TEST_CASE("a click is refused for the code, a closed member, then a link that is not earned", "[referral]") {
  given(shop()).when(click(ReferralCode{"nobody"})).then_refused(Reason::unknown_referrer);
  given(and_then(shop(needs_purchase), of_member(c, MemberClosed{"x"})))
      .when(click(code_of_c))
      .then_refused(Reason::referrer_closed);
  given(shop(needs_purchase)).when(click(code_of_c)).then_refused(Reason::link_not_earned);
  given(and_then(shop(), of_member(c, MemberSuspended{"x"}))).when(click(code_of_c)).then({clicked(c)});
}

TEST_CASE("a click counts within its window, ends included", "[referral]") {
  const ReferralPolicy policy{.click_window = week};
  const Visitor seen = Click{c, may_1};
  CHECK_FALSE(click_in_window({}, policy, may_1));
  CHECK_FALSE(click_in_window(seen, policy, Timestamp{may_1.microseconds - 1}));
  CHECK(click_in_window(seen, policy, may_1) == Click{c, may_1});
  CHECK(click_in_window(seen, policy, may_8) == Click{c, may_1});
  CHECK_FALSE(click_in_window(seen, policy, Timestamp{may_8.microseconds + 1}));
}

TEST_CASE("a code or a click names the referrer at enrolment", "[referral]") {
  const MemberEnrolled under_c{.code = code_of_e, .referrer = c};
  given(shop()).when(enrol_with(code_of_c)).then({of_member(e, under_c, may_1)}).again().then_nothing();
  MemberEnrolled clicked_c{.code = code_of_e, .referrer = c, .visitor = visitor};
  given(and_then(shop(), clicked(c)))
      .when(enrol_visitor())
      .then({of_member(e, clicked_c, may_1)})
      .again()
      .then_nothing()
      .when(enrol())
      .then_refused(Reason::conflict);
  given(shop())
      .when(enrol_visitor())
      .then({of_member(e, MemberEnrolled{.code = code_of_e, .visitor = visitor}, may_1)});
}

TEST_CASE("a code counts once its member has bought, where the shop says so", "[referral]") {
  const NewEvent bought{stream_of(OrderId{"o0"}), opening,
                        PaymentReceived{.amount = Minor{1}, .currency = cny, .first_purchase = c}};
  given(shop(needs_purchase)).when(enrol_with(code_of_c)).then_refused(Reason::link_not_earned);
  given(and_then(shop(needs_purchase), bought))
      .when(enrol_with(code_of_c))
      .then({of_member(e, MemberEnrolled{.code = code_of_e, .referrer = c}, may_1)});
  auto by_id = enrol();
  by_id.referrer = c;
  given(shop(needs_purchase)).when(by_id).then({of_member(e, MemberEnrolled{.code = code_of_e, .referrer = c}, may_1)});
}

TEST_CASE("who binds at the first purchase is invited at enrolment", "[referral]") {
  given(shop(at_purchase))
      .when(enrol_with(code_of_c))
      .then({of_member(e, MemberEnrolled{.code = code_of_e, .invited_by = c}, may_1)})
      .again()
      .then_nothing();
}

TEST_CASE("the first purchase binds to the last click, else to who invited, in time and where nobody is bound",
          "[referral]") {
  ReferralPolicy policy = at_purchase;
  policy.click_window = week;
  const EnrolledMember invited{.invited_by = b, .enrolled_at = may_1};
  const EnrolledMember bound{.invited_by = b, .enrolled_at = may_1, .referrer = a};
  const auto just_after = Timestamp{may_8.microseconds + 1};
  CHECK(referrer_at_first_purchase(invited, Click{c, may_1}, policy, may_8) == c);
  CHECK(referrer_at_first_purchase(invited, {}, policy, may_8) == b);
  CHECK(referrer_at_first_purchase(invited, Click{c, opening}, policy, may_8) == b);
  CHECK_FALSE(referrer_at_first_purchase(invited, {}, policy, just_after));
  CHECK_FALSE(referrer_at_first_purchase(invited, {}, policy, Timestamp{may_1.microseconds - 1}));
  CHECK_FALSE(referrer_at_first_purchase(bound, Click{c, may_1}, policy, may_8));
  CHECK_FALSE(referrer_at_first_purchase(invited, Click{c, may_1}, {.click_window = week}, may_8));
}

TEST_CASE("a member is moved with a reason, and stays where it is when it is there", "[referral]") {
  const NewEvent moved{stream_of(d), may_1, MemberMoved{a, "they agreed"}};
  given(shop()).when(move(d, a)).then({moved}).again().then_nothing();
  given(shop()).when(move(d, c, "")).then_nothing();
  given(shop()).when(move(a, c)).then_refused(Reason::referral_cycle);
  given(and_then(shop(), of_member(d, MemberSuspended{"x"}))).when(move(d, a)).then({moved});
}

TEST_CASE("a move is refused for the member, the referrer, then the reason", "[referral]") {
  given(shop()).when(move(e, e, "")).then_refused(Reason::unknown_member);
  given(and_then(shop(), of_member(d, MemberClosed{"x"}))).when(move(d, d, "")).then_refused(Reason::member_closed);
  given(shop()).when(move(d, d, "")).then_refused(Reason::referral_cycle);
  given(shop()).when(move(b, d, "")).then_refused(Reason::referral_cycle);
  given(shop()).when(move(d, e, "")).then_refused(Reason::unknown_referrer);
  given(and_then(shop(), of_member(a, MemberClosed{"x"}))).when(move(d, a, "")).then_refused(Reason::referrer_closed);
  given(shop()).when(move(d, a, "")).then_refused(Reason::reason_missing);
  given(shop()).when(move(d, a, "a\nb")).then_refused(Reason::invalid_text);
}
