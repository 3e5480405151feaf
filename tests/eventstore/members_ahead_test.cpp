// Members are read before anybody asks for them, and what was read counts only as long as it is true.
#include "eventstore/members_ahead.hpp"

#include "eventstore/stream_states.hpp"
#include "tests/await.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// All that a reading comes to.
std::vector<MembersRead> all_of(MemberReading& reading) {
  std::vector<MembersRead> all;
  REQUIRE(await([&] {
    while (auto some = reading.take()) all.push_back(std::move(*some));
    return reading.has_ended();
  }));
  return all;
}

MembersRead read_from(EventStore& store) {
  constexpr std::size_t all = 100;
  MemberReading reading(store, all);
  auto read = all_of(reading);
  REQUIRE(read.size() == 1);
  return std::move(read.front());
}

/// The worked example, where dave has bought, and a state that has caught up with it.
struct Example {
  Example() {
    set_up_worked_example(shop);
    must_append(shop.run(purchase({.order = "o1"})));
    state.catch_up();
  }

  /// Whether the state knows a member without asking the log.
  bool knows(const char* id) {
    const auto before = store().statements_run();
    state.member({id});
    state.has_purchased({id});
    return store().statements_run() == before;
  }
  EventStore& store() { return shop.store(); }

  TempFolder folder{};
  ShopProcess shop{folder.path()};
  ShopState state{shop.store()};
};

Standing standing_of(const Member& member) { return std::get<EnrolledMember>(member).standing; }

}  // namespace

TEST_CASE("members that were read are known without asking the log", "[members][concurrency]") {
  Example example;
  CHECK_FALSE(example.knows("bob"));
  example.state.expect_members();
  example.state.take_in(read_from(example.store()));
  for (const auto* id : {"alice", "bob", "carol", "dave"}) {
    INFO(id);
    CHECK(example.knows(id));
    CHECK(example.state.member({id}) == read_member(example.store(), {id}));
    CHECK(example.state.has_purchased({id}) == (id == std::string("dave")));
    const auto account = account_stream({id});
    if (id == std::string("bob")) continue;  // whom it knew before, but not his account
    REQUIRE(example.state.known_head(account));
    CHECK(example.state.known_head(account)->position == example.store().stream_head(to_text(account)).position);
  }
}

TEST_CASE("members are read in the order of their ids, and no more than asked for", "[members][concurrency]") {
  Example example;
  MemberReading reading(example.store(), 2);
  const auto read = all_of(reading);
  REQUIRE(read.size() == 1);
  const auto& members = read.front().members;
  REQUIRE(members.size() == 2);
  CHECK(members[0].id == MemberId{"alice"});
  CHECK(members[1].id == MemberId{"bob"});
}

TEST_CASE("a member who has changed since he was read is not taken in", "[members][concurrency]") {
  Example example;
  example.state.expect_members();
  auto read = read_from(example.store());
  ShopProcess another(example.folder.path());
  must_append(another.run(suspend("bob")));
  must_append(another.run(purchase({.order = "o2", .member = "alice"})));
  example.state.catch_up();
  example.state.take_in(std::move(read));
  CHECK(standing_of(example.state.member({"bob"})) == Standing::suspended);
  CHECK(example.state.has_purchased({"alice"}));
  CHECK(example.knows("carol"));
}

TEST_CASE("who was given something since he was read is not taken in", "[members][concurrency]") {
  Example example;
  example.state.expect_members();
  auto read = read_from(example.store());
  ShopProcess another(example.folder.path());
  must_append(another.run(purchase({.order = "o2", .member = "dave"})));
  example.state.catch_up();
  example.state.take_in(std::move(read));
  CHECK_FALSE(example.state.known_head(account_stream({"carol"})));
  CHECK(example.knows("dave"));
}

TEST_CASE("no more referrers are read than there are levels", "[members]") {
  Example example;
  CHECK(example.state.upline({"dave"}, 0).empty());
  CHECK_FALSE(example.knows("carol"));
  const auto above = example.state.upline({"dave"}, 2);
  REQUIRE(above.size() == 2);
  CHECK(above[0].member == MemberId{"carol"});
  CHECK(above[1].member == MemberId{"bob"});
  CHECK_FALSE(example.knows("alice"));
  CHECK(example.state.upline({"dave"}, 9).size() == 3);
}

TEST_CASE("where an account ends is known from the first entry on that is taken in", "[members]") {
  Example example;
  const auto carol = account_stream({"carol"});
  CHECK_FALSE(example.state.known_head(carol));
  example.state.member({"carol"});
  ShopProcess another(example.folder.path());
  for (const auto* order : {"o2", "o3"}) {
    must_append(another.run(purchase({.order = order})));
    CHECK_FALSE(example.state.known_head({StreamKind::member, "carol"}));
    example.state.catch_up();
    const auto end = example.state.known_head(carol);
    REQUIRE(end);
    const auto expected = example.store().stream_head(to_text(carol));
    CHECK(end->version == expected.version);
    CHECK(end->position == expected.position);
  }
  example.state.forget();
  CHECK_FALSE(example.state.known_head(carol));
}

TEST_CASE("who is known stays as he is when he is read as he was", "[members][concurrency]") {
  Example example;
  example.state.expect_members();
  auto read = read_from(example.store());
  example.state.member({"bob"});
  ShopProcess another(example.folder.path());
  must_append(another.run(suspend("bob")));
  example.state.catch_up();
  example.state.take_in(std::move(read));
  CHECK(standing_of(example.state.member({"bob"})) == Standing::suspended);
}

TEST_CASE("what was read before a state began to expect it, or behind where it is, does not count",
          "[members][concurrency]") {
  Example example;
  const bool is_older = GENERATE(true, false);
  INFO(is_older);
  ShopProcess another(example.folder.path());
  std::optional<MembersRead> read;
  if (is_older) read = read_from(example.store());
  if (!is_older) example.state.expect_members();
  must_append(another.run(suspend("bob")));
  if (is_older) {
    example.state.catch_up();
    example.state.expect_members();
  } else {
    read = read_from(example.store());
  }
  example.state.take_in(std::move(*read));
  CHECK_FALSE(example.knows("carol"));
  CHECK(standing_of(example.state.member({"bob"})) == Standing::suspended);
}

TEST_CASE("a state that expects no members takes none in, and forgets that it did with all else",
          "[members][concurrency]") {
  Example example;
  auto read = read_from(example.store());
  example.state.take_in(read);
  CHECK_FALSE(example.knows("carol"));
  example.state.expect_members();
  example.state.forget();
  CHECK_FALSE(example.state.expects_members());
}

TEST_CASE("a state is supplied with all members, and again where it had to forget them", "[members][concurrency]") {
  Example example;
  MembersAhead ahead(example.store());
  const auto supplied = [&] {
    return await([&] {
      example.state.catch_up();
      ahead.supply(example.state);
      return example.state.expects_members() && !example.state.expects_more_members();
    });
  };
  REQUIRE(supplied());
  CHECK(example.knows("carol"));
  example.state.forget();
  example.state.catch_up();
  CHECK_FALSE(example.knows("carol"));
  example.state.forget();
  REQUIRE(supplied());
  CHECK(example.knows("carol"));
}

TEST_CASE("where members cannot be read ahead, they are read when they are asked for", "[members][concurrency]") {
  const Example example;
  tamper(example.folder.path(), "UPDATE events SET payload = x'00' WHERE stream = 'member/alice'");
  ShopProcess another(example.folder.path());
  ShopState state(another.store());
  state.catch_up();
  MembersAhead ahead(another.store());
  REQUIRE(await([&] {
    ahead.supply(state);
    return state.expects_members() && !state.expects_more_members();
  }));
  const auto before = another.store().statements_run();
  CHECK(standing_of(state.member({"carol"})) == Standing::active);
  CHECK(another.store().statements_run() > before);
  CHECK_THROWS_AS(state.member({"alice"}), DamagedStore);
}

TEST_CASE("a handler that reads members ahead decides as the log has them", "[members][concurrency]") {
  const TempFolder folder;
  auto options = test_options();
  options.reads_members_ahead = true;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  ShopProcess ahead(folder.path(), options);
  ahead.handler().execute({});
  must_append(shop.run(suspend("carol")));
  for (int i = 0; i < 10; ++i) must_append(ahead.run(enrol("m" + std::to_string(i), "dave")));
  CHECK(ahead.run(suspend("carol")).answer == Answer::already_there);
  must_append(ahead.run(purchase({.order = "o1", .member = "m1"})));
  CHECK(refusal(ahead.run(MoveMember{{"carol"}, {"m1"}, "asked for", may(2)})) == "referral_cycle");
}

TEST_CASE("who was enrolled in a batch that came to nothing is not known", "[members][concurrency]") {
  const TempFolder folder;
  auto options = test_options();
  options.reads_members_ahead = true;
  ShopProcess shop(folder.path(), options);
  set_up_worked_example(shop);
  auto& handler = shop.handler();
  auto committed = handler.begin();
  CHECK(handler.decide(committed, {enrol("erin", "dave"), {}, "tester", {}}).answer == Answer::appended);
  handler.seal(committed);
  auto undone = handler.begin(committed.pen.get());
  CHECK(handler.decide(undone, {enrol("frank", "erin"), {}, "tester", {}}).answer == Answer::appended);
  handler.undo(undone);
  committed.pen->commit();
  committed.pen.reset();
  CHECK(refusal(shop.run(enrol("grace", "frank"))) == "unknown_referrer");
  must_append(shop.run(enrol("grace", "erin")));
}
