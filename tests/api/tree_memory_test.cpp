// The referral tree in memory answers as its read model does.
#include "api/tree_memory.hpp"

#include "api/hot_memory.hpp"
#include "tests/api/routed.hpp"
#include "tests/api/served_books.hpp"
#include "tests/await.hpp"
#include "tests/eventstore/shop_process.hpp"

#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <rapidcheck/catch.h>

using namespace upline;
using namespace upline::tests;
using api::HotMemory;
using api::HotRead;
using What = api::HotRead::What;

namespace {

class Books {
 public:
  Books() { make_kami(folder_.path()); }

  /// Whatever comes of it: what is refused changes nothing.
  void run(domain::Command command) {
    shop().handler().execute(std::vector<eventstore::Request>{{.command = std::move(command), .actor = "tester"}});
  }

  eventstore::Shop& shop() {
    if (!shop_) shop_ = std::make_unique<eventstore::Shop>(location());
    return *shop_;
  }
  api::Reader& reader() {
    if (!reader_) reader_ = std::make_unique<api::Reader>(location());
    return *reader_;
  }
  eventstore::ShopLocation location() const { return {folder_.path(), "kami", folder_.path() / "vault.key"}; }

  void follow(HotMemory& memory) { memory.follow(shop().store()); }
  projections::SettledTree settled() {
    reader().models.catch_up();
    return std::move(reader().models.tree().settled(1'000'000).value());
  }
  void fill(HotMemory& memory) {
    memory.tree().begin_filling();
    memory.tree().fill(settled());
  }

 private:
  TempFolder folder_;
  std::unique_ptr<eventstore::Shop> shop_;
  std::unique_ptr<api::Reader> reader_;
};

HotRead downline_of(const std::string& member) { return {.what = What::downline, .id = member}; }

std::string body(const HotMemory& memory, const HotRead& read) {
  const auto found = memory.find(read);
  return found ? found->body : "not in memory";
}

void must_answer_as_the_read_model(Books& books, const HotMemory& memory, const std::string& member) {
  const auto at = "/members/" + member;
  REQUIRE(body(memory, downline_of(member)) == routed(books.reader(), at + "/downline"));
  for (const auto levels : {0U, 1U, 100U}) {
    REQUIRE(body(memory, {.what = What::upline, .id = member, .levels = levels}) ==
            routed(books.reader(), at + "/upline", fmt::format("levels={}", levels)));
  }
  for (const auto level : {1U, 2U, 3U}) {
    for (const auto* after : {"carol", "m5"}) {
      for (const std::size_t limit : {1U, 3U, 1000U}) {
        REQUIRE(body(memory,
                     {.what = What::downline_level, .id = member, .levels = level, .limit = limit, .after = after}) ==
                routed(books.reader(), fmt::format("{}/downline/{}", at, level),
                       fmt::format("limit={}&after={}", limit, after)));
      }
    }
    REQUIRE(body(memory, {.what = What::downline_level, .id = member, .levels = level, .limit = 100}) ==
            routed(books.reader(), fmt::format("{}/downline/{}", at, level)));
  }
}

/// Members of a shop that goes on and on.
class Members {
 public:
  std::string any() const { return ids_[*rc::gen::inRange<std::size_t>(0, ids_.size())]; }
  const std::vector<std::string>& all() const { return ids_; }

  domain::Command any_command() {
    using domain::MemberId;
    const auto what = *rc::gen::inRange(0, 10);
    if (what == 0) return domain::BindReferrer{{any()}, {any()}, may(2)};
    if (what <= 2) return domain::MoveMember{{any()}, {any()}, "test", may(2)};
    ids_.push_back(fmt::format("m{}", ids_.size() * 7919 % 100'003));
    if (what <= 4) return domain::EnrolMember{.member = {ids_.back()}, .occurred_at = may(2)};
    return domain::EnrolMember{.member = {ids_.back()}, .referrer = MemberId{any_before()}, .occurred_at = may(2)};
  }

 private:
  std::string any_before() const { return ids_[*rc::gen::inRange<std::size_t>(0, ids_.size() - 1)]; }

  std::vector<std::string> ids_{"alice", "bob", "carol", "dave"};
};

}  // namespace

TEST_CASE("the tree in memory answers as the read model, whenever it was filled or settled, and whoever came or moved",
          "[hot][tree][property]") {
  Books books;
  Members members;
  rc::prop("any history", [&] {
    HotMemory memory({.tree = {.unsettled = 4}});
    books.follow(memory);
    auto& tree = memory.tree();
    std::optional<projections::SettledTree> read;
    const auto steps = *rc::gen::inRange(1, 20);
    for (int i = 0; i < steps; ++i) {
      books.run(members.any_command());
      switch (*rc::gen::inRange(0, 4)) {
        case 0:
          books.follow(memory);
          break;
        case 1:
          if (tree.needs_settling()) tree.settle();
          break;
        case 2:
          if (!tree.needs_filling()) break;
          tree.begin_filling();
          read = books.settled();
          break;
        default:
          if (read) tree.fill(std::move(*std::exchange(read, std::nullopt)));
      }
    }
    if (read) tree.fill(std::move(*read));
    if (tree.needs_filling()) books.fill(memory);
    books.follow(memory);
    for (int i = 0; i < 5; ++i) must_answer_as_the_read_model(books, memory, members.any());
    must_answer_as_the_read_model(books, memory, "alice");
    must_answer_as_the_read_model(books, memory, members.all().back());
  });
}

TEST_CASE("what was taken in while new levels are made aside is in the tree afterwards", "[hot][tree]") {
  Books books;
  HotMemory memory({.tree = {.unsettled = 1}});
  books.follow(memory);
  memory.tree().begin_filling();
  auto read = books.settled();
  books.run(enrol("erin", "dave"));
  books.follow(memory);
  memory.tree().fill(std::move(read));
  CHECK(body(memory, downline_of("dave")) == "{\"member\":\"dave\",\"by_level\":[1]}\n");
  books.run(enrol("frank", "erin"));
  books.follow(memory);
  REQUIRE(memory.tree().needs_settling());
  memory.tree().settle();
  CHECK(!memory.tree().needs_settling());
  CHECK(body(memory, downline_of("dave")) == "{\"member\":\"dave\",\"by_level\":[1,1]}\n");
}

TEST_CASE("the tree does not answer before it is filled, nor older than asked, nor for whom it does not know",
          "[hot][tree]") {
  Books books;
  HotMemory memory;
  CHECK(!memory.find(downline_of("alice")));
  books.follow(memory);
  CHECK(memory.has_reached(downline_of("alice")));  // nothing to be waited for
  CHECK(!memory.find(downline_of("alice")));
  books.fill(memory);
  CHECK(memory.find(downline_of("alice")));
  CHECK(!memory.find(downline_of("nobody")));
  auto read = downline_of("alice");
  read.at_least = {books.shop().store().head().position.value + 1};
  CHECK(!memory.has_reached(read));
  CHECK(!memory.find(read));
  books.run(enrol("erin", "dave"));
  books.follow(memory);
  CHECK(memory.has_reached(read));
  CHECK(memory.find(read));
}

TEST_CASE("a tree with more members than memory may hold is left to its read model", "[hot][tree]") {
  Books books;
  HotMemory memory({.tree = {.members = 4}});
  books.follow(memory);
  CHECK(books.reader().models.failed().empty());
  books.fill(memory);
  CHECK(memory.find(downline_of("alice")));
  books.run(enrol("erin", "dave"));
  books.follow(memory);
  CHECK(!memory.find(downline_of("alice")));
  CHECK(!memory.tree().needs_filling());
  CHECK(!books.reader().models.tree().settled(3));
}

TEST_CASE("a served shop comes to have its tree in memory, and a new member is in it as soon as it was told",
          "[server][hot][tree][concurrency]") {
  ServedBooks books;
  ShopClient writer(books.port());
  Client reader(books.port());
  for (int i = 1; i <= 100; ++i) {
    const auto member = fmt::format("new{}", i);
    REQUIRE(writer.post("/members", {{"member", member}, {"referrer", "dave"}}).status == 201);
    const auto downline = reader.ask(get("/v1/shops/kami/members/dave/downline"));
    REQUIRE(downline.body == fmt::format("{{\"member\":\"dave\",\"by_level\":[{}]}}\n", i));
    const auto upline = reader.ask(get(fmt::format("/v1/shops/kami/members/{}/upline?levels=1", member)));
    REQUIRE(nlohmann::json::parse(upline.body)["upline"][0]["member"] == "dave");
  }
  REQUIRE(writer.post("/members/dave/move", {{"referrer", "alice"}, {"reason", "test"}}).status == 201);
  CHECK(reader.ask(get("/v1/shops/kami/members/alice/downline")).body ==
        "{\"member\":\"alice\",\"by_level\":[2,101]}\n");
}

TEST_CASE("the thread that keeps memory fills the tree by itself", "[hot][tree][concurrency]") {
  Books books;
  books.run(enrol("erin", "dave"));
  api::ServedShop served(books.location());
  std::optional<api::Response> found;
  REQUIRE(await([&] {
    served.hot_reads().answer(downline_of("dave"), {}, [&](std::optional<api::Response> answer) {
      if (answer) found = std::move(answer);
    });
    return found.has_value();
  }));
  CHECK(found->body == "{\"member\":\"dave\",\"by_level\":[1]}\n");
  REQUIRE(found->header("ETag") != nullptr);
}
