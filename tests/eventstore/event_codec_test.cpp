#include "eventstore/event_codec.hpp"

#include "eventstore/event_json.hpp"
#include "eventstore/hex.hpp"
#include "eventstore/payload.hpp"
#include "tests/eventstore/event_samples.hpp"
#include "tests/eventstore/golden.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <utility>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using upline::domain::Event;

namespace {

std::vector<std::uint8_t> payload_of(const nlohmann::ordered_json& golden) {
  return bytes_from_hex(golden.at("hex").get<std::string>());
}

Event decoded(const nlohmann::ordered_json& golden) {
  return decode_payload(event_formats(), golden.at("type"), golden.at("schema"), payload_of(golden));
}

/// The name of an event's golden files starts with its type's name: MemberEnrolled.v1.no-referrer.json.
bool is_event_golden(const std::filesystem::path& file) {
  const auto name = file.filename().string();
  const auto type = name.substr(0, name.find('.'));
  return std::ranges::any_of(event_formats(), [&](const EventFormat& format) { return format.name == type; });
}

}  // namespace

// Run by its tag once, when an event or a schema is new. A file that is there is never touched.
TEST_CASE("golden files of events that lack one are written", "[.golden]") {
  for (const auto& sample : event_samples()) {
    if (std::filesystem::exists(golden_folder() / sample.file)) continue;
    const auto& format = format_of(sample.event);
    const nlohmann::ordered_json golden{{"type", format.type},
                                        {"schema", format.schema},
                                        {"hex", hex(encode_payload(sample.event))},
                                        {"json", payload_json(sample.event)}};
    std::ofstream(golden_folder() / sample.file) << golden.dump(2) << '\n';
  }
}

TEST_CASE("every kind of event has a sample, and a golden file of its present schema", "[codec]") {
  std::set<std::size_t> kinds;
  for (const auto& sample : event_samples()) kinds.insert(sample.event.index());
  CHECK(kinds.size() == std::variant_size_v<upline::domain::AnyEvent>);
  for (const auto& sample : event_samples()) {
    const auto& format = format_of(sample.event);
    const auto file = std::string(format.name) + ".v" + std::to_string(format.schema) + ".json";
    INFO(file);
    CHECK(std::filesystem::exists(golden_folder() / file));
  }
}

TEST_CASE("a golden payload is read as the event that it was written from", "[codec]") {
  for (const auto& sample : event_samples()) {
    INFO(sample.file);
    CHECK(decoded(read_golden(sample.file)) == sample.event);
  }
}

TEST_CASE("an event is written as its golden bytes, under its golden numbers", "[codec]") {
  for (const auto& sample : event_samples()) {
    INFO(sample.file);
    const auto golden = read_golden(sample.file);
    CHECK(hex(encode_payload(sample.event)) == golden.at("hex").get<std::string>());
    CHECK(format_of(sample.event).type == golden.at("type").get<int>());
    CHECK(format_of(sample.event).schema == golden.at("schema").get<int>());
  }
}

TEST_CASE("a golden payload of any schema shows the fields that it was stored with", "[codec]") {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(golden_folder())) {
    if (!is_event_golden(entry.path())) continue;
    const auto name = entry.path().filename().string();
    INFO(name);
    const auto golden = read_golden(name);
    CHECK(payload_json(decoded(golden)).dump() == golden.at("json").dump());
    ++files;
  }
  CHECK(files >= event_samples().size());
}

TEST_CASE("no two event formats share their numbers, and none is 0", "[codec]") {
  std::set<std::pair<int, int>> numbers;
  for (const auto& format : event_formats()) {
    INFO(format.name);
    CHECK(format.type > 0);
    CHECK(format.schema > 0);
    CHECK(numbers.insert({format.type, format.schema}).second);
  }
}

TEST_CASE("an event of an unknown type or schema is a newer program's, and is named", "[codec]") {
  const auto payload = encode_payload(upline::domain::MemberResumed{});
  CHECK_THROWS_AS(decode_payload(event_formats(), 999, 1, payload), NewerStore);
  CHECK_THROWS_WITH(decode_payload(event_formats(), 999, 1, payload), Catch::Contains("type 999 in schema 1"));
  CHECK_THROWS_AS(decode_payload(event_formats(), 33, 2, payload), NewerStore);
  CHECK_THROWS_WITH(decode_payload(event_formats(), 33, 2, payload), Catch::Contains("type 33 in schema 2"));
}

namespace {

// MemberEnrolled as a program might have stored it before a member could have a referrer.
Event enrolled_without_referrers(PayloadReader& reader) {
  upline::domain::MemberEnrolled event;
  reader.read(event.code);
  return event;
}

// LevelLimitChanged as a program might have stored it before a reason was asked for.
Event limit_without_reason(PayloadReader& reader) {
  upline::domain::LevelLimitChanged event;
  reader.read(event.max_levels);
  event.reason = "before reasons were recorded";
  return event;
}

constexpr std::array old_formats{EventFormat{30, 900, "MemberEnrolled", &enrolled_without_referrers},
                                 EventFormat{3, 900, "LevelLimitChanged", &limit_without_reason}};

}  // namespace

TEST_CASE("an older schema is lifted to the event as it is today", "[codec]") {
  PayloadWriter enrolled;
  enrolled.write(upline::domain::ReferralCode{"234679C"});
  CHECK(decode_payload(old_formats, 30, 900, enrolled.bytes()) ==
        Event(upline::domain::MemberEnrolled{{"234679C"}, std::nullopt}));

  PayloadWriter limit;
  limit.write(std::uint8_t{5});
  CHECK(decode_payload(old_formats, 3, 900, limit.bytes()) ==
        Event(upline::domain::LevelLimitChanged{5, "before reasons were recorded"}));
}

TEST_CASE("an upcaster that leaves bytes unread is refused, as is one that wants more", "[codec]") {
  const auto today = encode_payload(upline::domain::MemberEnrolled{{"234679C"}, std::nullopt});
  CHECK_THROWS_AS(decode_payload(old_formats, 30, 900, today), UndecodablePayload);
  CHECK_THROWS_AS(decode_payload(old_formats, 3, 900, encode_payload(upline::domain::MemberResumed{})),
                  UndecodablePayload);
}
