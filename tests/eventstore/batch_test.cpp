// One batch, one commit: what a command in it may and may not do to the others.
#include "eventstore/command_handler.hpp"
#include "tests/eventstore/selling.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// Every event after this one, as `stream Name`.
std::vector<std::string> log_after(EventStore& store, Position position) {
  return appended_by(store, {.answer = Answer::appended, .first = {position.value + 1}, .last = store.head().position});
}

void rethrow_failure(const Outcome& outcome) {
  if (outcome.failure) std::rethrow_exception(outcome.failure);
}

}  // namespace

TEST_CASE("a refused command takes nothing of its batch with it", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  const auto before = shop.store().head().position;
  const auto commits = shop.handler().commits();
  const auto outcomes =
      shop.run_batch({enrol("erin"), enrol("frank", "nobody"), purchase({.order = "o1", .member = "erin"}),
                      purchase({.order = "o2", .quantity = 10}), purchase({.order = "o3", .quantity = 9}),
                      purchase({.order = "o3", .quantity = 9}), purchase({.order = "o4"}), refund("r1", "o3", 999)});
  REQUIRE(outcomes.size() == 8);
  CHECK(outcomes[0].answer == Answer::appended);
  CHECK(refusal(outcomes[1]) == "unknown_referrer");
  CHECK(outcomes[2].answer == Answer::appended);
  CHECK(refusal(outcomes[3]) == "out_of_stock");
  CHECK(outcomes[4].answer == Answer::appended);
  CHECK(outcomes[5].answer == Answer::already_there);
  CHECK(refusal(outcomes[6]) == "out_of_stock");
  CHECK(outcomes[7].answer == Answer::appended);
  CHECK(shop.handler().commits() == commits + 1);
  CHECK(log_after(shop.store(), before) ==
        std::vector<std::string>{"member/erin MemberEnrolled",                                                  //
                                 "order/o1 OrderPlaced", "order/o1 PaymentReceived", "order/o1 KeysDelivered",  //
                                 "order/o3 OrderPlaced", "order/o3 PaymentReceived", "order/o3 KeysDelivered",
                                 "account/carol CommissionAccrued", "account/bob CommissionAccrued",
                                 "account/alice CommissionAccrued",  //
                                 "order/o3 OrderRefunded", "account/carol CommissionReversed",
                                 "account/bob CommissionReversed", "account/alice CommissionReversed"});
}

TEST_CASE("a payment that belongs to a damaged order is recorded for review with the batch that it came in",
          "[handler]") {
  const TempFolder folder;
  {
    ShopProcess shop(folder.path());
    set_up_worked_example(shop);
    must_append(shop.run(place("o1")));
    must_append(shop.run(pay("p1", "o1")));
    must_append(shop.run(place("o2")));
  }
  tamper(folder.path(), "UPDATE events SET payload = x'01' WHERE stream = 'order/o1' AND version = 1");
  ShopProcess shop(folder.path());
  Request again{.command = pay("p1", "o2"), .actor = "tester", .tells_order = true};
  const auto outcomes = shop.handler().execute(
      std::vector<Request>{{.command = enrol("erin"), .actor = "tester"}, again, {.command = enrol("fred")}});
  CHECK(outcomes[0].answer == Answer::appended);
  CHECK(refusal(outcomes[1]) == "payment_mismatch");
  CHECK_FALSE(outcomes[1].left);
  CHECK(outcomes[2].answer == Answer::appended);
}

TEST_CASE("a command whose stream is damaged fails alone, and says where", "[handler]") {
  for (const auto* damage : {"UPDATE events SET payload = x'01' WHERE stream = 'member/bob'",
                             "UPDATE events SET actor = 'somebody' WHERE stream = 'member/bob'",
                             "UPDATE events SET previous = 1 WHERE stream = 'member/bob'",
                             "UPDATE events SET salt = zeroblob(16) WHERE stream = 'member/bob'",
                             "UPDATE streams SET version = 2 WHERE stream = 'member/bob'"}) {
    INFO(damage);
    const TempFolder folder;
    set_up_worked_example(*std::make_unique<ShopProcess>(folder.path()));
    tamper(folder.path(), damage);
    ShopProcess shop(folder.path());
    const auto before = shop.store().head().position;
    const auto outcomes = shop.run_batch({enrol("erin"), suspend("bob"), purchase({.order = "o1"}), suspend("carol"),
                                          purchase({.order = "o2", .member = "alice"})});
    CHECK(outcomes[0].answer == Answer::appended);
    CHECK(outcomes[1].answer == Answer::failed);
    CHECK_THROWS_AS(rethrow_failure(outcomes[1]), DamagedStore);
    CHECK(outcomes[2].answer == Answer::failed);  // bob stands above dave
    CHECK(outcomes[3].answer == Answer::appended);
    CHECK(outcomes[4].answer == Answer::appended);
    CHECK(log_after(shop.store(), before) ==
          std::vector<std::string>{"member/erin MemberEnrolled", "member/carol MemberSuspended", "order/o2 OrderPlaced",
                                   "order/o2 PaymentReceived", "order/o2 KeysDelivered"});
    CHECK(keys_of(shop.store(), "o2") == std::vector<KeyRange>{{1, 1}});
    CHECK(shop.run(suspend("bob")).answer == Answer::failed);
    CHECK(shop.run(enrol("frank")).answer == Answer::appended);
  }
}

TEST_CASE("a stream that a newer program wrote fails its own commands only", "[handler]") {
  const TempFolder folder;
  {
    ShopProcess shop(folder.path());
    set_up_worked_example(shop);
    const auto pen = shop.store().take_pen(std::chrono::minutes(1));
    const auto& newer = pen->append({.stream = "member/bob", .type = 999, .schema = 1, .payload = {1}}, may(32));
    pen->put_snapshot(as_of_snapshot, to_snapshot(newer.position));  // the states are stored behind it
    pen->commit();
  }
  ShopProcess shop(folder.path());
  const auto outcomes = shop.run_batch({enrol("erin"), suspend("bob"), suspend("carol")});
  CHECK(outcomes[0].answer == Answer::appended);
  CHECK(outcomes[1].answer == Answer::failed);
  CHECK_THROWS_AS(rethrow_failure(outcomes[1]), NewerStore);
  CHECK(outcomes[2].answer == Answer::appended);
}

TEST_CASE("behind events that a newer program has bundled nothing is appended, though index and states cover them",
          "[handler]") {
  const TempFolder folder;
  set_up_worked_example(*std::make_unique<ShopProcess>(folder.path()));
  tamper(folder.path(),
         "UPDATE bundles SET events = CAST(x'03' || substr(events, 2) AS BLOB) "
         "WHERE first = (SELECT max(first) FROM bundles)");
  ShopProcess shop(folder.path());
  const auto before = shop.store().head().position;
  CHECK_THROWS_AS(shop.run(enrol("erin")), NewerStore);
  CHECK_THROWS_WITH(shop.run(enrol("erin")), Catch::EndsWith("update Upline"));
  CHECK(shop.store().head().position == before);
  CHECK(shop.store().read_stream("member/alice").size() == 1);
}

TEST_CASE("a claim that points nowhere fails its command only", "[handler]") {
  const TempFolder folder;
  {
    ShopProcess shop(folder.path());
    set_up_worked_example(shop);
    must_append(shop.run(purchase({.order = "o1"})));
    must_append(shop.run(refund("r1", "o1", 1)));
  }
  tamper(folder.path(), "UPDATE claims SET position = 9999 WHERE kind = 3");
  ShopProcess shop(folder.path());
  const auto outcomes = shop.run_batch({refund("r1", "o1", 1), refund("r2", "o1", 1)});
  CHECK(outcomes[0].answer == Answer::failed);
  CHECK_THROWS_AS(rethrow_failure(outcomes[0]), DamagedStore);
  CHECK(outcomes[1].answer == Answer::appended);
}

TEST_CASE("nothing is committed where nothing was appended, except what the batch itself brings", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  const auto commits = shop.handler().commits();
  shop.run_batch({enrol("alice"), enrol("frank", "nobody"), choose_default("standard")});
  shop.run_batch({});
  CHECK(shop.handler().commits() == commits);

  std::size_t seen = 0;
  const std::vector<Request> requests{{enrol("alice"), {}, {}, {}}, {enrol("x", "nobody"), {}, {}, {}}};
  shop.handler().execute(requests, [&](Pen& pen, std::span<const Outcome> outcomes) {
    seen = outcomes.size();
    pen.put_import_progress("import", "2 rows");
  });
  CHECK(seen == 2);
  CHECK(shop.handler().commits() == commits + 1);
  CHECK(shop.store().import_progress("import") == "2 rows");
}

TEST_CASE("what runs before the commit is in the same transaction as the events", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  const auto before = shop.store().tree_head();
  const std::vector<Request> requests{{purchase({.order = "o1", .quantity = 10}), "sale", {}, {}},
                                      {enrol("erin"), {}, {}, {}}};
  const auto break_down = [&](Pen& pen, std::span<const Outcome>) {
    pen.put_import_progress("import", "2 rows");
    throw std::runtime_error("the disk is full");
  };
  CHECK_THROWS_WITH(shop.handler().execute(requests, break_down), "the disk is full");
  CHECK(shop.store().head().position == before.position);
  CHECK(shop.store().tree_head().tree.root() == before.tree.root());
  CHECK(!shop.store().import_progress("import").has_value());
  CHECK(!shop.store().claimed(ClaimKind::command_id, claim_key("sale")).has_value());

  // What the handler thought while it decided is forgotten with the batch: the keys are still there to be sold.
  const auto outcomes = shop.handler().execute(requests);
  CHECK(outcomes[0].answer == Answer::appended);
  CHECK(outcomes[1].answer == Answer::appended);
  CHECK(outcomes[0].first.value == before.position.value + 1);
}

TEST_CASE("a sale that broke down is not in the turnover that bounds the next one", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  const auto course = [](const char* order, std::int64_t amount) {
    return purchase({.order = order, .product = "course", .amount = amount});
  };
  must_append(shop.run(course("o1", INT64_MAX - 1000)));
  const std::vector<Request> requests{{course("o2", 900), {}, {}, {}}};
  const auto break_down = [](Pen&, std::span<const Outcome>) { throw std::runtime_error("the disk is full"); };
  CHECK_THROWS_WITH(shop.handler().execute(requests, break_down), "the disk is full");
  CHECK(refusal(shop.run(course("o3", 1001))) == "amount_overflow");
  must_append(shop.run(course("o3", 1000)));
}

TEST_CASE("a command in a batch sees what the ones before it did", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  const auto outcomes =
      shop.run_batch({open_shop(), publish("standard", {1000}), choose_default("standard"),
                      add_product("course", Fulfilment::external), enrol("alice"), enrol("bob", "alice"),
                      purchase({.order = "o1", .member = "bob", .product = "course"}), refund("r1", "o1", 999),
                      refund("r1", "o1", 999), refund("r2", "o1", 1), enrol("alice"), enrol("alice", "bob")});
  for (std::size_t i = 0; i < 8; ++i) CHECK(outcomes[i].answer == Answer::appended);
  CHECK(outcomes[8].answer == Answer::already_there);
  CHECK(refusal(outcomes[9]) == "refund_too_large");
  CHECK(outcomes[10].answer == Answer::already_there);
  CHECK(refusal(outcomes[11]) == "conflict");
}
