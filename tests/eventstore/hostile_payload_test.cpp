// Payloads that nobody wrote: whatever the bytes, they are refused or they are exactly what an event is written as.
#include "eventstore/event_codec.hpp"
#include "eventstore/payload.hpp"
#include "tests/eventstore/event_samples.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

using namespace upline::eventstore;
using namespace upline::tests;
using upline::domain::Event;

namespace {

using Bytes = std::vector<std::uint8_t>;

enum class Verdict { refused, read_and_written_alike, changed };

/// Any exception but UndecodablePayload fails the test that called.
Verdict judge(const EventFormat& format, const Bytes& payload) {
  try {
    const auto event = decode_payload(event_formats(), format.type, format.schema, payload);
    return encode_payload(event) == payload ? Verdict::read_and_written_alike : Verdict::changed;
  } catch (const UndecodablePayload&) {
    return Verdict::refused;
  }
}

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

const EventFormat& format_named(std::string_view name) {
  for (const auto& format : event_formats()) {
    if (format.name == name) return format;
  }
  throw std::logic_error("there is no such event");
}

}  // namespace

TEST_CASE("a payload that ends too early is refused at every length", "[codec]") {
  for (const auto& sample : event_samples()) {
    const auto whole = encode_payload(sample.event);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      INFO(sample.file << " cut to " << length);
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      CHECK(judge(format_of(sample.event), cut) == Verdict::refused);
    }
  }
}

TEST_CASE("a payload with a byte too many is refused", "[codec]") {
  for (const auto& sample : event_samples()) {
    for (const int more : {0, 1, 255}) {
      INFO(sample.file << " and " << more);
      auto longer = encode_payload(sample.event);
      longer.push_back(static_cast<std::uint8_t>(more));
      CHECK(judge(format_of(sample.event), longer) == Verdict::refused);
    }
  }
}

TEST_CASE("a payload with any one byte changed is refused, or is another event's exact bytes", "[codec]") {
  for (const auto& sample : event_samples()) {
    const auto whole = encode_payload(sample.event);
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (int flip = 1; flip < 256; flip = flip < 128 ? flip * 2 : flip + 127) {
        auto changed = whole;
        changed[at] ^= static_cast<std::uint8_t>(flip);
        if (judge(format_of(sample.event), changed) != Verdict::changed) continue;
        FAIL_CHECK(sample.file << ": byte " << at << " flipped by " << flip << " reads as what it is not");
      }
    }
  }
}

TEST_CASE("a payload of one event read as another is refused, or is the other's exact bytes", "[codec]") {
  for (const auto& sample : event_samples()) {
    for (const auto& format : event_formats()) {
      INFO(sample.file << " as " << format.name);
      CHECK(judge(format, encode_payload(sample.event)) != Verdict::changed);
    }
  }
}

TEST_CASE("random bytes are refused, or are an event's exact bytes", "[codec]") {
  rc::prop("behind the mark of little-endian bytes", [] {
    const auto& format = event_formats()[*rc::gen::inRange<std::size_t>(0, event_formats().size())];
    auto payload = *rc::gen::container<Bytes>(rc::gen::inRange<std::uint8_t>(0, 8));
    payload.insert(payload.begin(), 1);
    RC_ASSERT(judge(format, payload) != Verdict::changed);
  });
}

TEST_CASE("a payload that is not marked as little-endian is refused", "[codec]") {
  const auto& format = format_named("MemberResumed");
  CHECK(judge(format, {}) == Verdict::refused);
  CHECK(judge(format, {0}) == Verdict::refused);
  CHECK(judge(format, {2}) == Verdict::refused);
  CHECK(judge(format, {1}) == Verdict::read_and_written_alike);
}

TEST_CASE("a list that promises four billion elements takes no memory for them", "[codec]") {
  const Bytes mark{1};
  const Bytes batch{1, 'b'};
  const Bytes first(8, 0);
  const Bytes four_billion(4, 255);
  CHECK(judge(format_named("KeysImported"), joined({mark, batch, first, four_billion})) == Verdict::refused);
  // More elements than any list has, with the bytes there: 1,000,001 empty ids of an upline.
  // No payment id, amount, currency, channel, an effect, a chain's plan and version.
  const Bytes up_to_upline{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0};
  const Bytes no_first_purchase{0};
  const Bytes one_too_many{0x41, 0x42, 0x0f, 0};
  CHECK(judge(format_named("PaymentReceived"), joined({mark, up_to_upline, one_too_many, Bytes(list_length_max + 1, 0),
                                                       no_first_purchase})) == Verdict::refused);
  const Bytes just_as_many{0x40, 0x42, 0x0f, 0};
  CHECK(judge(format_named("PaymentReceived"), joined({mark, up_to_upline, just_as_many, Bytes(list_length_max, 0),
                                                       no_first_purchase})) == Verdict::read_and_written_alike);
}

TEST_CASE("a number that names no alternative is refused", "[codec]") {
  const Bytes mark{1};
  const Bytes product_before_fulfilment{1, 0, 't', 9, 0, 0, 0, 0, 0, 0, 0, 3, 'C', 'N', 'Y'};
  CHECK(judge(format_named("ProductAdded"), joined({mark, product_before_fulfilment, {0}})) == Verdict::refused);
  CHECK(judge(format_named("ProductAdded"), joined({mark, product_before_fulfilment, {4}})) ==
        Verdict::read_and_written_alike);
  CHECK(judge(format_named("ProductAdded"), joined({mark, product_before_fulfilment, {5}})) == Verdict::refused);

  const Bytes plan_before_rates{1, 0, 0, 0};
  const Bytes no_rates_cap_and_hold{0, 0, 0, 0, 0x10, 0x27, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  CHECK(judge(format_named("PlanPublished"), joined({mark, plan_before_rates, {1}, no_rates_cap_and_hold})) ==
        Verdict::read_and_written_alike);
  CHECK(judge(format_named("PlanPublished"), joined({mark, plan_before_rates, {0}, no_rates_cap_and_hold})) ==
        Verdict::refused);
  CHECK(judge(format_named("PlanPublished"), joined({mark, plan_before_rates, {3}, no_rates_cap_and_hold})) ==
        Verdict::refused);
}
