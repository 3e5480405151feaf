#include "domain/key_pool.hpp"

#include "domain/overloaded.hpp"
#include "tests/domain/given.hpp"

#include <rapidcheck/catch.h>

namespace {

using namespace upline::domain;

constexpr Timestamp noon{1'777'636'800'000'000};
constexpr Timestamp one{noon.microseconds + 3600 * microseconds_per_second};
constexpr Timestamp two{one.microseconds + 3600 * microseconds_per_second};
const ProductId vip{"vip"};
const BatchId batch{"b1"};
const BatchId other_batch{"b2"};
const OrderId order{"o1"};

/// A reservation: in the log it is a part of the order's placing.
struct Reserved {
  Quantity quantity{};
};

struct Pools {
  struct Wish {
    KeyPoolCommand command{};
    Product product{};
  };
  using State = KeyPool;
  using Past = std::variant<KeysImported, KeysReleased, ReleaseScheduled, KeysWithdrawn, KeysDelivered, StockAwaited,
                            StockNoLongerAwaited, KeyReplaced, DeliveredKeysRevoked, Reserved>;
  using Event = KeyPoolEvent;
  using Command = Wish;
  static KeyPool fold(KeyPool state, const Past& event) {
    return std::visit(Overloaded{
                          [&](const Reserved& e) { return reserve(std::move(state), e.quantity); },
                          [&](const auto& e) {
                            if constexpr (requires { evolve(KeyPool{}, e, order); })
                              return evolve(std::move(state), e, order);
                            if constexpr (requires { evolve(KeyPool{}, e); }) return evolve(std::move(state), e);
                          },
                      },
                      event);
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
  return ListedProduct{.added = {"VIP card", Minor{999}, Currency{"CNY"}, fulfilment}};
}

std::vector<SealedKey> sealed(std::size_t count) {
  std::vector<SealedKey> keys(count);
  for (std::size_t i = 0; i < count; ++i) keys[i].fingerprint.bytes[0] = static_cast<std::uint8_t>(i);
  return keys;
}

KeysImported imported(std::uint64_t first, std::size_t count, const BatchId& of = batch, std::uint32_t use_limit = 0) {
  return {of, first, sealed(count), use_limit};
}
KeysReleased released(std::uint64_t first, std::uint64_t count) { return {{first, count}}; }
KeysDelivered delivered(std::vector<KeyRange> keys, KeySource source = KeySource::sale) {
  return {vip, std::move(keys), false, source, {}};
}
KeysDelivered shared(std::vector<KeyRange> keys, std::int64_t units) {
  return {vip, std::move(keys), true, KeySource::sale, Quantity{units}};
}
StockAwaited awaited(std::int64_t quantity) { return {vip, Quantity{quantity}}; }

Pools::Wish import(std::size_t count, bool release, Fulfilment fulfilment = Fulfilment::key_pool,
                   std::uint32_t use_limit = 0) {
  return {ImportKeys{vip, batch, sealed(count), release, use_limit, noon}, listed(fulfilment)};
}
Pools::Wish of_keys(KeyPoolCommand command) { return {std::move(command), listed(Fulfilment::key_pool)}; }
Pools::Wish release(std::optional<Timestamp> at = {}, const BatchId& of = batch) {
  return of_keys(ReleaseKeys{vip, of, at, noon});
}
Pools::Wish withdraw(std::string reason = "a leak", const BatchId& of = batch) {
  return of_keys(WithdrawKeys{vip, of, std::move(reason), noon});
}
Pools::Wish revoke(std::string reason = "a leak", const BatchId& of = batch) {
  return of_keys(RevokeKeys{vip, of, std::move(reason), noon});
}

std::optional<std::vector<KeyRange>> next_sold(const KeyPool& pool, std::int64_t quantity) {
  return next_keys(pool, Fulfilment::key_pool, Quantity{quantity}, KeySource::sale);
}
std::optional<std::vector<KeyRange>> next_shared(const KeyPool& pool, std::int64_t quantity) {
  return next_keys(pool, Fulfilment::reusable, Quantity{quantity}, KeySource::sale);
}

std::uint64_t where_they_are(const KeyPool& p) {
  return p.unreleased + p.released + p.reserved + p.delivered + p.revoked;
}

}  // namespace

TEST_CASE("keys are imported, and released at once when that is asked", "[key pool]") {
  given({}).when(import(3, false)).then({imported(1, 3)});
  given({}).when(import(3, true)).then({imported(1, 3), released(1, 3)});
  given({}).when(import(1, true, Fulfilment::reusable)).then({imported(1, 1), released(1, 1)});
  given({}).when(import(1, true, Fulfilment::reusable, 50)).then({imported(1, 1, batch, 50), released(1, 1)});
}

TEST_CASE("the keys of a second import follow those of the first: who imports has left out known ones", "[key pool]") {
  given({}).when(import(3, true)).then({imported(1, 3), released(1, 3)}).again().then({imported(4, 3), released(4, 3)});
}

TEST_CASE("an import is refused for the product, its fulfilment, the batch's id, its size, the limit", "[key pool]") {
  const ImportKeys wrong{vip, BatchId{"no/id"}, {}, true, 7, noon};
  given({}).when({wrong, NoProduct{}}).then_refused(Reason::unknown_product);
  given({}).when({wrong, listed(Fulfilment::manual)}).then_refused(Reason::not_key_product);
  given({}).when({wrong, listed(Fulfilment::external)}).then_refused(Reason::not_key_product);
  given({}).when({wrong, listed(Fulfilment::key_pool)}).then_refused(Reason::invalid_id);
  given({}).when(import(0, true, Fulfilment::key_pool, 7)).then_refused(Reason::invalid_batch);
  given({}).when(import(1001, true)).then_refused(Reason::invalid_batch);
  given({}).when(import(1, true, Fulfilment::key_pool, 7)).then_refused(Reason::invalid_limit);
  given({}).when(import(1, true, Fulfilment::reusable, 1'000'001)).then_refused(Reason::invalid_limit);
  given({}).when(import(1000, false)).then({imported(1, 1000)});
}

TEST_CASE("what waits of a batch is released, and of no other", "[key pool]") {
  given({imported(1, 3), imported(4, 2, other_batch), imported(6, 1)})
      .when(release())
      .then({released(1, 3), released(6, 1)})
      .again()
      .then_refused(Reason::no_unreleased_keys)
      .when(release({}, other_batch))
      .then({released(4, 2)});
  given({imported(1, 3)}).when(release(noon)).then({released(1, 3)});
}

TEST_CASE("a release is refused for the product, its fulfilment, the batch's id, then for want of keys", "[key pool]") {
  const ReleaseKeys wrong{vip, BatchId{"no/id"}, Timestamp{INT64_MAX}, noon};
  given({}).when({wrong, NoProduct{}}).then_refused(Reason::unknown_product);
  given({}).when({wrong, listed(Fulfilment::external)}).then_refused(Reason::not_key_product);
  given({}).when(of_keys(wrong)).then_refused(Reason::invalid_id);
  given({}).when(release(Timestamp{INT64_MAX})).then_refused(Reason::no_unreleased_keys);
  given({imported(1, 3)}).when(release(Timestamp{INT64_MAX})).then_refused(Reason::invalid_time);
}

TEST_CASE("a release that lies ahead is scheduled, moved, and over with the release", "[key pool]") {
  given({imported(1, 3)})
      .when(release(one))
      .then({ReleaseScheduled{batch, one}})
      .again()
      .then_nothing()
      .when(release(two))
      .then({ReleaseScheduled{batch, two}})
      .when(release())
      .then({released(1, 3), ScheduleEnded{batch}});
}

TEST_CASE("a schedule that is due releases what waits then, or nothing, and ends", "[key pool]") {
  const auto events = [](const KeyPool& pool) { return carry_out_schedule(pool, batch); };
  CHECK(
      events(pool_after({imported(1, 2), ReleaseScheduled{batch, one}, imported(3, 1, other_batch), imported(4, 1)})) ==
      std::vector<KeyPoolEvent>{released(1, 2), released(4, 1), ScheduleEnded{batch}});
  CHECK(events(pool_after({imported(1, 2), ReleaseScheduled{batch, one}, released(1, 2)})) ==
        std::vector<KeyPoolEvent>{ScheduleEnded{batch}});
}

TEST_CASE("keys are withdrawn as far as no order holds them, the newest first", "[key pool]") {
  given({imported(1, 3), released(1, 3)})
      .when(withdraw())
      .then({KeysWithdrawn{{{1, 3}}, "a leak", batch}})
      .again()
      .then_refused(Reason::keys_not_there)
      .when(release())
      .then({released(1, 3)});
  given({imported(1, 5), released(1, 5), Reserved{Quantity{2}}})
      .when(withdraw())
      .then({KeysWithdrawn{{{3, 3}}, "a leak", batch}})
      .again()
      .then_nothing();
  given({imported(1, 2), released(1, 2), Reserved{Quantity{2}}})
      .when(withdraw())
      .then({KeysWithdrawn{{}, "a leak", batch}})
      .again()
      .then_nothing();
  given({imported(1, 2), imported(3, 2, other_batch), imported(5, 2), released(1, 2), released(3, 2), released(5, 2),
         Reserved{Quantity{3}}})
      .when(withdraw())
      .then({KeysWithdrawn{{{2, 1}, {5, 2}}, "a leak", batch}});
}

TEST_CASE("bad keys are revoked where they wait and where they are for sale", "[key pool]") {
  given({imported(1, 4), released(1, 2), ReleaseScheduled{batch, one}, Reserved{Quantity{1}}})
      .when(revoke())
      .then({KeysRevoked{{{3, 2}}, {{2, 1}}, "a leak", batch}, ScheduleEnded{batch}})
      .again()
      .then_nothing();
  given({imported(1, 4)}).when(revoke()).then({KeysRevoked{{{1, 4}}, {}, "a leak", batch}});
  given({imported(1, 4), released(1, 4)}).when(revoke()).then({KeysRevoked{{}, {{1, 4}}, "a leak", batch}});
}

TEST_CASE("what open orders need of a batch leaves as soon as it is free, and nobody new gets it", "[key pool]") {
  const auto all_held = pool_after({imported(1, 2), released(1, 2), Reserved{Quantity{2}}});
  for (const bool revoked : {true, false}) {
    auto pool = revoked ? evolve(all_held, KeyPoolEvent(KeysRevoked{{}, {}, "a leak", batch}))
                        : evolve(all_held, KeyPoolEvent(KeysWithdrawn{{}, "a leak", batch}));
    CHECK(carry_on_leaving(pool).empty());
    const auto freed = carry_on_leaving(free_reserved(pool, Quantity{1}));
    REQUIRE(freed.size() == 1);
    CHECK(freed.front() == (revoked ? KeyPoolEvent(KeysRevoked{{}, {{2, 1}}, "as the rest of its batch", batch})
                                    : KeyPoolEvent(KeysWithdrawn{{{2, 1}}, "as the rest of its batch", batch})));
    // Other keys come: the open orders can have those.
    pool = evolve(evolve(pool, KeyPoolEvent(imported(3, 2, other_batch))), KeyPoolEvent(released(3, 2)));
    CHECK(next_keys(pool, Fulfilment::key_pool, Quantity{1}, KeySource::reservation) == std::vector<KeyRange>{{3, 1}});
    pool = evolve(pool, carry_on_leaving(pool).front());
    CHECK(pool.leaving.empty());
    CHECK(pool.released == 0);
    CHECK(pool.reserved == 2);
  }
}

TEST_CASE("a batch that was withdrawn goes on sale again as a whole, in its order", "[key pool]") {
  auto pool = pool_after(
      {imported(1, 2), imported(3, 1, other_batch), imported(4, 1), released(1, 2), released(3, 1), released(4, 1)});
  for (const auto& event : decide(pool, withdraw().command, withdraw().product).value()) pool = evolve(pool, event);
  for (const auto& event : decide(pool, release().command, release().product).value()) pool = evolve(pool, event);
  CHECK(next_keys(pool, Fulfilment::key_pool, Quantity{4}, KeySource::sale) ==
        std::vector<KeyRange>{{3, 1}, {1, 2}, {4, 1}});
}

TEST_CASE("a key that took the place of a bad one is for sale to nobody else", "[key pool]") {
  const auto pool = evolve(pool_after({imported(1, 3), released(1, 3)}), KeyReplaced{vip, 1, 2, "bad"});
  CHECK(next_keys(pool, Fulfilment::key_pool, Quantity{2}, KeySource::sale) == std::vector<KeyRange>{{1, 1}, {3, 1}});
}

TEST_CASE("a new sale leaves alone what waiting orders are owed", "[key pool]") {
  const auto pool = pool_after({imported(1, 3), released(1, 3), StockAwaited{vip, Quantity{2}}});
  CHECK(next_keys(pool, Fulfilment::key_pool, Quantity{1}, KeySource::sale).has_value());
  CHECK_FALSE(next_keys(pool, Fulfilment::key_pool, Quantity{2}, KeySource::sale).has_value());
  CHECK(next_keys(pool, Fulfilment::key_pool, Quantity{2}, KeySource::waiting).has_value());
}

TEST_CASE("withdrawing and revoking are refused for the product, the id, the reason, then the keys", "[key pool]") {
  const auto refused = [](KeyPoolCommand command, Product product) {
    return given({imported(1, 1), released(1, 1)}).when({std::move(command), std::move(product)});
  };
  const BatchId no_id{"no/id"};
  refused(WithdrawKeys{vip, no_id, "", noon}, NoProduct{}).then_refused(Reason::unknown_product);
  refused(WithdrawKeys{vip, no_id, "", noon}, listed(Fulfilment::manual)).then_refused(Reason::not_key_product);
  refused(WithdrawKeys{vip, no_id, "", noon}, listed(Fulfilment::key_pool)).then_refused(Reason::invalid_id);
  refused(RevokeKeys{vip, no_id, "", noon}, NoProduct{}).then_refused(Reason::unknown_product);
  refused(RevokeKeys{vip, no_id, "", noon}, listed(Fulfilment::manual)).then_refused(Reason::not_key_product);
  refused(RevokeKeys{vip, no_id, "", noon}, listed(Fulfilment::key_pool)).then_refused(Reason::invalid_id);
  for (const auto& wish : {withdraw, revoke}) {
    given({}).when(wish("", other_batch)).then_refused(Reason::reason_missing);
    given({}).when(wish("two\nlines", other_batch)).then_refused(Reason::invalid_text);
    given({imported(1, 1), released(1, 1)}).when(wish("x", other_batch)).then_refused(Reason::keys_not_there);
  }
}

TEST_CASE("keys leave in the order of their release", "[key pool]") {
  const auto pool = pool_after({imported(1, 4), released(3, 2), released(1, 2)});
  CHECK(next_sold(pool, 3) == std::vector<KeyRange>{{3, 2}, {1, 1}});
  CHECK(next_sold(pool, 4) == std::vector<KeyRange>{{3, 2}, {1, 2}});
}

TEST_CASE("an unreleased key is not for sale", "[key pool]") {
  CHECK_FALSE(next_sold(pool_after({imported(1, 4)}), 1));
  CHECK_FALSE(next_sold(pool_after({imported(1, 4), released(1, 2)}), 3));
  CHECK_FALSE(next_shared(pool_after({imported(1, 4)}), 1));
}

TEST_CASE("what one order holds, no other one gets, and the order itself gets the oldest", "[key pool]") {
  const auto pool = pool_after({imported(1, 4), released(1, 4), Reserved{Quantity{3}}});
  CHECK_FALSE(next_sold(pool, 2));
  CHECK(next_sold(pool, 1) == std::vector<KeyRange>{{1, 1}});
  CHECK(next_keys(pool, Fulfilment::key_pool, Quantity{3}, KeySource::reservation) == std::vector<KeyRange>{{1, 3}});
  const auto freed = free_reserved(pool, Quantity{3});
  CHECK(next_sold(freed, 4) == std::vector<KeyRange>{{1, 4}});
  CHECK(freed.reserved == 0);
}

TEST_CASE("a delivered key is never the next one again", "[key pool]") {
  auto pool = pool_after({imported(1, 4), released(1, 4), delivered({{1, 1}})});
  CHECK(next_sold(pool, 2) == std::vector<KeyRange>{{2, 2}});
  pool = pool_after({imported(1, 2), released(1, 2), delivered({{1, 2}})});
  CHECK_FALSE(next_sold(pool, 1));
  CHECK(pool.for_sale.empty());
}

TEST_CASE("a reusable key is handed out once per order, to every buyer, and stays for sale", "[key pool]") {
  const auto pool = pool_after({imported(1, 2), released(1, 2), shared({{1, 1}}, 7)});
  CHECK(next_shared(pool, 1) == std::vector<KeyRange>{{1, 1}});
  CHECK(next_shared(pool, 500) == std::vector<KeyRange>{{1, 1}});
  CHECK(pool == pool_after({imported(1, 2), released(1, 2)}));
}

TEST_CASE("a limited key serves as many units as it may, and leaves the sale with the last one", "[key pool]") {
  const std::vector<Pools::Past> on_sale{imported(1, 2, batch, 3), released(1, 2)};
  auto pool = pool_after(on_sale);
  CHECK(next_shared(pool, 2) == std::vector<KeyRange>{{1, 1}});
  CHECK(next_shared(pool, 4) == std::vector<KeyRange>{{1, 1}, {2, 1}});
  CHECK_FALSE(next_shared(pool, 7));
  pool = evolve(pool, shared({{1, 1}}, 2), order);
  CHECK(pool.released == 2);
  CHECK(next_shared(pool, 2) == std::vector<KeyRange>{{1, 1}, {2, 1}});
  pool = evolve(pool, shared({{1, 1}, {2, 1}}, 2), order);
  CHECK(pool.released == 1);
  CHECK(pool.delivered == 1);
  CHECK(next_shared(pool, 2) == std::vector<KeyRange>{{2, 1}});
  CHECK_FALSE(next_shared(pool, 3));
  pool = evolve(pool, shared({{2, 1}}, 2), order);
  CHECK(pool.for_sale.empty());
  CHECK(where_they_are(pool) == pool.imported);
}

TEST_CASE("what is used of a limited key is not forgotten while it is withdrawn", "[key pool]") {
  const auto pool = pool_after({imported(1, 2, batch, 3), released(1, 2), shared({{1, 1}}, 2),
                                KeysWithdrawn{{{1, 2}}, "a leak"}, released(1, 2)});
  CHECK_FALSE(next_shared(pool, 5));
  CHECK(next_shared(pool, 4) == std::vector<KeyRange>{{1, 1}, {2, 1}});
}

TEST_CASE("waiting orders get their keys one after the other, and nobody overtakes", "[key pool]") {
  auto pool = pool_after({imported(1, 3), awaited(2)});
  pool = evolve(pool, awaited(1), OrderId{"o2"});
  CHECK_FALSE(next_to_deliver(pool, Fulfilment::key_pool));
  CHECK_FALSE(next_to_deliver(evolve(pool, KeyPoolEvent{released(1, 1)}), Fulfilment::key_pool));
  pool = evolve(pool, KeyPoolEvent{released(1, 3)});
  CHECK(next_to_deliver(pool, Fulfilment::key_pool) == order);
  const auto served = evolve(pool, delivered({{1, 2}}, KeySource::waiting), order);
  CHECK(next_to_deliver(served, Fulfilment::key_pool) == OrderId{"o2"});
  CHECK(served.released == 1);
  const auto given_up = evolve(pool, StockNoLongerAwaited{vip, MemberId{"m"}, Quantity{2}}, order);
  CHECK(next_to_deliver(given_up, Fulfilment::key_pool) == OrderId{"o2"});
  CHECK_FALSE(next_to_deliver(pool_after({imported(1, 3), released(1, 3)}), Fulfilment::key_pool));
}

TEST_CASE("a key that comes back from an order is never sold again", "[key pool]") {
  const auto sold = pool_after({imported(1, 3), released(1, 3), delivered({{1, 2}})});
  const auto replaced = evolve(sold, KeyReplaced{vip, 1, 3, "dead"});
  CHECK_FALSE(next_sold(replaced, 1));
  CHECK((replaced.released == 0 && replaced.delivered == 2 && replaced.revoked == 1));
  const auto revoked = evolve(sold, DeliveredKeysRevoked{vip, RefundId{"r"}, {{1, 2}}});
  CHECK(next_sold(revoked, 1) == std::vector<KeyRange>{{3, 1}});
  CHECK((revoked.released == 1 && revoked.delivered == 0 && revoked.revoked == 2));
}

TEST_CASE("adjacent releases make one range, so that a pool stays small", "[key pool]") {
  const auto pool = pool_after({imported(1, 1000), released(1, 1000), imported(1001, 1000), released(1001, 1000)});
  CHECK(pool.for_sale == std::vector<StagedKeys>{{{1, 2000}, batch, 0, 0}});
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
        const auto keys = next_sold(pool, step);
        RC_ASSERT(keys.has_value() == (pool.released >= static_cast<std::uint64_t>(step)));
        if (!keys) continue;
        RC_ASSERT(keys->front().first == next_to_sell);
        pool = evolve(pool, delivered(*keys), order);
        next_to_sell += static_cast<std::uint64_t>(step);
      }
      RC_ASSERT(pool.imported == where_they_are(pool));
    }
  });
}
