#include "eventstore/snapshots.hpp"

#include "eventstore/hex.hpp"

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::domain;

namespace {

KeyPool a_pool() {
  return {.imported = 21,
          .unreleased = 6,
          .released = 5,
          .reserved = 4,
          .delivered = 3,
          .revoked = 3,
          .waiting_for_release = {{{16, 6}, {"b2"}, 0, 0}},
          .for_sale = {{{7, 2}, {"b1"}, 0, 0}, {{15, 3}, {"seats"}, 20, 5}},
          .scheduled = {{{"b2"}, {77}}, {{"b3"}, {-1}}},
          .queue = {{{"o9"}, {3}}, {{"o2"}, {1}}}};
}

Turnover a_turnover() {
  return {{{{"CNY"}, {std::numeric_limits<std::int64_t>::max()}}, {{"USDT"}, {0}}, {{"EUR"}, {1999}}}};
}

RecordedEvent in(const StreamId& stream, Event event) { return {{1}, stream, {1}, {}, {}, std::move(event)}; }

OpenOrder an_open_order() { return {{"dave"}, {"game"}, {3}, {1'777'636'800'123'456}, Fingerprint{{1, 2, 3}}}; }

std::vector<SealedKey> keys(std::size_t count) { return std::vector<SealedKey>(count); }

/// Every beginning of a snapshot's bytes, and the bytes with one behind.
std::vector<Snapshot> broken_forms_of(const Snapshot& snapshot) {
  std::vector<Snapshot> broken;
  for (std::size_t length = 0; length < snapshot.state.size(); ++length) {
    broken.push_back(
        {snapshot_schema, {snapshot.state.begin(), snapshot.state.begin() + static_cast<std::ptrdiff_t>(length)}});
  }
  broken.push_back(snapshot);
  broken.back().state.push_back(0);
  return broken;
}

/// What every kind of snapshot must do: come back, and be none where it is of another schema or cannot be read.
template <class State>
void check_snapshot(const State& state, std::optional<State> (*from)(const Snapshot&)) {
  const auto snapshot = to_snapshot(state);
  CHECK(from(snapshot) == state);
  CHECK(snapshot.schema == snapshot_schema);
  for (const auto schema : {snapshot_schema + 1, snapshot_schema - 1}) {
    CHECK(!from({schema, snapshot.state}).has_value());
  }
  for (const auto& broken : broken_forms_of(snapshot)) {
    INFO(broken.state.size() << " bytes");
    CHECK(!from(broken).has_value());
  }
}

}  // namespace

TEST_CASE("states come back from their snapshots, and from nothing else", "[snapshot]") {
  check_snapshot(a_pool(), key_pool_from);
  check_snapshot(KeyPool{}, key_pool_from);
  check_snapshot(a_turnover(), turnover_from);
  check_snapshot(Turnover{}, turnover_from);
  check_snapshot(an_open_order(), open_order_from);
  check_snapshot(OpenOrder{}, open_order_from);
  check_snapshot(Timestamp{-5}, scheduled_from);
  check_snapshot(CountedUnits{1'000'000}, counted_units_from);
}

TEST_CASE("a snapshot has the bytes that the format document says", "[snapshot]") {
  CHECK(hex(to_snapshot(Turnover{{{{"CNY"}, {999}}}}).state) ==
        "01"
        "01000000"
        "03434e59"
        "e703000000000000");
  const KeyPool pool{.imported = 2,
                     .unreleased = 1,
                     .released = 1,
                     .waiting_for_release = {{{1, 1}, {"a"}, 0, 0}},
                     .for_sale = {{{2, 1}, {"b"}, 9, 3}},
                     .scheduled = {{{"a"}, {4}}},
                     .leaving = {{{"b"}, Leaving::revoked}},
                     .queue = {{{"o1"}, {5}}}};
  CHECK(hex(to_snapshot(pool).state) ==
        "01"
        "0200000000000000"
        "0100000000000000"
        "0100000000000000"
        "0000000000000000"
        "0000000000000000"
        "0000000000000000"
        "01000000"
        "0100000000000000"
        "0100000000000000"
        "0161"
        "00000000"
        "00000000"
        "01000000"
        "0200000000000000"
        "0100000000000000"
        "0162"
        "09000000"
        "03000000"
        "01000000"
        "0161"
        "0400000000000000"
        "01000000"
        "0162"
        "02"
        "01000000"
        "026f31"
        "0500000000000000");
  CHECK(hex(to_snapshot(OpenOrder{{"m"}, {"p"}, {2}, {3}, std::nullopt}).state) ==
        "01"
        "016d"
        "0170"
        "0200000000000000"
        "0300000000000000"
        "00");
  CHECK(hex(to_snapshot(Timestamp{3}).state) == "010300000000000000");
  CHECK(hex(to_snapshot(CountedUnits{3}).state) == "010300000000000000");
}

TEST_CASE("a snapshot that claims four billion elements is none", "[snapshot]") {
  for (auto hostile : {to_snapshot(a_turnover()), to_snapshot(KeyPool{})}) {
    const std::size_t count = hostile.state.size() < 60 ? 1 : 49;
    for (std::size_t i = count; i < count + 4; ++i) hostile.state[i] = 255;
    CHECK(!turnover_from(hostile).has_value());
    CHECK(!key_pool_from(hostile).has_value());
  }
}

TEST_CASE("a snapshot's name says what it is of", "[snapshot]") {
  CHECK(pool_snapshot({"game"}) == "pool/game");
  CHECK(open_order_snapshot({"o1"}) == "open/o1");
  CHECK(release_snapshot({{"game"}, {"b1"}}) == "release/game/b1");
  CHECK(counted_snapshot({{"game"}, {"dave"}}) == "counted/game/dave");
}

namespace {

PaymentReceived payment_of(std::int64_t amount) {
  return {.amount = {amount}, .currency = {"CNY"}, .effect = PaymentEffect::pays};
}

OrderPlaced order_of(std::int64_t quantity, std::optional<Timestamp> expires_at) {
  return {.member = {"dave"},
          .product = {"game"},
          .quantity = {quantity},
          .amount_due = {quantity * 999},
          .currency = {"CNY"},
          .expires_at = expires_at,
          .reserved = {expires_at ? quantity : 0}};
}

GrowingStates shop_with_ten_keys() {
  GrowingStates states;
  states.apply(in(pool_stream({"game"}), KeysImported{.batch = {"b1"}, .first = 1, .keys = keys(10)}));
  states.apply(in(pool_stream({"game"}), KeysReleased{{1, 8}}));
  return states;
}

}  // namespace

TEST_CASE("growing states are folded from the log, each event in its place", "[snapshot]") {
  auto states = shop_with_ten_keys();
  states.apply(in(pool_stream({"film"}), KeysImported{.batch = {"b1"}, .first = 1, .keys = keys(2)}));
  const auto o1 = stream_of(OrderId{"o1"});
  states.apply(in(o1, order_of(2, std::nullopt)));
  states.apply(in(o1, payment_of(1998)));
  states.apply(in(o1, KeysDelivered{.product = {"game"}, .keys = {{1, 2}}, .units = {2}}));
  states.apply(in(stream_of(OrderId{"o2"}), payment_of(1)));
  states.apply(in(stream_of(MemberId{"dave"}), MemberResumed{}));
  CHECK(states.pools.at({"game"}) == KeyPool{.imported = 10,
                                             .unreleased = 2,
                                             .released = 6,
                                             .delivered = 2,
                                             .waiting_for_release = {{{9, 2}, {"b1"}, 0, 0}},
                                             .for_sale = {{{3, 6}, {"b1"}, 0, 0}}});
  CHECK(states.pools.at({"film"}) ==
        KeyPool{.imported = 2, .unreleased = 2, .waiting_for_release = {{{1, 2}, {"b1"}, 0, 0}}});
  CHECK(states.pools.size() == 2);
  CHECK(states.turnover == Turnover{{{{"CNY"}, {1999}}}});
  CHECK(states.agenda.open_count() == 0);
}

TEST_CASE("an open order holds its keys and stands on the agenda until it is paid, expires or is cancelled",
          "[snapshot]") {
  for (const auto& end :
       {Event(payment_of(2997)), Event(OrderExpired{{"game"}, {3}}), Event(OrderCancelled{{"game"}, {3}, ""})}) {
    auto states = shop_with_ten_keys();
    const auto o1 = stream_of(OrderId{"o1"});
    states.apply(in(o1, order_of(3, Timestamp{77})));
    CHECK(states.pools.at({"game"}).released == 5);
    CHECK(states.pools.at({"game"}).reserved == 3);
    REQUIRE(states.agenda.find({"o1"}) != nullptr);
    CHECK(*states.agenda.find({"o1"}) == OpenOrder{{"dave"}, {"game"}, {3}, {77}, std::nullopt});
    states.apply(in(o1, PaymentReceived{.amount = {1}, .currency = {"CNY"}, .effect = PaymentEffect::underpays}));
    CHECK(states.agenda.open_count() == 1);
    states.apply(in(o1, end));
    CHECK(states.agenda.open_count() == 0);
    const bool paid = std::holds_alternative<PaymentReceived>(end);
    CHECK(states.pools.at({"game"}).reserved == (paid ? 3U : 0U));  // until the keys are delivered
  }
}

TEST_CASE("units count towards a limit only while the product has one, and never below none", "[snapshot]") {
  auto states = shop_with_ten_keys();
  const Buying buying{{"game"}, {"dave"}};
  const auto product = stream_of(ProductId{"game"});
  states.apply(in(stream_of(OrderId{"o1"}), order_of(1, Timestamp{77})));
  CHECK(states.counted.empty());
  states.apply(in(product, PurchasesLimited{Quantity{5}}));
  states.apply(in(stream_of(OrderId{"o1"}), OrderExpired{{"game"}, {1}}));  // placed when there was no limit
  CHECK(states.counted.empty());
  states.apply(in(stream_of(OrderId{"o2"}), order_of(2, Timestamp{77})));
  states.apply(in(stream_of(OrderId{"o3"}), order_of(3, std::nullopt)));
  CHECK(states.counted.at(buying) == CountedUnits{5});
  states.apply(in(stream_of(OrderId{"o2"}), OrderCancelled{{"game"}, {2}, ""}));
  CHECK(states.counted.at(buying) == CountedUnits{3});
  states.apply(in(product, PurchasesLimited{}));
  states.apply(in(stream_of(OrderId{"o4"}), order_of(1, Timestamp{77})));
  CHECK(states.counted.at(buying) == CountedUnits{3});
}
