#include "projections/referral_tree.hpp"

#include "tests/projections/shop_books.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// Members of a shop where nothing else happens.
class Members : private TempFolder, public ShopBooks {
 public:
  Members() : ShopBooks(TempFolder::path()) { append(open_shop()); }

  void enrol(const std::string& member, Timestamp at, const std::optional<std::string>& referrer = {}) {
    EnrolMember command{.member = {member}, .occurred_at = at};
    if (referrer) command.referrer = MemberId{*referrer};
    append(command);
  }
};

std::vector<std::string> names(const std::vector<MemberId>& members) {
  std::vector<std::string> names;
  for (const auto& member : members) names.push_back(member.value);
  return names;
}

std::string chain(const ReferralTree& tree, const AsOf& as_of, const std::string& member, std::size_t levels = 10) {
  auto text = member;
  for (const auto& above : tree.ancestors(as_of, {member}, levels)) {
    text += fmt::format(" < {}:{}", above.level, above.member.value);
  }
  return text;
}

constexpr Timestamp just_before(Timestamp time) { return {time.microseconds - 1}; }

}  // namespace

TEST_CASE("the tree at a moment has those who had joined by then", "[tree]") {
  Members shop;
  shop.enrol("alice", may(1));
  shop.enrol("bob", may(2), "alice");
  shop.enrol("carol", may(3), "bob");
  const auto after_carol = shop.head();
  shop.enrol("dave", may(4), "alice");
  auto& models = shop.now();

  CHECK(tree(models, at(just_before(may(1)))).empty());
  CHECK(tree(models, at(may(2))) ==
        Lines{"alice under nobody depth 0 direct 1 downline 1", "bob under alice depth 1 direct 0 downline 0"});
  const Lines of_three{"alice under nobody depth 0 direct 1 downline 2", "bob under alice depth 1 direct 1 downline 1",
                       "carol under bob depth 2 direct 0 downline 0"};
  CHECK(tree(models, at(just_before(may(4)))) == of_three);
  CHECK(tree(models, models.as_of(after_carol)) == of_three);
  CHECK(tree(models, at(may(4))).size() == 4);
  CHECK(tree(models, at(may(4))).front() == "alice under nobody depth 0 direct 2 downline 3");
}

TEST_CASE("a referrer bound later counts from then on", "[tree]") {
  Members shop;
  shop.enrol("alice", may(1));
  shop.enrol("bob", may(1));
  const auto unbound = shop.head();
  shop.append(BindReferrer{{"bob"}, {"alice"}, may(5)});
  auto& models = shop.now();
  CHECK(tree(models, at(just_before(may(5)))).back() == "bob under nobody depth 0 direct 0 downline 0");
  CHECK(tree(models, models.as_of(unbound)).back() == "bob under nobody depth 0 direct 0 downline 0");
  CHECK(tree(models, at(may(5))).back() == "bob under alice depth 1 direct 0 downline 0");
  CHECK(chain(models.tree(), at(just_before(may(5))), "bob") == "bob");
  CHECK(chain(models.tree(), at(may(5)), "bob") == "bob < 1:alice");
}

TEST_CASE("a referrer who joined later than the moment is not above anybody there", "[tree]") {
  Members shop;
  shop.enrol("late", may(9));
  shop.enrol("early", may(2), "late");
  shop.enrol("third", may(3), "early");
  auto& models = shop.now();
  CHECK(tree(models, at(may(3))) ==
        Lines{"early under nobody depth 0 direct 1 downline 1", "third under early depth 1 direct 0 downline 0"});
  CHECK(chain(models.tree(), at(may(3)), "third") == "third < 1:early");
  CHECK(models.tree().children(at(may(3)), {"late"}, std::nullopt, 10).empty());
  CHECK(models.tree().downline_by_level(at(may(3)), {"late"}).empty());
  CHECK(tree(models, at(may(9))).at(1) == "late under nobody depth 0 direct 1 downline 2");
  CHECK(chain(models.tree(), at(may(9)), "third") == "third < 1:early < 2:late");
}

TEST_CASE("a member who was bound before the day of joining is in nobody's downline until then", "[tree]") {
  Members shop;
  shop.enrol("alice", may(1));
  shop.enrol("bob", may(9));
  shop.append(BindReferrer{{"bob"}, {"alice"}, may(5)});
  auto& models = shop.now();
  CHECK(tree(models, at(may(6))) == Lines{"alice under nobody depth 0 direct 0 downline 0"});
  CHECK(models.tree().children(at(may(6)), {"alice"}, std::nullopt, 10).empty());
  CHECK(models.tree().downline_by_level(at(may(6)), {"alice"}).empty());
  CHECK(chain(models.tree(), at(may(6)), "bob") == "bob");
  CHECK(names(models.tree().children(at(may(9)), {"alice"}, std::nullopt, 10)) == Lines{"bob"});
}

TEST_CASE("of several bindings of a member the last one that counts is the one", "[tree]") {
  const TempFolder folder;
  ReadModelDatabase database(folder.path() / "views" / "tree.db", "referral_tree");
  std::uint64_t position = 0;
  const auto feed = [&](const std::string& member, Timestamp occurred_at, Event event) {
    take_in(referral_tree_projection(), database,
            {{++position}, stream_of(MemberId{member}), {position}, occurred_at, may(30), std::move(event)});
  };
  for (const auto* member : {"alice", "bob", "carol"}) feed(member, may(1), MemberEnrolled{});
  feed("carol", may(2), ReferrerBound{{"alice"}});
  feed("carol", may(4), ReferrerBound{{"bob"}});
  const ReferralTree tree(database);
  const auto children = [&](const AsOf& as_of, const char* member) {
    return names(tree.children(as_of, {member}, std::nullopt, 10));
  };
  for (const auto& [as_of, holder, other] :
       {std::tuple{at(may(3)), "alice", "bob"}, std::tuple{as_of_position({4}, may(30)), "alice", "bob"},
        std::tuple{at(may(4)), "bob", "alice"}, std::tuple{as_of_position({5}, may(30)), "bob", "alice"}}) {
    CHECK(children(as_of, holder) == Lines{"carol"});
    CHECK(children(as_of, other).empty());
    CHECK(tree.downline_by_level(as_of, {other}).empty());
    CHECK(tree.downline_by_level(as_of, {holder}) == std::vector<std::uint64_t>{1});
    const auto forest = tree.forest(as_of);
    CHECK(forest.row(forest.find("carol")).referrer == holder);
    CHECK(tree.ancestors(as_of, {"carol"}, 9).at(0).member.value == holder);
  }
}

TEST_CASE("a chain is climbed as far as asked, and says which events made it", "[tree]") {
  Members shop;
  shop.enrol("a", may(1));
  shop.enrol("b", may(1), "a");
  const auto b_joined = shop.head();
  shop.enrol("c", may(1));
  shop.append(BindReferrer{{"c"}, {"b"}, may(2)});
  const auto c_bound = shop.head();
  auto& models = shop.now();
  CHECK(chain(models.tree(), {}, "c") == "c < 1:b < 2:a");
  CHECK(chain(models.tree(), {}, "c", 1) == "c < 1:b");
  CHECK(chain(models.tree(), {}, "c", 0) == "c");
  CHECK(chain(models.tree(), {}, "nobody") == "nobody");
  const auto above = models.tree().ancestors({}, {"c"}, 5);
  REQUIRE(above.size() == 2);
  CHECK(above[0].bound_by == c_bound);
  CHECK(above[0].bound_at == may(2));
  CHECK(above[1].bound_by == b_joined);
}

TEST_CASE("children come page by page in the order of their ids", "[tree]") {
  Members shop;
  shop.enrol("top", may(1));
  for (const auto* member : {"m3", "m1", "m10", "m2"}) shop.enrol(member, may(1), "top");
  const auto view = shop.now().tree();
  const auto page = [&](const std::optional<MemberId>& after, std::size_t limit) {
    return names(view.children({}, {"top"}, after, limit));
  };
  CHECK(page({}, 3) == Lines{"m1", "m10", "m2"});
  CHECK(page(MemberId{"m2"}, 3) == Lines{"m3"});
  CHECK(page(MemberId{"m3"}, 3).empty());
  CHECK(page({}, 0).empty());
  CHECK(view.children({}, {"m1"}, std::nullopt, 3).empty());
}

TEST_CASE("the levels below a member are those of the whole tree", "[tree]") {
  Members shop;
  shop.enrol("a", may(1));
  for (const auto& [member, referrer] :
       {std::pair{"b", "a"}, {"c", "a"}, {"d", "b"}, {"e", "d"}, {"f", "d"}, {"g", "f"}}) {
    shop.enrol(member, may(member[0] - 'a' + 1), referrer);
  }
  shop.enrol("lone", may(1));
  const auto view = shop.now().tree();
  for (const auto& as_of : {AsOf{}, at(may(5)), at(may(1))}) {
    const auto forest = view.forest(as_of);
    for (MemberIndex i = 0; i < forest.size(); ++i) {
      const auto member = std::string(forest.row(i).member);
      CHECK(view.downline_by_level(as_of, {member}) == forest.downline_by_level(i));
    }
  }
  CHECK(view.downline_by_level({}, {"a"}) == std::vector<std::uint64_t>{2, 1, 2, 1});
}

TEST_CASE("a chain of 100,000 is walked up and down in the read model", "[tree]") {
  const TempFolder folder;
  ReadModelDatabase database(folder.path() / "views" / "tree.db", "referral_tree");
  constexpr std::uint64_t length = 100'000;
  auto transaction = database.begin_write();
  for (std::uint64_t i = 1; i <= length; ++i) {
    MemberEnrolled enrolled;
    if (i > 1) enrolled.referrer = MemberId{fmt::format("m{:06}", i - 1)};
    const auto stream = stream_of(MemberId{fmt::format("m{:06}", i)});
    take_in(referral_tree_projection(), database, {{i}, stream, {1}, may(1), may(1), std::move(enrolled)});
  }
  transaction.commit();
  const ReferralTree tree(database);
  CHECK(tree.downline_by_level({}, {"m000001"}) == std::vector<std::uint64_t>(length - 1, 1));
  const auto above = tree.ancestors({}, {"m100000"}, length);
  REQUIRE(above.size() == length - 1);
  CHECK(above.back().member == MemberId{"m000001"});
  CHECK(above.back().level == length - 1);
  const auto forest = tree.forest({});
  CHECK(forest.row(forest.find("m100000")).place.depth == length - 1);
}

TEST_CASE("a member's card shows code, standing and referrer", "[tree]") {
  Members shop;
  shop.enrol("alice", may(1));
  shop.enrol("bob", may(2));
  const auto card = [&](const char* member) { return shop.now().tree().member({}, {member}).value(); };
  CHECK(card("bob").enrolled_at == may(2));
  CHECK(card("bob").position == shop.head());
  CHECK(card("bob").code == code_of(shop.store(), "bob"));
  CHECK(card("bob").standing == Standing::active);
  CHECK_FALSE(card("bob").referrer);
  CHECK_FALSE(card("bob").bound_at);
  shop.append(BindReferrer{{"bob"}, {"alice"}, may(3)});
  CHECK(card("bob").referrer == MemberId{"alice"});
  CHECK(card("bob").bound_at == may(3));
  shop.append(SuspendMember{{"bob"}, "reasons", may(4)});
  CHECK(card("bob").standing == Standing::suspended);
  shop.append(ResumeMember{{"bob"}, may(5)});
  CHECK(card("bob").standing == Standing::active);
  shop.append(CloseMember{{"bob"}, "reasons", may(6)});
  CHECK(card("bob").standing == Standing::closed);
  CHECK(card("alice").standing == Standing::active);
  CHECK_FALSE(shop.now().tree().member({}, {"nobody"}));
}

TEST_CASE("a member's card as of a moment is what it was", "[tree]") {
  Members shop;
  shop.enrol("alice", may(2));
  shop.enrol("bob", may(1));
  const auto joined = shop.head();
  shop.append(BindReferrer{{"bob"}, {"alice"}, may(3)});
  const auto bound = shop.head();
  shop.append(SuspendMember{{"bob"}, "reasons", may(4)});
  const auto suspended = shop.head();
  shop.append(ResumeMember{{"bob"}, may(5)});
  const auto resumed = shop.head();
  shop.append(CloseMember{{"bob"}, "reasons", may(6)});
  auto& models = shop.now();
  const auto card = [&](const AsOf& as_of) { return models.tree().member(as_of, {"bob"}).value(); };
  CHECK_FALSE(models.tree().member(at(just_before(may(1))), {"bob"}));
  CHECK_FALSE(models.tree().member(models.as_of({joined.value - 1}), {"bob"}));
  for (const auto& as_of : {at(just_before(may(3))), models.as_of(joined)}) {
    CHECK_FALSE(card(as_of).referrer);
    CHECK_FALSE(card(as_of).bound_at);
    CHECK(card(as_of).standing == Standing::active);
  }
  for (const auto& as_of : {at(just_before(may(4))), models.as_of(bound)}) {
    CHECK(card(as_of).referrer == MemberId{"alice"});
    CHECK(card(as_of).bound_at == may(3));
    CHECK(card(as_of).standing == Standing::active);
  }
  for (const auto& as_of : {at(just_before(may(5))), models.as_of(suspended)}) {
    CHECK(card(as_of).standing == Standing::suspended);
  }
  for (const auto& as_of : {at(just_before(may(6))), models.as_of(resumed)}) {
    CHECK(card(as_of).standing == Standing::active);
  }
  CHECK(card({}).standing == Standing::closed);
}

TEST_CASE("a standing of somebody who is no member is an error", "[tree]") {
  const TempFolder folder;
  ReadModelDatabase database(folder.path() / "views" / "tree.db", "referral_tree");
  const RecordedEvent closed{{1}, stream_of(MemberId{"nobody"}), {1}, may(1), may(1), MemberClosed{"reasons"}};
  CHECK_THROWS_AS(take_in(referral_tree_projection(), database, closed), upline::eventstore::DamagedStore);
}

TEST_CASE("a moved member stands under the new referrer from then on, and the whole downline with it", "[tree]") {
  Members shop;
  for (const auto* member : {"a", "b"}) shop.enrol(member, may(1));
  shop.enrol("c", may(1), "a");
  shop.enrol("d", may(1), "c");
  const auto joined = shop.head();
  shop.append(MoveMember{{"c"}, {"b"}, "asked for it", may(3)});
  auto& models = shop.now();
  const Lines before{"a under nobody depth 0 direct 1 downline 2", "b under nobody depth 0 direct 0 downline 0",
                     "c under a depth 1 direct 1 downline 1", "d under c depth 2 direct 0 downline 0"};
  CHECK(tree(models, models.as_of(joined)) == before);
  CHECK(tree(models, at(just_before(may(3)))) == before);
  CHECK(tree(models, at(may(3))) ==
        Lines{"a under nobody depth 0 direct 0 downline 0", "b under nobody depth 0 direct 1 downline 2",
              "c under b depth 1 direct 1 downline 1", "d under c depth 2 direct 0 downline 0"});
  const auto view = models.tree();
  CHECK(chain(view, {}, "d") == "d < 1:c < 2:b");
  CHECK(chain(view, models.as_of(joined), "d") == "d < 1:c < 2:a");
  CHECK(names(view.children({}, {"a"}, std::nullopt, 9)).empty());
  CHECK(names(view.children({}, {"b"}, std::nullopt, 9)) == Lines{"c"});
  CHECK(view.downline_by_level({}, {"b"}) == std::vector<std::uint64_t>{1, 1});
  CHECK(view.downline_by_level({}, {"a"}).empty());
  CHECK(view.member({}, {"c"})->referrer == MemberId{"b"});
  CHECK(view.member({}, {"c"})->bound_at == may(3));
}

TEST_CASE("a binding dated before the move that made it possible counts no earlier, so that no ring appears",
          "[tree]") {
  Members shop;
  shop.enrol("a", may(1));
  shop.enrol("b", may(1), "a");
  shop.enrol("c", may(1));
  shop.append(MoveMember{{"b"}, {"c"}, "asked for it", may(9)});
  shop.append(BindReferrer{{"a"}, {"b"}, may(5)});  // b stood under a on that day
  auto& models = shop.now();
  const auto view = models.tree();
  for (const auto& as_of : {at(may(5)), at(just_before(may(9)))}) {
    CHECK(chain(view, as_of, "b") == "b < 1:a");
    CHECK(view.downline_by_level(as_of, {"a"}) == std::vector<std::uint64_t>{1});
    CHECK(tree(models, as_of).front() == "a under nobody depth 0 direct 1 downline 1");
  }
  CHECK(chain(view, at(may(9)), "a") == "a < 1:b < 2:c");
  CHECK(view.member(at(may(9)), {"a"})->bound_at == may(5));
}
