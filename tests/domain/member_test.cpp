#include "domain/member.hpp"

#include "tests/domain/given.hpp"

#include <set>

namespace {

using namespace upline::domain;

constexpr Timestamp noon{1'777'636'800'000'000};
constexpr Timestamp later{noon.microseconds + 1};
const MemberId alice{"alice"};
const MemberId bob{"bob"};
const MemberId carol{"carol"};
const ReferralCode code_of_bob{"2346CDF"};

struct Members {
  struct Wish {
    MemberCommand command{};
    MemberSurroundings around{};
  };
  using State = Member;
  using Past = MemberEvent;
  using Event = MemberEvent;
  using Command = Wish;
  static Member fold(Member state, const MemberEvent& event) { return evolve(std::move(state), event, noon); }
  static auto decide(const Member& state, const Wish& wish) {
    return upline::domain::decide(state, wish.command, wish.around);
  }
};

upline::tests::Given<Members> given(const std::vector<MemberEvent>& events) {
  return upline::tests::Given<Members>(events);
}

Member enrolled(Standing standing = Standing::active) {
  return EnrolledMember{.enrolled_at = noon, .standing = standing};
}

const MemberSurroundings nobody_around{};
const MemberSurroundings referrer_is_there{.referrer = enrolled()};
const MemberSurroundings referrer_is_suspended{.referrer = enrolled(Standing::suspended)};
const MemberSurroundings referrer_is_closed{.referrer = enrolled(Standing::closed)};
const MemberSurroundings referrer_is_below{.referrer = enrolled(), .referrer_is_below = true};
const MemberSurroundings code_is_taken{.code_is_taken = true};

const MemberEnrolled bob_alone{code_of_bob, {}};
const MemberEnrolled bob_under_alice{code_of_bob, alice};
const MemberSuspended suspended{"chargebacks"};
const MemberClosed closed{"asked for it"};

Members::Wish enrol(std::optional<MemberId> referrer, MemberSurroundings around, Timestamp at = noon) {
  return {EnrolMember{.member = bob, .referrer = std::move(referrer), .proposed_code = code_of_bob, .occurred_at = at},
          std::move(around)};
}
Members::Wish bind(const MemberId& referrer, MemberSurroundings around) {
  return {BindReferrer{bob, referrer, later}, std::move(around)};
}
Members::Wish suspend(std::string reason) { return {SuspendMember{bob, std::move(reason), later}, {}}; }
Members::Wish resume() { return {ResumeMember{bob, later}, {}}; }
Members::Wish erase(std::string reason) { return {EraseMember{bob, std::move(reason), later}, {}}; }
Members::Wish close(std::string reason) { return {CloseMember{bob, std::move(reason), later}, {}}; }

}  // namespace

TEST_CASE("a member enrols alone or under a referrer", "[member]") {
  given({}).when(enrol({}, nobody_around)).then({bob_alone}).again().then_nothing();
  given({}).when(enrol(alice, referrer_is_there)).then({bob_under_alice}).again().then_nothing();
}

TEST_CASE("a suspended member may still refer, a closed one may not", "[member]") {
  given({}).when(enrol(alice, referrer_is_suspended)).then({bob_under_alice}).again().then_nothing();
  given({}).when(enrol(alice, referrer_is_closed)).then_refused(Reason::referrer_closed);
  given({bob_alone}).when(bind(alice, referrer_is_suspended)).then({ReferrerBound{alice}}).again().then_nothing();
  given({bob_alone}).when(bind(alice, referrer_is_closed)).then_refused(Reason::referrer_closed);
}

TEST_CASE("an enrolment is refused for the id, the referrer, then the code", "[member]") {
  const EnrolMember no_id{
      .member = MemberId{"b b"}, .referrer = alice, .proposed_code = code_of_bob, .occurred_at = noon};
  auto everything = referrer_is_below;
  everything.code_is_taken = true;
  given({}).when({no_id, everything}).then_refused(Reason::invalid_id);
  given({}).when(enrol(alice, everything)).then_refused(Reason::referral_cycle);
  auto closed_and_taken = referrer_is_closed;
  closed_and_taken.code_is_taken = true;
  given({}).when(enrol(alice, closed_and_taken)).then_refused(Reason::referrer_closed);
  given({}).when(enrol(alice, code_is_taken)).then_refused(Reason::unknown_referrer);
  given({}).when(enrol({}, code_is_taken)).then_refused(Reason::code_taken);
}

TEST_CASE("enrolling again is nothing with the same content, and a conflict with another", "[member]") {
  given({bob_under_alice}).when(enrol(alice, referrer_is_there)).then_nothing();
  given({bob_under_alice}).when(enrol(carol, referrer_is_there)).then_refused(Reason::conflict);
  given({bob_under_alice}).when(enrol({}, nobody_around)).then_refused(Reason::conflict);
  given({bob_under_alice}).when(enrol(alice, referrer_is_there, later)).then_refused(Reason::conflict);
}

TEST_CASE("an enrolment's content is what was named then, whatever was bound since", "[member]") {
  given({bob_alone, ReferrerBound{alice}}).when(enrol({}, nobody_around)).then_nothing();
  given({bob_alone, ReferrerBound{alice}}).when(enrol(alice, referrer_is_there)).then_refused(Reason::conflict);
  given({bob_under_alice, closed}).when(enrol(alice, referrer_is_there)).then_nothing();
}

TEST_CASE("a referrer is bound once, while there is none", "[member]") {
  given({bob_alone}).when(bind(alice, referrer_is_there)).then({ReferrerBound{alice}}).again().then_nothing();
  given({bob_under_alice}).when(bind(alice, referrer_is_there)).then_nothing();
  given({bob_under_alice}).when(bind(carol, referrer_is_there)).then_refused(Reason::already_bound);
  given({bob_alone, suspended}).when(bind(alice, referrer_is_there)).then({ReferrerBound{alice}});
}

TEST_CASE("a binding is refused for the member, then for the referrer", "[member]") {
  given({}).when(bind(alice, referrer_is_below)).then_refused(Reason::unknown_member);
  given({bob_under_alice, closed}).when(bind(carol, referrer_is_below)).then_refused(Reason::member_closed);
  given({bob_under_alice}).when(bind(carol, referrer_is_below)).then_refused(Reason::already_bound);
  given({bob_alone}).when(bind(bob, referrer_is_below)).then_refused(Reason::referral_cycle);
  given({bob_alone}).when(bind(alice, nobody_around)).then_refused(Reason::unknown_referrer);
}

TEST_CASE("a cycle is refused before anything else about the referrer", "[member]") {
  const MemberSurroundings below_and_unknown{.referrer_is_below = true};
  given({}).when(enrol(bob, below_and_unknown)).then_refused(Reason::referral_cycle);
  const MemberSurroundings below_and_closed{.referrer = enrolled(Standing::closed), .referrer_is_below = true};
  given({bob_alone}).when(bind(alice, below_and_closed)).then_refused(Reason::referral_cycle);
}

TEST_CASE("a member is suspended and resumed any number of times", "[member]") {
  given({bob_alone})
      .when(suspend("chargebacks"))
      .then({suspended})
      .again()
      .then_nothing()
      .when(resume())
      .then({MemberResumed{}})
      .again()
      .then_nothing()
      .when(suspend("chargebacks"))
      .then({suspended});
  given({bob_alone, suspended}).when(suspend("")).then_nothing();
  given({bob_alone}).when(resume()).then_nothing();
}

TEST_CASE("closing is for good, and once", "[member]") {
  given({bob_alone}).when(close("asked for it")).then({closed}).again().then_nothing();
  given({bob_alone, suspended}).when(close("asked for it")).then({closed});
  given({bob_alone, closed}).when(close("")).then_nothing();
  given({bob_alone, closed}).when(suspend("")).then_refused(Reason::member_closed);
  given({bob_alone, closed}).when(resume()).then_refused(Reason::member_closed);
}

TEST_CASE("erasing closes the member, whatever its standing, and is done once", "[member]") {
  const MemberErased erased{"asked for it"};
  given({bob_alone}).when(erase("asked for it")).then({erased}).again().then_nothing();
  given({bob_alone, suspended}).when(erase("asked for it")).then({erased});
  given({bob_alone, closed}).when(erase("asked for it")).then({erased}).again().then_nothing();
  given({bob_alone, erased}).when(erase("")).then_nothing();
  given({bob_alone, erased}).when(close("")).then_nothing();
  given({bob_alone, erased}).when(suspend("why")).then_refused(Reason::member_closed);
  given({bob_alone, erased}).when(resume()).then_refused(Reason::member_closed);
  given({bob_alone, erased}).when(bind(alice, referrer_is_there)).then_refused(Reason::member_closed);
  given({bob_under_alice, erased}).when(enrol(alice, referrer_is_there)).then_nothing();
}

TEST_CASE("an erased member keeps its referrer, and refers nobody any more", "[member]") {
  const auto state = evolve(evolve(Member{}, bob_under_alice, noon), MemberErased{"asked for it"}, later);
  const auto& erased = std::get<EnrolledMember>(state);
  CHECK(erased.referrer == alice);
  CHECK(erased.enrolled_at == noon);
  CHECK(erased.is_erased);
  given({}).when(enrol(alice, {.referrer = state})).then_refused(Reason::referrer_closed);
}

TEST_CASE("nobody is suspended or closed without a reason that can be read", "[member]") {
  given({bob_alone}).when(suspend("")).then_refused(Reason::reason_missing);
  given({bob_alone}).when(suspend("two\nlines")).then_refused(Reason::invalid_text);
  given({bob_alone}).when(suspend(std::string(501, 'x'))).then_refused(Reason::invalid_text);
  given({bob_alone}).when(suspend(std::string(500, 'x'))).then({MemberSuspended{std::string(500, 'x')}});
  given({bob_alone}).when(close("")).then_refused(Reason::reason_missing);
  given({bob_alone}).when(close("a\tb")).then_refused(Reason::invalid_text);
  given({bob_alone}).when(erase("")).then_refused(Reason::reason_missing);
  given({bob_alone}).when(erase("two\nlines")).then_refused(Reason::invalid_text);
}

TEST_CASE("nothing is asked of a member that is not there", "[member]") {
  given({}).when(suspend("")).then_refused(Reason::unknown_member);
  given({}).when(resume()).then_refused(Reason::unknown_member);
  given({}).when(close("")).then_refused(Reason::unknown_member);
  given({}).when(erase("")).then_refused(Reason::unknown_member);
}

TEST_CASE("a referral code has seven symbols that nobody mistakes for others", "[member]") {
  CHECK(is_well_formed_code("2346CDF"));
  CHECK_FALSE(is_well_formed_code(""));
  CHECK_FALSE(is_well_formed_code("2346CD"));
  CHECK_FALSE(is_well_formed_code("2346CDFG"));
  CHECK_FALSE(is_well_formed_code("2346cdf"));
  for (const char c : std::string("0O1IL5S8BAEU")) CHECK_FALSE(is_well_formed_code(std::string("2346CD") + c));
  CHECK(std::set(referral_code_symbols.begin(), referral_code_symbols.end()).size() == referral_code_symbols.size());
}

TEST_CASE("every standing has a name", "[member]") {
  CHECK(name(Standing::active) == "active");
  CHECK(name(Standing::suspended) == "suspended");
  CHECK(name(Standing::closed) == "closed");
}
