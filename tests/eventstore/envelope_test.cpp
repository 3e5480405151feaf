// What is hashed around a payload, and what is noticed when it was changed.
#include "eventstore/event_codec.hpp"
#include "eventstore/event_json.hpp"
#include "eventstore/hex.hpp"
#include "tests/eventstore/golden.hpp"

#include <algorithm>
#include <functional>
#include <string>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;

namespace {

StoredEvent envelope_from(const nlohmann::ordered_json& json) {
  StoredEvent event;
  event.position = {json.at("position")};
  event.stream = json.at("stream");
  event.version = {json.at("version")};
  event.previous = {json.at("previous")};
  event.type = json.at("type");
  event.schema = json.at("schema");
  event.occurred_at = {json.at("occurred_at_us")};
  event.recorded_at = {json.at("recorded_at_us")};
  if (json.contains("command_id")) {
    const auto digest = bytes_from_hex(json.at("command_digest").get<std::string>());
    event.command = CommandMark{json.at("command_id"), *hash_from_bytes(digest)};
  }
  event.actor = json.at("actor");
  std::ranges::copy(bytes_from_hex(json.at("salt").get<std::string>()), event.salt.begin());
  event.payload = bytes_from_hex(json.at("payload").get<std::string>());
  return event;
}

/// A refund with every field of the envelope filled, under its right hash.
StoredEvent refund_event() {
  auto event = envelope_from(read_golden("leaf.v1.json").at("envelope"));
  event.leaf_hash = hash_of(event);
  return event;
}

}  // namespace

TEST_CASE("an envelope is hashed as its golden leaf", "[codec]") {
  for (const auto* file : {"leaf.v1.json", "leaf.v1.no-command.json"}) {
    INFO(file);
    const auto golden = read_golden(file);
    const auto event = envelope_from(golden.at("envelope"));
    CHECK(hex(leaf_bytes(event)) == golden.at("leaf").get<std::string>());
    CHECK(to_hex(hash_of(event)) == golden.at("leaf_hash").get<std::string>());
  }
}

TEST_CASE("every field of the envelope moves the leaf hash", "[codec]") {
  const auto original = refund_event();
  const std::vector<std::function<void(StoredEvent&)>> changes{
      [](StoredEvent& e) { ++e.position.value; },
      [](StoredEvent& e) { e.stream = "order/o-2"; },
      [](StoredEvent& e) { ++e.version.value; },
      [](StoredEvent& e) { ++e.type; },
      [](StoredEvent& e) { ++e.schema; },
      [](StoredEvent& e) { ++e.occurred_at.microseconds; },
      [](StoredEvent& e) { ++e.recorded_at.microseconds; },
      [](StoredEvent& e) { e.command->id += "x"; },
      [](StoredEvent& e) { ++e.command->digest.bytes[31]; },
      [](StoredEvent& e) { e.command.reset(); },
      [](StoredEvent& e) { e.actor.clear(); },
      [](StoredEvent& e) { ++e.salt[15]; },
      [](StoredEvent& e) { ++e.payload.back(); },
      [](StoredEvent& e) { e.payload.push_back(0); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    INFO("change " << i);
    auto changed = original;
    changes[i](changed);
    CHECK(hash_of(changed) != original.leaf_hash);
  }
}

TEST_CASE("the fields of the envelope cannot be shifted into one another", "[codec]") {
  auto left = refund_event();
  auto right = left;
  left.stream = "order/o-1";
  left.actor = "1cli";
  right.stream = "order/o-11";
  right.actor = "cli";
  CHECK(hash_of(left) != hash_of(right));
}

TEST_CASE("the link to the event before is derived, so it moves no hash", "[codec]") {
  auto event = refund_event();
  ++event.previous.value;
  CHECK_NOTHROW(decode(event));
}

TEST_CASE("an event comes back as it was recorded", "[codec]") {
  const auto stored = refund_event();
  const auto event = decode(stored);
  CHECK(event.position == stored.position);
  CHECK(event.stream == upline::domain::StreamId{upline::domain::StreamKind::order, "o-1"});
  CHECK(event.version == stored.version);
  CHECK(event.occurred_at == stored.occurred_at);
  CHECK(event.recorded_at == stored.recorded_at);
  CHECK(event.event == upline::domain::Event(upline::domain::OrderRefunded{{"r-1"}, {500}, "坏卡"}));
}

TEST_CASE("an event of a newer program is named with its position, and nothing is called damaged", "[codec]") {
  auto event = refund_event();
  event.type = 999;
  event.leaf_hash = hash_of(event);
  CHECK_THROWS_AS(decode(event), NewerStore);
  CHECK_THROWS_WITH(decode(event), Catch::Contains("position 4294967298") && Catch::Contains("type 999") &&
                                       Catch::Contains("update Upline"));
}

TEST_CASE("a payload that cannot be read is damage, even under its right hash", "[codec]") {
  auto event = refund_event();
  event.payload.pop_back();
  event.leaf_hash = hash_of(event);
  CHECK_THROWS_AS(decode(event), DamagedStore);
  CHECK_THROWS_WITH(decode(event), Catch::Contains("position 4294967298"));
}

TEST_CASE("a stream of no known kind is damage, even under its right hash", "[codec]") {
  for (const auto* stream : {"", "order", "statement/s-1", "/o-1"}) {
    INFO(stream);
    auto event = refund_event();
    event.stream = stream;
    event.leaf_hash = hash_of(event);
    CHECK_THROWS_AS(decode(event), DamagedStore);
  }
}

TEST_CASE("an event as JSON names its envelope and its payload", "[codec]") {
  const auto event = refund_event();
  const auto json = event_json(event);
  const auto golden = read_golden("leaf.v1.json");
  CHECK(json.at("position") == 4294967298);
  CHECK(json.at("stream") == "order/o-1");
  CHECK(json.at("version") == 4);
  CHECK(json.at("type") == "OrderRefunded");
  CHECK(json.at("schema") == 1);
  CHECK(json.at("occurred_at") == "2026-05-03T12:00:00.000001Z");
  CHECK(json.at("recorded_at") == "2026-05-03T12:00:00.250000Z");
  CHECK(json.at("actor") == "cli:收银台");
  CHECK(json.at("command_id") == "refund:r-1");
  CHECK(json.at("command_digest") == golden.at("envelope").at("command_digest"));
  CHECK(json.at("salt") == golden.at("envelope").at("salt"));
  CHECK(json.at("leaf_hash") == golden.at("leaf_hash"));
  CHECK(json.at("payload") == read_golden("OrderRefunded.v1.json").at("json"));
}

TEST_CASE("an event without a command id shows none", "[codec]") {
  auto event = envelope_from(read_golden("leaf.v1.no-command.json").at("envelope"));
  event.leaf_hash = hash_of(event);
  CHECK(!event_json(event).contains("command_id"));
  CHECK(!event_json(event).contains("command_digest"));
}

TEST_CASE("an event that does not match its hash is neither decoded nor shown as JSON", "[codec]") {
  auto event = refund_event();
  event.is_damaged = true;
  CHECK_THROWS_AS(decode(event), DamagedStore);
  CHECK_THROWS_WITH(decode(event), "position 4294967298: the event does not match its hash");
  CHECK_THROWS_AS(event_json(event), DamagedStore);
}
