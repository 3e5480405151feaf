// What is sent on behalf of a request bears the request's trace.
#include "api/recent_traces.hpp"
#include "eventstore/command_handler.hpp"
#include "tests/api/webhooks/hooked_shop.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline;
using namespace upline::tests;
using Json = nlohmann::json;

namespace {

constexpr std::string_view trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";

std::string traceparent(const Received& one) {
  const auto* value = one.request.header("traceparent");
  return value == nullptr ? "" : *value;
}

eventstore::Outcome appended(std::uint64_t first, std::uint64_t last) { return {.first = {first}, .last = {last}}; }

std::string traced(const api::RecentTraces& traces, std::uint64_t position) {
  const auto trace = traces.of({position});
  return trace ? trace->trace_id : "";
}

}  // namespace

TEST_CASE("a delivery goes on with the trace of the request behind its event", "[webhook]") {
  HookedShop shop;
  Receiver receiver([](const Received&) { return 503U; });  // until the request was answered: then its trace is known
  shop.hook(receiver.url(), {"OrderPlaced"});
  const auto answer = shop.client().post("/orders", {{"order", "o1"}, {"member", "dave"}, {"product", "game"}},
                                         fmt::format("traceparent: 00-{}-00f067aa0ba902b7-01\r\n", trace_id));
  REQUIRE(answer.status == 201);
  receiver.decide([](const Received&) { return 200U; });
  const auto all = receiver.await_accepted(answer.body["position"]);
  const auto sent = api::parse_traceparent(traceparent(all.back()));
  REQUIRE(sent);
  CHECK(sent->trace_id == trace_id);
  CHECK(sent->is_sampled);
  CHECK(sent->parent_id != "00f067aa0ba902b7");  // the server's own part lies between
}

TEST_CASE("where the request is not known, all attempts of a delivery share a trace", "[webhook]") {
  HookedShop shop;
  const auto last = shop.sell("o1");
  shop.stop();
  shop.start();  // and knows nothing of who ordered
  int count = 0;
  Receiver receiver([&](const Received&) { return ++count < 3 ? 500U : 200U; });
  const auto hook = shop.hook(receiver.url());
  shop.client().post("/webhooks/" + hook.id + "/replay", {{"from", last}, {"to", last}});
  const auto all = receiver.await_accepted(last);
  REQUIRE(all.size() == 3);
  const auto first = api::parse_traceparent(traceparent(all[0]));
  REQUIRE(first);
  for (const auto& one : all) {
    const auto trace = api::parse_traceparent(traceparent(one));
    REQUIRE(trace);
    CHECK(trace->trace_id == first->trace_id);
  }
}

TEST_CASE("the newest commands' traces are kept, by the events that they appended", "[webhook]") {
  api::RecentTraces traces(2);
  traces.remember(appended(3, 4), {.trace_id = "a"});
  traces.remember(appended(7, 7), {.trace_id = "b"});
  CHECK(traced(traces, 2).empty());
  CHECK(traced(traces, 3) == "a");
  CHECK(traced(traces, 4) == "a");
  CHECK(traced(traces, 5).empty());
  CHECK(traced(traces, 7) == "b");
  auto again = appended(3, 4);
  again.answer = eventstore::Answer::repeated;
  traces.remember(again, {.trace_id = "c"});
  traces.remember({}, {.trace_id = "d"});
  CHECK(traced(traces, 3) == "a");
  traces.remember(appended(8, 9), {.trace_id = "e"});
  CHECK(traced(traces, 3).empty());
  CHECK(traced(traces, 9) == "e");
}
