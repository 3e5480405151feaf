// Which request an answer, a log line and a call to somebody else belong to: W3C Trace Context, version 00.
#pragma once

#include "api/http.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace upline::api {

/// One request within a trace that may have begun elsewhere and may go on elsewhere.
struct TraceContext {
  std::string trace_id{};   // 32 hexadecimal digits
  std::string span_id{};    // 16: the server's own part, and the id of the request that people quote
  std::string parent_id{};  // 16: the caller's part; empty where the trace began here
  bool is_sampled{};

  const std::string& request_id() const { return span_id; }
};

/// What the header says, with `span_id` left empty. Nothing for what is no traceparent; later versions are read as far
/// as this one goes.
std::optional<TraceContext> parse_traceparent(std::string_view header);

/// Goes on with the caller's trace; begins one where it sent none, more than one, or what is none.
TraceContext trace_of(const Request& request);

/// Begins a trace.
TraceContext new_trace();

/// Begins a trace whose id is always the same for the same name.
TraceContext trace_named(std::string_view name);

/// What is sent along with a call to somebody else on behalf of this request.
std::string traceparent_of(const TraceContext& trace);

}  // namespace upline::api
