// What is put into the table of members comes out of it as it was, in rows that hold the usual and beside them.
#include "eventstore/member_table.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

using namespace upline::eventstore;
using namespace upline::domain;

namespace {

bool is_same(const KnownMember& one, const KnownMember& other) {
  const auto account = [](const KnownMember& known) {
    return known.account_head ? std::optional(std::pair{known.account_head->version, known.account_head->position})
                              : std::nullopt;
  };
  return one.state == other.state && one.has_purchased == other.has_purchased && account(one) == account(other);
}

/// An id of any length that is allowed, one of few.
std::string any_id() {
  constexpr std::size_t members = 40;
  auto id = std::to_string(*rc::gen::inRange<std::size_t>(0, members));
  const auto lengths = rc::gen::element<std::size_t>(0, 15, 36, 37, 38, id_length_max);
  id.resize(std::max(id.size(), *lengths), 'x');
  return id;
}

template <class Value, class Make>
std::optional<Value> perhaps(Make make) {
  return *rc::gen::arbitrary<bool>() ? std::optional<Value>(make()) : std::nullopt;
}

KnownMember any_member() {
  const auto id = [] { return MemberId{any_id()}; };
  const auto flag = [] { return *rc::gen::arbitrary<bool>(); };
  KnownMember known{.has_purchased = perhaps<bool>(flag), .account_head = perhaps<StreamHead>([] {
                                                            return StreamHead{{*rc::gen::arbitrary<std::uint32_t>()},
                                                                              {*rc::gen::arbitrary<std::uint64_t>()}};
                                                          })};
  if (*rc::gen::inRange(0, 10) == 0) return known;
  EnrolledMember member{.enrolled_at = {*rc::gen::arbitrary<std::int64_t>()},
                        .referrer = perhaps<MemberId>(id),
                        .standing = *rc::gen::element(Standing::active, Standing::suspended, Standing::closed),
                        .is_erased = flag()};
  member.enrolled_under = flag() ? member.referrer : perhaps<MemberId>(id);
  if (flag()) member.invited_by = perhaps<MemberId>(id);
  if (flag()) member.visitor = Fingerprint{};
  known.state = member;
  return known;
}

KnownMember enrolled(const char* referrer) {
  return {.state = EnrolledMember{.enrolled_under = MemberId{referrer}, .referrer = MemberId{referrer}}};
}

}  // namespace

TEST_CASE("who is put into the table is found in it as he was put there last", "[members]") {
  rc::prop("a table of members answers as a map does, but for whom it has forgotten", [] {
    const auto generation_max = *rc::gen::inRange<std::size_t>(1, 60);
    MemberTable table(generation_max);
    std::map<std::string, KnownMember> all;
    const auto steps = *rc::gen::inRange(0, 200);
    for (int step = 0; step < steps; ++step) {
      const auto id = any_id();
      const bool is_put = *rc::gen::arbitrary<bool>();
      if (is_put) {
        const auto known = any_member();
        table.put(id, known);
        all.insert_or_assign(id, known);
      }
      const auto number = table.find(id);
      if (number == nobody) {
        RC_ASSERT(!is_put);
        continue;
      }
      RC_ASSERT(table.rows().id(number) == id);
      auto& known = all.at(id);
      RC_ASSERT(is_same(table.rows().known(number), known));
      if (*rc::gen::arbitrary<bool>()) {
        known.has_purchased = true;
        table.rows().set_purchased(number, true);
        known.account_head =
            StreamHead{{*rc::gen::inRange<std::uint64_t>(0, 9)}, {*rc::gen::inRange<std::uint64_t>(0, 9)}};
        table.rows().set_account_head(number, *known.account_head);
      }
      RC_ASSERT(table.size() <= 2 * (generation_max + 1));
    }
  });
}

TEST_CASE("nobody is forgotten as long as the table is not full", "[members]") {
  constexpr int members = 1'000;
  MemberTable table(members + 1);
  for (int i = 0; i < members; ++i) table.put("m" + std::to_string(i), enrolled("m0"));
  for (int i = 0; i < members; ++i) {
    const auto number = table.find("m" + std::to_string(i));
    REQUIRE(number != nobody);
    CHECK(table.rows().id(number) == "m" + std::to_string(i));
    CHECK(table.rows().id(table.rows().referrer(number)) == "m0");
  }
}

TEST_CASE("who is only named as a referrer is not known", "[members]") {
  MemberTable table(10);
  const auto number = table.put("bob", enrolled("alice"));
  const auto referrer = table.rows().referrer(number);
  CHECK(table.rows().id(referrer) == "alice");
  CHECK_FALSE(table.rows().is_known(referrer));
  CHECK(table.find("alice") == nobody);
  CHECK(table.put("alice", {}) == referrer);
  CHECK(table.find("alice") == referrer);
  CHECK_FALSE(table.rows().is_enrolled(referrer));
}

TEST_CASE("who was used lately is kept with all that is known of him, who was not is forgotten", "[members]") {
  MemberTable table(2);
  const StreamHead end{{3}, {70}};
  table.put("a", {.state = EnrolledMember{}, .has_purchased = true, .account_head = end});
  table.put("b", {});
  table.put("c", {});
  const auto number = table.find("a");
  REQUIRE(number != nobody);
  CHECK(table.rows().has_purchased(number) == true);
  REQUIRE(table.rows().account_head(number));
  CHECK(table.rows().account_head(number)->position == end.position);
  table.put("d", {});
  CHECK(table.find("b") == nobody);
  CHECK(table.find("a") != nobody);
}

TEST_CASE("an account with more entries than a row counts is not known", "[members]") {
  MemberTable table(2);
  const auto number = table.put("a", {.account_head = StreamHead{{UINT32_MAX}, {UINT64_MAX}}});
  REQUIRE(table.rows().account_head(number));
  CHECK(table.rows().account_head(number)->version == Version{UINT32_MAX});
  CHECK(table.rows().account_head(number)->position == Position{UINT64_MAX});
  table.rows().set_account_head(number, {{std::uint64_t{UINT32_MAX} + 1}, {1}});
  CHECK_FALSE(table.rows().account_head(number));
}

TEST_CASE("others are taken into the table where they are not known and there is room for all", "[members]") {
  MemberTable table(4);
  table.put("b", enrolled("a"));
  table.merge({{{"a"}, {.has_purchased = true}}, {{"b"}, {.has_purchased = true}}});
  CHECK(table.rows().has_purchased(table.find("a")) == true);
  CHECK_FALSE(table.rows().has_purchased(table.find("b")));
  table.merge({{{"c"}, {}}, {{"d"}, {}}, {{"e"}, {}}});
  CHECK(table.find("c") == nobody);
  table.merge({{{"c"}, {}}, {{"d"}, {}}});
  CHECK(table.find("d") != nobody);
}

TEST_CASE("a table that was full takes in no others: it may have known and forgotten them", "[members]") {
  MemberTable table(2);
  for (const auto* id : {"a", "b", "c", "d", "e"}) table.put(id, {});  // a and b are forgotten
  table.merge({{{"a"}, {}}});
  CHECK(table.find("a") == nobody);
  table.clear();
  CHECK(table.size() == 0);
  table.merge({{{"a"}, {}}});
  CHECK(table.find("a") != nobody);
}

TEST_CASE("members of whom there is more to know than a row holds fill the table sooner", "[members]") {
  const KnownMember visited{.state = EnrolledMember{.visitor = Fingerprint{}}};
  MemberTable table(6);
  table.put("a", visited);
  table.put("b", visited);
  table.put("c", {});
  CHECK(table.find("a") != nobody);  // into the younger generation, beside c
  table.put("d", visited);
  table.put("e", {});
  CHECK(table.find("b") == nobody);
  CHECK(table.find("a") != nobody);
}
