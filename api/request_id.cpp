#include "api/request_id.hpp"

#include "eventstore/hex.hpp"
#include "eventstore/merkle.hpp"

#include <algorithm>
#include <cstdint>
#include <random>

#include <fmt/format.h>

namespace upline::api {

namespace {

constexpr std::size_t trace_digits = 32;
constexpr std::size_t span_digits = 16;
constexpr std::size_t header_length = 55;  // 00-<trace>-<span>-<flags>

/// Ids only have to differ; nothing is secret about them.
std::uint64_t random_number() {
  thread_local std::mt19937_64 generator = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  std::uint64_t number{};
  while (number == 0) number = generator();  // an id of zeros is none
  return number;
}

std::string new_span_id() { return fmt::format("{:016x}", random_number()); }

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) { return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos; }

bool is_sampled(std::string_view flags) {
  constexpr std::string_view odd_digits = "13579bdf";
  return odd_digits.find(flags[1]) != std::string_view::npos;
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view header) {
  if (header.size() < header_length) return std::nullopt;
  const auto version = header.substr(0, 2);
  const auto trace = header.substr(3, trace_digits);
  const auto parent = header.substr(36, span_digits);
  const auto flags = header.substr(53, 2);
  if (!is_hex(version) || version == "ff") return std::nullopt;
  if (header[2] != '-' || header[35] != '-' || header[52] != '-') return std::nullopt;
  const bool is_longer = header.size() > header_length;
  if (is_longer && (version == "00" || header[header_length] != '-')) return std::nullopt;
  if (!is_id(trace) || !is_id(parent) || !is_hex(flags)) return std::nullopt;
  return TraceContext{std::string(trace), {}, std::string(parent), is_sampled(flags)};
}

TraceContext trace_of(const Request& request) {
  const auto is_traceparent = [](const Header& h) { return equal_ignoring_case(h.name, "traceparent"); };
  const auto first = std::ranges::find_if(request.headers, is_traceparent);
  if (first == request.headers.end()) return new_trace();
  const bool is_alone = std::find_if(first + 1, request.headers.end(), is_traceparent) == request.headers.end();
  auto trace = is_alone ? parse_traceparent(first->value) : std::nullopt;
  if (!trace) return new_trace();
  trace->span_id = new_span_id();
  return *trace;
}

TraceContext new_trace() {
  return {fmt::format("{:016x}{:016x}", random_number(), random_number()), new_span_id(), {}, false};
}

TraceContext trace_named(std::string_view name) {
  const auto hash =
      eventstore::Sha256().update({reinterpret_cast<const std::uint8_t*>(name.data()), name.size()}).finish();
  return {eventstore::to_hex(hash).substr(0, trace_digits), new_span_id(), {}, false};
}

std::string traceparent_of(const TraceContext& trace) {
  return fmt::format("00-{}-{}-{}", trace.trace_id, trace.span_id, trace.is_sampled ? "01" : "00");
}

}  // namespace upline::api
