#include "eventstore/snapshots.hpp"

#include "eventstore/hex.hpp"

#include <limits>
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
          .for_sale = {{7, 2}, {15, 3}}};
}

Turnover a_turnover() {
  return {{{{"CNY"}, {std::numeric_limits<std::int64_t>::max()}}, {{"USDT"}, {0}}, {{"EUR"}, {1999}}}};
}

RecordedEvent in(const StreamId& stream, Event event) { return {{1}, stream, {1}, {}, {}, std::move(event)}; }

std::vector<SealedKey> keys(std::size_t count) { return std::vector<SealedKey>(count); }

}  // namespace

TEST_CASE("a pool and a turnover come back from their snapshots", "[snapshot]") {
  CHECK(key_pool_from(to_snapshot(a_pool())) == a_pool());
  CHECK(key_pool_from(to_snapshot(KeyPool{})) == KeyPool{});
  CHECK(turnover_from(to_snapshot(a_turnover())) == a_turnover());
  CHECK(turnover_from(to_snapshot(Turnover{})) == Turnover{});
}

TEST_CASE("a snapshot has the bytes that the format document says", "[snapshot]") {
  CHECK(hex(to_snapshot(Turnover{{{{"CNY"}, {999}}}}).state) ==
        "01"
        "01000000"
        "03434e59"
        "e703000000000000");
  CHECK(hex(to_snapshot(KeyPool{.imported = 2, .unreleased = 1, .released = 1, .for_sale = {{2, 1}}}).state) ==
        "01"
        "0200000000000000"
        "0100000000000000"
        "0100000000000000"
        "0000000000000000"
        "0000000000000000"
        "0000000000000000"
        "01000000"
        "0200000000000000"
        "0100000000000000");
}

TEST_CASE("a snapshot of another schema is none", "[snapshot]") {
  auto pool = to_snapshot(a_pool());
  auto turnover = to_snapshot(a_turnover());
  CHECK(pool.schema == snapshot_schema);
  for (const auto schema : {snapshot_schema + 1, snapshot_schema - 1}) {
    pool.schema = turnover.schema = schema;
    CHECK(!key_pool_from(pool).has_value());
    CHECK(!turnover_from(turnover).has_value());
  }
}

TEST_CASE("a snapshot that cannot be read is none, whatever is wrong with it", "[snapshot]") {
  const auto pool = to_snapshot(a_pool());
  const auto turnover = to_snapshot(a_turnover());
  for (std::size_t length = 0; length < pool.state.size(); ++length) {
    INFO("cut to " << length);
    const Snapshot cut{snapshot_schema, {pool.state.begin(), pool.state.begin() + static_cast<std::ptrdiff_t>(length)}};
    CHECK(!key_pool_from(cut).has_value());
  }
  for (std::size_t length = 0; length < turnover.state.size(); ++length) {
    INFO("cut to " << length);
    const Snapshot cut{snapshot_schema,
                       {turnover.state.begin(), turnover.state.begin() + static_cast<std::ptrdiff_t>(length)}};
    CHECK(!turnover_from(cut).has_value());
  }
  auto longer = pool;
  longer.state.push_back(0);
  CHECK(!key_pool_from(longer).has_value());
  auto hostile = turnover;
  for (std::size_t i = 1; i < 5; ++i) hostile.state[i] = 255;  // four billion currencies
  CHECK(!turnover_from(hostile).has_value());
}

TEST_CASE("a pool's snapshot has the name of its stream", "[snapshot]") {
  CHECK(pool_snapshot({"game"}) == "pool/game");
  CHECK(pool_snapshot({"game"}) != turnover_snapshot);
}

TEST_CASE("growing states are folded from the log, each event in its place", "[snapshot]") {
  GrowingStates states;
  states.apply(in(pool_stream({"game"}), KeysImported{{"b1"}, 1, keys(5)}));
  states.apply(in(pool_stream({"film"}), KeysImported{{"b1"}, 1, keys(2)}));
  states.apply(in(pool_stream({"game"}), KeysReleased{{1, 4}}));
  states.apply(in(stream_of(OrderId{"o1"}), OrderPlaced{{"dave"}, {"game"}, {2}, {1998}, {"CNY"}}));
  states.apply(in(stream_of(OrderId{"o1"}), KeysDelivered{{"game"}, {{1, 2}}, false}));
  states.apply(in(stream_of(OrderId{"o2"}), OrderPlaced{{"dave"}, {"game"}, {1}, {1}, {"CNY"}}));
  states.apply(in(stream_of(MemberId{"dave"}), MemberResumed{}));
  CHECK(states.pools.at({"game"}) ==
        KeyPool{.imported = 5, .unreleased = 1, .released = 2, .delivered = 2, .for_sale = {{3, 2}}});
  CHECK(states.pools.at({"film"}) == KeyPool{.imported = 2, .unreleased = 2});
  CHECK(states.pools.size() == 2);
  CHECK(states.turnover == Turnover{{{{"CNY"}, {1999}}}});
}
