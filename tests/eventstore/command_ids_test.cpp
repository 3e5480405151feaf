// A caller who does not know whether its command arrived sends it again: what names make that safe.
#include "eventstore/command_handler.hpp"
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

/// Accepted commands of the worked example, one of each shape: one event, several events, several streams.
std::vector<Command> accepted_commands() {
  return {enrol("erin", "dave"), suspend("erin"), publish("other", {100}),
          purchase({.order = "o1", .quantity = 2, .amount = 1998}), refund("r1", "o1", 998)};
}

void is_first_time_again(ShopProcess& shop, const Command& command, const std::string& id, const Outcome& first_time) {
  const auto head = shop.store().head().position;
  const auto again = shop.run(command, id);
  CHECK(again.answer == Answer::repeated);
  CHECK(again.first == first_time.first);
  CHECK(again.last == first_time.last);
  CHECK(shop.store().head().position == head);
}

}  // namespace

TEST_CASE("a repeated command id answers with the events of the first time, and appends nothing", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  std::vector<Outcome> first_times;
  for (const auto& command : accepted_commands()) {
    const auto id = "command-" + std::to_string(first_times.size());
    first_times.push_back(shop.run(command, id));
    REQUIRE(first_times.back().answer == Answer::appended);
    is_first_time_again(shop, command, id, first_times.back());
  }
  // Later, after other commands, from the same process, from one that was there, and from a fresh one.
  for (std::size_t i = 0; i < first_times.size(); ++i) {
    INFO("command " << i);
    const auto id = "command-" + std::to_string(i);
    is_first_time_again(shop, accepted_commands()[i], id, first_times[i]);
    ShopProcess fresh(folder.path());
    is_first_time_again(fresh, accepted_commands()[i], id, first_times[i]);
  }
}

TEST_CASE("a repetition within one batch is answered like a later one", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  const std::vector<Request> requests{{purchase({.order = "o1"}), "sale-1", {}, {}},
                                      {purchase({.order = "o1"}), "sale-1", {}, {}},
                                      {purchase({.order = "o2"}), "sale-1", {}, {}},
                                      {purchase({.order = "o2"}), "sale-2", {}, {}}};
  const auto outcomes = shop.handler().execute(requests);
  CHECK(outcomes[0].answer == Answer::appended);
  CHECK(outcomes[1].answer == Answer::repeated);
  CHECK(outcomes[1].first == outcomes[0].first);
  CHECK(outcomes[1].last == outcomes[0].last);
  CHECK(refusal(outcomes[2]) == "command_id_reused");
  CHECK(outcomes[3].answer == Answer::appended);
}

TEST_CASE("a repeated command is not decided again, however the shop has changed", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  const auto sale = shop.run(purchase({.order = "o1", .quantity = 10}), "sale");
  must_append(sale);
  must_append(shop.run(refund("r1", "o1", 999), "refund"));
  must_append(shop.run(CloseMember{{"dave"}, "left", may(4)}));
  is_first_time_again(shop, purchase({.order = "o1", .quantity = 10}), "sale", sale);
}

TEST_CASE("a command id with another content is refused, and nothing of it happens", "[handler]") {
  const TempFolder folder;
  const auto original = purchase({.order = "o1"});
  {
    ShopProcess shop(folder.path());
    set_up_worked_example(shop);
    must_append(shop.run(original, "sale"));
  }
  ShopProcess fresh(folder.path());
  const auto head = fresh.store().head().position;
  for (const auto& other : {purchase({.order = "o2"}), purchase({.order = "o1", .member = "carol"}),
                            purchase({.order = "o1", .product = "course"}), purchase({.order = "o1", .quantity = 2}),
                            purchase({.order = "o1", .amount = 998}), purchase({.order = "o1", .at = may(2)}),
                            refund("sale", "o1", 1), enrol("erin")}) {
    CHECK(refusal(fresh.run(other, "sale")) == "command_id_reused");
  }
  CHECK(fresh.store().head().position == head);
  CHECK(fresh.run(original, "sale").answer == Answer::repeated);
}

TEST_CASE("a command id that was refused, or that changed nothing, is free again", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  CHECK(refusal(shop.run(enrol("frank", "erin"), "id-1")) == "unknown_referrer");
  CHECK(shop.run(enrol("alice"), "id-1").answer == Answer::already_there);
  CHECK(shop.run(enrol("erin"), "id-1").answer == Answer::appended);
  CHECK(refusal(shop.run(enrol("frank", "erin"), "id-1")) == "command_id_reused");
}

TEST_CASE("a command id is an id like any other", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  for (const auto& id :
       {std::string(" "), std::string("a/b"), std::string("序号"), std::string(65, 'x'), std::string("a\0b", 3)}) {
    INFO(id);
    CHECK(refusal(shop.run(enrol("erin"), id)) == "invalid_id");
  }
  CHECK(shop.run(enrol("erin"), std::string(64, 'x')).answer == Answer::appended);
}

TEST_CASE("the proposed referral code is no part of what the caller said", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  auto command = EnrolMember{.member = {"erin"}, .proposed_code = {"2222222"}, .occurred_at = may(2)};
  const auto first_time = shop.run(command, "enrol-erin");
  must_append(first_time);
  command.proposed_code = {"3333333"};
  is_first_time_again(shop, command, "enrol-erin", first_time);
}

TEST_CASE("an enrolment by code and by id are two contents, though they lead to the same referrer", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  const EnrolMember by_code{
      .member = {"erin"}, .referrer_code = code_of(shop.store(), "dave"), .occurred_at = may(1, 1)};
  must_append(shop.run(by_code, "enrol-erin"));
  CHECK(refusal(shop.run(enrol("erin", "dave"), "enrol-erin")) == "command_id_reused");
  CHECK(shop.run(enrol("erin", "dave")).answer == Answer::already_there);
}

TEST_CASE("the ids of orders, members, refunds and products make a repetition safe without a command id", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  must_append(shop.run(purchase({.order = "o1"})));
  must_append(shop.run(refund("r1", "o1", 500)));
  must_append(shop.run(purchase({.order = "o2"})));
  ShopProcess fresh(folder.path());
  for (auto* process : {&shop, &fresh}) {
    CHECK(process->run(purchase({.order = "o1"})).answer == Answer::already_there);
    CHECK(refusal(process->run(purchase({.order = "o1", .amount = 1}))) == "conflict");
    CHECK(process->run(refund("r1", "o1", 500)).answer == Answer::already_there);
    CHECK(refusal(process->run(refund("r1", "o1", 499))) == "conflict");
    CHECK(refusal(process->run(refund("r1", "o2", 500))) == "conflict");
    CHECK(process->run(enrol("dave", "carol")).answer == Answer::already_there);
    CHECK(refusal(process->run(enrol("dave", "bob"))) == "conflict");
    CHECK(process->run(add_product("game", Fulfilment::key_pool)).answer == Answer::already_there);
    CHECK(refusal(process->run(add_product("game", Fulfilment::manual))) == "conflict");
  }
}

TEST_CASE("a command id whose event is gone is damage, and fails that command only", "[handler]") {
  const TempFolder folder;
  {
    ShopProcess shop(folder.path());
    set_up_worked_example(shop);
    must_append(shop.run(enrol("erin"), "enrol-erin"));
  }
  tamper(folder.path(), "UPDATE claims SET position = 1 WHERE kind = 1");
  ShopProcess shop(folder.path());
  const std::vector<Request> requests{{enrol("erin"), "enrol-erin", {}, {}}, {enrol("frank"), {}, {}, {}}};
  const auto outcomes = shop.handler().execute(requests);
  CHECK(outcomes[0].answer == Answer::failed);
  CHECK(outcomes[1].answer == Answer::appended);
}
