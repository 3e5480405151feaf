#include "domain/event.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

using namespace upline::domain;

namespace {

rc::Gen<std::string> any_id() {
  const std::string allowed = "ABCXYZabcxyz0189._:-";
  return rc::gen::suchThat(rc::gen::map(rc::gen::container<std::string>(rc::gen::elementOf(allowed)),
                                        [](std::string id) { return id.substr(0, id_length_max); }),
                           [](const std::string& id) { return !id.empty(); });
}

}  // namespace

TEST_CASE("a stream is written with its kind and its id", "[event]") {
  CHECK(to_text(policy_stream()) == "policy");
  CHECK(to_text(stream_of(PlanId{"two-levels"})) == "plan/two-levels");
  CHECK(to_text(stream_of(ProductId{"vip"})) == "product/vip");
  CHECK(to_text(stream_of(MemberId{"alice"})) == "member/alice");
  CHECK(to_text(pool_stream(ProductId{"vip"})) == "pool/vip");
  CHECK(to_text(stream_of(OrderId{"cd000001"})) == "order/cd000001");
  CHECK(to_text(account_stream(MemberId{"alice"})) == "account/alice");
  CHECK(to_text(stream_of(SettlementId{"2026-10"})) == "settlement/2026-10");
  CHECK(to_text(stream_of(Fingerprint{.bytes = {0x0a, 0xff}})) == "visitor/0aff0000000000000000000000000000");
}

TEST_CASE("a stream is read as it was written", "[event]") {
  CHECK(parse_stream("policy") == policy_stream());
  rc::prop("for every kind and id", [] {
    const auto kind =
        *rc::gen::element(StreamKind::plan, StreamKind::product, StreamKind::member, StreamKind::visitor,
                          StreamKind::pool, StreamKind::order, StreamKind::account, StreamKind::settlement);
    const StreamId stream{kind, *any_id()};
    RC_ASSERT(parse_stream(to_text(stream)) == stream);
  });
}

TEST_CASE("what names no stream is none", "[event]") {
  for (const auto* text : {"", "/", "order", "policy/", "policy/x", "orders/o1", "Order/o1", " order/o1", "/o1"}) {
    INFO(text);
    CHECK_FALSE(parse_stream(text));
  }
}

TEST_CASE("an aggregate's events go to one stream, in their order", "[event]") {
  const Timestamp noon{1};
  const auto events = on_stream(stream_of(MemberId{"m"}), noon,
                                std::vector<MemberEvent>{MemberSuspended{"x"}, MemberResumed{}, MemberClosed{"y"}});
  REQUIRE(events.size() == 3);
  CHECK(events[0].event == Event{MemberSuspended{"x"}});
  CHECK(events[1].event == Event{MemberResumed{}});
  CHECK(events[2].event == Event{MemberClosed{"y"}});
  for (const auto& event : events) {
    CHECK(event.stream == stream_of(MemberId{"m"}));
    CHECK(event.occurred_at == noon);
  }
  CHECK(on_stream(stream_of(PlanId{"p"}), noon, std::vector<PlanPublished>{{PlanVersion{1}, {}}}).size() == 1);
}
