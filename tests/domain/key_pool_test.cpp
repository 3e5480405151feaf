#include "domain/key_pool.hpp"

#include "tests/domain/given.hpp"

#include <rapidcheck/catch.h>

namespace {

using namespace upline::domain;

constexpr Timestamp noon{1'777'636'800'000'000};
const ProductId vip{"vip"};
const BatchId batch{"b1"};

struct Pools {
  struct Wish {
    ImportKeys command{};
    Product product{};
  };
  using State = KeyPool;
  using Past = std::variant<KeysImported, KeysReleased, KeysDelivered>;
  using Event = KeyPoolEvent;
  using Command = Wish;
  static KeyPool fold(KeyPool state, const Past& event) {
    return std::visit([&](const auto& e) { return evolve(std::move(state), e); }, event);
  }
  static KeyPool fold(KeyPool state, const KeyPoolEvent& event) { return evolve(std::move(state), event); }
  static auto decide(const KeyPool& state, const Wish& wish) {
    return upline::domain::decide(state, wish.command, wish.product);
  }
};

upline::tests::Given<Pools> given(const std::vector<Pools::Past>& events) {
  return upline::tests::Given<Pools>(events);
}

KeyPool pool_after(const std::vector<Pools::Past>& events) {
  KeyPool pool;
  for (const auto& event : events) pool = Pools::fold(std::move(pool), event);
  return pool;
}

Product listed(Fulfilment fulfilment) {
  return ListedProduct{{"VIP card", Minor{999}, Currency{"CNY"}, fulfilment}, std::nullopt};
}

std::vector<SealedKey> sealed(std::size_t count) {
  std::vector<SealedKey> keys(count);
  for (std::size_t i = 0; i < count; ++i) keys[i].fingerprint.bytes[0] = static_cast<std::uint8_t>(i);
  return keys;
}

KeysImported imported(std::uint64_t first, std::size_t count) { return {batch, first, sealed(count)}; }
KeysReleased released(std::uint64_t first, std::uint64_t count) { return {{first, count}}; }
KeysDelivered delivered(std::vector<KeyRange> keys, bool shared = false) { return {vip, std::move(keys), shared}; }

Pools::Wish import(std::size_t count, bool release, Fulfilment fulfilment = Fulfilment::key_pool) {
  return {ImportKeys{vip, batch, sealed(count), release, noon}, listed(fulfilment)};
}

std::uint64_t where_they_are(const KeyPool& p) {
  return p.unreleased + p.released + p.reserved + p.delivered + p.revoked;
}

}  // namespace

TEST_CASE("keys are imported, and released at once when that is asked", "[key pool]") {
  given({}).when(import(3, false)).then({imported(1, 3)});
  given({}).when(import(3, true)).then({imported(1, 3), released(1, 3)});
  given({}).when(import(1, true, Fulfilment::reusable)).then({imported(1, 1), released(1, 1)});
}

TEST_CASE("the keys of a second import follow those of the first: who imports has left out known ones", "[key pool]") {
  given({}).when(import(3, true)).then({imported(1, 3), released(1, 3)}).again().then({imported(4, 3), released(4, 3)});
}

TEST_CASE("an import is refused for the product, its fulfilment, the batch's id, then the batch's size", "[key pool]") {
  const ImportKeys wrong{vip, BatchId{"no/id"}, {}, true, noon};
  given({}).when({wrong, NoProduct{}}).then_refused(Reason::unknown_product);
  given({}).when({wrong, listed(Fulfilment::manual)}).then_refused(Reason::not_key_product);
  given({}).when({wrong, listed(Fulfilment::external)}).then_refused(Reason::not_key_product);
  given({}).when({wrong, listed(Fulfilment::key_pool)}).then_refused(Reason::invalid_id);
  given({}).when(import(0, true)).then_refused(Reason::invalid_batch);
  given({}).when(import(1001, true)).then_refused(Reason::invalid_batch);
  given({}).when(import(1000, false)).then({imported(1, 1000)});
}

TEST_CASE("keys leave in the order of their release", "[key pool]") {
  const auto pool = pool_after({imported(1, 4), released(3, 2), released(1, 2)});
  CHECK(next_keys(pool, Fulfilment::key_pool, Quantity{3}) == std::vector<KeyRange>{{3, 2}, {1, 1}});
  CHECK(next_keys(pool, Fulfilment::key_pool, Quantity{4}) == std::vector<KeyRange>{{3, 2}, {1, 2}});
}

TEST_CASE("an unreleased key is not for sale", "[key pool]") {
  CHECK_FALSE(next_keys(pool_after({imported(1, 4)}), Fulfilment::key_pool, Quantity{1}));
  CHECK_FALSE(next_keys(pool_after({imported(1, 4), released(1, 2)}), Fulfilment::key_pool, Quantity{3}));
  CHECK_FALSE(next_keys(pool_after({imported(1, 4)}), Fulfilment::reusable, Quantity{1}));
}

TEST_CASE("a delivered key is never the next one again", "[key pool]") {
  auto pool = pool_after({imported(1, 4), released(1, 4), delivered({{1, 1}})});
  CHECK(next_keys(pool, Fulfilment::key_pool, Quantity{2}) == std::vector<KeyRange>{{2, 2}});
  pool = pool_after({imported(1, 2), released(1, 2), delivered({{1, 2}})});
  CHECK_FALSE(next_keys(pool, Fulfilment::key_pool, Quantity{1}));
  CHECK(pool.for_sale.empty());
}

TEST_CASE("a reusable key is handed out once per order, to every buyer, and stays for sale", "[key pool]") {
  const auto pool = pool_after({imported(1, 2), released(1, 2), delivered({{1, 1}}, true)});
  CHECK(next_keys(pool, Fulfilment::reusable, Quantity{1}) == std::vector<KeyRange>{{1, 1}});
  CHECK(next_keys(pool, Fulfilment::reusable, Quantity{500}) == std::vector<KeyRange>{{1, 1}});
  CHECK(pool == pool_after({imported(1, 2), released(1, 2)}));
}

TEST_CASE("adjacent releases make one range, so that a pool stays small", "[key pool]") {
  CHECK(pool_after({imported(1, 1000), released(1, 1000), imported(1001, 1000), released(1001, 1000)}).for_sale ==
        std::vector<KeyRange>{{1, 2000}});
}

TEST_CASE("each key is in one place, whatever is imported, released and sold", "[key pool]") {
  rc::prop("imported = unreleased + released + reserved + delivered + revoked", [] {
    KeyPool pool;
    std::uint64_t next_to_release = 1;
    std::uint64_t next_to_sell = 1;
    for (const auto step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 30))) {
      if (step % 3 == 0) pool = evolve(pool, KeyPoolEvent{imported(pool.imported + 1, static_cast<std::size_t>(step))});
      if (step % 3 == 1 && pool.unreleased > 0) {
        const auto count = std::min<std::uint64_t>(pool.unreleased, static_cast<std::uint64_t>(step));
        pool = evolve(pool, KeyPoolEvent{released(next_to_release, count)});
        next_to_release += count;
      }
      if (step % 3 == 2) {
        const auto keys = next_keys(pool, Fulfilment::key_pool, Quantity{step});
        RC_ASSERT(keys.has_value() == (pool.released >= static_cast<std::uint64_t>(step)));
        if (!keys) continue;
        RC_ASSERT(keys->front().first == next_to_sell);
        pool = evolve(pool, delivered(*keys));
        next_to_sell += static_cast<std::uint64_t>(step);
      }
      RC_ASSERT(pool.imported == where_they_are(pool));
    }
  });
}
