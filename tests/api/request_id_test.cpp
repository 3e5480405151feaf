#include "api/request_id.hpp"

#include <set>
#include <string>

#include <catch2/catch.hpp>

using namespace upline::api;

namespace {

const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string span = "00f067aa0ba902b7";
const std::string valid = "00-" + trace + "-" + span + "-01";

Request with(std::initializer_list<std::string> headers) {
  Request request;
  for (const auto& header : headers) request.headers.push_back({"Traceparent", header});
  return request;
}

}  // namespace

TEST_CASE("a caller's trace goes on, under an id of the server's own", "[request_id]") {
  const auto ours = trace_of(with({valid}));
  CHECK(ours.trace_id == trace);
  CHECK(ours.parent_id == span);
  CHECK(ours.is_sampled);
  CHECK(ours.span_id.size() == 16);
  CHECK(ours.span_id != span);
  CHECK(traceparent_of(ours) == "00-" + trace + "-" + ours.span_id + "-01");
}

TEST_CASE("only the flag that is known is passed on", "[request_id]") {
  CHECK(parse_traceparent("00-" + trace + "-" + span + "-ff")->is_sampled);
  CHECK_FALSE(parse_traceparent("00-" + trace + "-" + span + "-fe")->is_sampled);
  const auto ours = trace_of(with({"00-" + trace + "-" + span + "-fe"}));
  CHECK(traceparent_of(ours).ends_with("-00"));
}

TEST_CASE("what is no traceparent begins a trace of its own", "[request_id]") {
  const std::string zeros(32, '0');
  for (const auto& bad :
       {std::string{}, std::string("x"), valid + "-", valid + "0", "ff" + valid.substr(2), "0g" + valid.substr(2),
        "00-" + zeros + "-" + span + "-01", "00-" + trace + "-" + zeros.substr(16) + "-01",
        "00-" + trace + "-" + span + "-0", "00-" + trace + "-" + span + "-0x", "00_" + valid.substr(3),
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + span + "-01", "01" + valid.substr(2) + "0"}) {
    INFO(bad);
    CHECK_FALSE(parse_traceparent(bad));
    const auto ours = trace_of(with({bad}));
    CHECK(ours.trace_id.size() == 32);
    CHECK(ours.trace_id != trace);
    CHECK(ours.parent_id.empty());
  }
}

TEST_CASE("a later version of the header is read as far as it is known", "[request_id]") {
  CHECK(parse_traceparent("01" + valid.substr(2))->trace_id == trace);
  CHECK(parse_traceparent("cc" + valid.substr(2) + "-what-the-future-holds")->trace_id == trace);
}

TEST_CASE("of two traceparents none is believed", "[request_id]") {
  CHECK(trace_of(with({valid, valid})).trace_id != trace);
  CHECK(trace_of(with({})).trace_id.size() == 32);
}

TEST_CASE("no two requests have the same id", "[request_id]") {
  std::set<std::string> ids;
  for (int i = 0; i < 10'000; ++i) ids.insert(new_trace().request_id());
  CHECK(ids.size() == 10'000);
}
