// Several processes, one shop: whoever takes the pen decides on what all of them have written.
#include "eventstore/command_handler.hpp"
#include "tests/eventstore/drafts.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// Both processes know everything there is to know, so that only catching up can correct them.
void make_both_know(ShopProcess& one, ShopProcess& other) {
  set_up_worked_example(one);
  must_append(one.run(purchase({.order = "o1"})));
  must_append(other.run(purchase({.order = "o2"})));
  must_append(one.run(purchase({.order = "o3", .product = "licence"})));
  for (auto* process : {&one, &other}) {
    CHECK(process->run(purchase({.order = "o1"})).answer == Answer::already_there);
    CHECK(process->run(purchase({.order = "o2"})).answer == Answer::already_there);
    CHECK(process->run(publish("standard", {1000, 500, 250})).answer == Answer::already_there);
  }
}

/// More events than a process follows one by one, of members that nobody asks for.
void append_a_big_gap(EventStore& store) {
  const auto pen = take_pen(store);
  for (int i = 0; i < 20'500; ++i) {
    pen->append(draft("member/gap" + std::to_string(i), MemberEnrolled{{"GAP"}, std::nullopt}), may(32));
  }
  pen->commit();
}

std::vector<std::string> accounts_paid_by(ShopProcess& shop, const Outcome& outcome) {
  std::vector<std::string> accounts;
  for (const auto& event : appended_by(shop.store(), outcome)) {
    if (event.starts_with("account/")) accounts.push_back(event.substr(0, event.find(' ')));
  }
  return accounts;
}

}  // namespace

TEST_CASE("two processes that write in turn see each other's members, plans, keys, orders and refunds", "[handler]") {
  const bool gap_is_big = GENERATE(false, true);
  INFO((gap_is_big ? "after more events than are followed one by one" : "after a few events"));
  const TempFolder folder;
  ShopProcess one(folder.path());
  ShopProcess other(folder.path());
  make_both_know(one, other);

  must_append(other.run(suspend("bob")));
  must_append(other.run(enrol("erin", "dave")));
  must_append(other.run(refund("r1", "o1", 500)));
  must_append(other.run(purchase({.order = "o4", .quantity = 7})));
  must_append(other.run(publish("standard", {100})));
  if (gap_is_big) append_a_big_gap(other.store());

  // The pool: one of ten keys is left, the tenth.
  CHECK(refusal(one.run(purchase({.order = "o5", .quantity = 2}))) == "out_of_stock");
  const auto last_key = one.run(purchase({.order = "o5"}));
  CHECK(keys_of(one.store(), "o5") == std::vector<KeyRange>{{10, 1}});
  // The plan: one level only, by now.
  CHECK(accounts_paid_by(one, last_key) == std::vector<std::string>{"account/carol"});
  // The member: erin is there, and nobody's referrer twice.
  must_append(one.run(purchase({.order = "o6", .member = "erin", .product = "licence"})));
  CHECK(refusal(one.run(enrol("erin", "carol"))) == "conflict");
  // The order: 499 are left to be refunded, and the refund's id is taken.
  CHECK(refusal(one.run(refund("r1", "o2", 500))) == "conflict");
  CHECK(refusal(one.run(refund("r2", "o1", 500))) == "refund_too_large");
  const auto rest = one.run(refund("r2", "o1", 499));
  CHECK(accounts_paid_by(one, rest) == std::vector<std::string>{"account/carol", "account/bob", "account/alice"});

  // And back: the other sees what this one did.
  CHECK(refusal(other.run(refund("r3", "o1", 1))) == "refund_too_large");
  CHECK(refusal(other.run(purchase({.order = "o7"}))) == "out_of_stock");
  CHECK(other.run(purchase({.order = "o6", .member = "erin", .product = "licence"})).answer == Answer::already_there);
}

TEST_CASE("two processes may take every other command of a shop's life", "[handler]") {
  const TempFolder folder;
  ShopProcess one(folder.path());
  ShopProcess other(folder.path());
  set_up_worked_example(one);
  std::vector<std::string> sold;
  for (int i = 0; i < 10; ++i) {
    auto& process = i % 2 == 0 ? one : other;
    const auto order = "o" + std::to_string(i);
    must_append(process.run(purchase({.order = order})));
    for (const auto& range : keys_of(process.store(), order)) {
      for (auto& secret : process.vault().reveal({"game"}, range)) sold.push_back(std::move(secret));
    }
  }
  CHECK(sold == secrets_of("b1"));
}

TEST_CASE("a process that looked into an empty shop learns that another has opened it", "[handler]") {
  const TempFolder folder;
  ShopProcess one(folder.path());
  ShopProcess other(folder.path());
  CHECK(refusal(one.run(enrol("alice"))) == "shop_not_open");
  CHECK(refusal(one.run(purchase({.order = "o1", .product = "course"}))) == "shop_not_open");
  must_append(other.run(open_shop("CNY")));
  must_append(other.run(enrol("alice")));
  must_append(other.run(add_product("course", Fulfilment::external)));
  CHECK(refusal(one.run(open_shop("USD"))) == "conflict");
  CHECK(one.run(enrol("alice")).answer == Answer::already_there);
  CHECK(one.run(purchase({.order = "o1", .member = "alice", .product = "course"})).answer == Answer::appended);
}

TEST_CASE("without its snapshots a shop decides as before, and has them again after the next append", "[handler]") {
  const TempFolder folder;
  {
    ShopProcess shop(folder.path());
    set_up_worked_example(shop);
    must_append(shop.run(purchase({.order = "o1", .quantity = 3})));
  }
  const auto before = ShopProcess(folder.path()).store().snapshots();
  const bool other_schema = GENERATE(false, true);
  tamper(folder.path(), other_schema ? "UPDATE snapshots SET schema = 99, state = x'07'" : "DELETE FROM snapshots");
  ShopProcess shop(folder.path());
  CHECK(refusal(shop.run(purchase({.order = "o2", .quantity = 8}))) == "out_of_stock");
  must_append(shop.run(enrol("erin")));
  const auto after = shop.store().snapshots();
  REQUIRE(after.size() == before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    CHECK(after[i].first == before[i].first);
    CHECK(after[i].second.schema == before[i].second.schema);
    if (after[i].first == as_of_snapshot) continue;
    CHECK(after[i].second.state == before[i].second.state);
  }
  must_append(shop.run(purchase({.order = "o2", .quantity = 7})));
  CHECK(keys_of(shop.store(), "o2") == std::vector<KeyRange>{{4, 7}});
}

TEST_CASE("snapshots that disappear while a process lives mislead neither it nor a later one", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  must_append(shop.run(purchase({.order = "o1", .quantity = 3})));
  tamper(folder.path(), "DELETE FROM snapshots");
  must_append(shop.run(purchase({.order = "o2", .quantity = 3})));
  ShopProcess later(folder.path());
  CHECK(refusal(later.run(purchase({.order = "o3", .quantity = 5}))) == "out_of_stock");
  must_append(later.run(purchase({.order = "o3", .quantity = 4})));
  CHECK(refusal(shop.run(purchase({.order = "o4"}))) == "out_of_stock");
}

TEST_CASE("the turnover of all processes bounds what one more sale may come to", "[handler]") {
  const TempFolder folder;
  ShopProcess one(folder.path());
  ShopProcess other(folder.path());
  set_up_worked_example(one);
  constexpr std::int64_t most = INT64_MAX;
  must_append(one.run(purchase({.order = "o1", .product = "course", .amount = most - 1000})));
  must_append(other.run(purchase({.order = "o2", .product = "course", .amount = 600})));
  CHECK(refusal(one.run(purchase({.order = "o3", .product = "course", .amount = 401}))) == "amount_overflow");
  must_append(one.run(purchase({.order = "o3", .product = "course", .amount = 400})));
  ShopProcess fresh(folder.path());
  CHECK(refusal(fresh.run(purchase({.order = "o4", .product = "course", .amount = 1}))) == "amount_overflow");
  must_append(fresh.run(purchase({.order = "o4", .product = "course", .amount = 0})));
}
