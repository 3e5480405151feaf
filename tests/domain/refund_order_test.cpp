#include "domain/refund_order.hpp"

#include "tests/domain/shop.hpp"
#include "tests/domain/stories.hpp"

#include <limits>

using namespace upline::domain;
using namespace upline::tests;

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
const auto example = percent({1000, 500, 250});
const auto may_3 = at("2026-05-03T09:30:00Z");
const auto may_20 = at("2026-05-20T12:00:00Z");

NewEvents sold() { return joined(chain_of_four(example), worked_sale()); }

/// 5.00 of the 9.99 on 3 May: targets on 499 are 49, 24 and 12.
NewEvents first_refund() {
  return {refunded("r1", 500, may_3), reversed(c, 1, "r1", 50, may_3, may_8), reversed(b, 2, "r1", 25, may_3, may_8),
          reversed(a, 3, "r1", 12, may_3, may_8)};
}

template <class Change>
RefundOrder refund_but(Change change) {
  auto command = refund("r1", 500, may_3);
  change(command);
  return command;
}

}  // namespace

TEST_CASE("the worked example: refunds of 5.00 on 3 May and 4.99 on 20 May take everything back", "[refund]") {
  given(sold())
      .when(refund("r1", 500, may_3))
      .then(first_refund())
      .again()
      .then_nothing()
      .when(refund("r2", 499, may_20))
      .then({refunded("r2", 499, may_20), reversed(c, 1, "r2", 49, may_20, may_20),
             reversed(b, 2, "r2", 24, may_20, may_20), reversed(a, 3, "r2", 12, may_20, may_20)})
      .again()
      .then_nothing()
      .when(refund("r1", 500, may_3))
      .then_nothing()
      .when(refund("r3", 1, may_20))
      .then_refused(Reason::refund_too_large);
}

TEST_CASE("a full refund takes back exactly what was accrued", "[refund]") {
  given(sold())
      .when(refund("r1", 999, may_3))
      .then({refunded("r1", 999, may_3), reversed(c, 1, "r1", 99, may_3, may_8), reversed(b, 2, "r1", 49, may_3, may_8),
             reversed(a, 3, "r1", 24, may_3, may_8)});
}

TEST_CASE("a reversal of 0 is not written", "[refund]") {
  // Of 999, a refund of 1 leaves 99, 49 and 24; one of 9 leaves 99, 49 and 24 as well; of 10, 98, 49 and 24.
  given(sold())
      .when(refund("r1", 1, may_3))
      .then({refunded("r1", 1, may_3)})
      .when(refund("r2", 8, may_3))
      .then({refunded("r2", 8, may_3)})
      .when(refund("r3", 1, may_3))
      .then({refunded("r3", 1, may_3), reversed(c, 1, "r3", 1, may_3, may_8)});
}

TEST_CASE("a reversal is available with its accrual while that is pending, and at once from then on", "[refund]") {
  const Timestamp just_before{may_8.microseconds - 1};
  const Timestamp just_after{may_8.microseconds + 1};
  for (const auto& [when, available_at] : {std::pair{just_before, may_8}, {may_8, may_8}, {just_after, just_after}}) {
    given(sold())
        .when(refund("r1", 999, when))
        .then({refunded("r1", 999, when), reversed(c, 1, "r1", 99, when, available_at),
               reversed(b, 2, "r1", 49, when, available_at), reversed(a, 3, "r1", 24, when, available_at)});
  }
}

TEST_CASE("a refund that is dated before the sale reverses no earlier than the accrual", "[refund]") {
  const auto april = at("2026-04-01T00:00:00Z");
  given(sold())
      .when(refund("r1", 999, april))
      .then({refunded("r1", 999, april), reversed(c, 1, "r1", 99, may_1, may_8), reversed(b, 2, "r1", 49, may_1, may_8),
             reversed(a, 3, "r1", 24, may_1, may_8)})
      .again()
      .then_nothing();
}

TEST_CASE("what was accrued is taken back whatever became of the member or the plan since", "[refund]") {
  given(and_then(sold(), of_member(c, MemberClosed{"x"}), of_member(b, MemberSuspended{"x"}),
                 published(percent({9000}), 2)))
      .when(refund("r1", 500, may_3))
      .then(first_refund());
}

TEST_CASE("a level that forfeited gives nothing back", "[refund]") {
  given(and_then(chain_of_four(example), of_member(c, MemberSuspended{"x"}), placed(999), paid(999), delivered(),
                 forfeited(c, 1, basis_points(1000), 999, 99, ForfeitReason::suspended),
                 accrued(b, 2, basis_points(500), 999, 49), of_member(c, MemberResumed{})))
      .when(refund("r1", 999, may_3))
      .then({refunded("r1", 999, may_3), reversed(b, 2, "r1", 49, may_3, may_8)});
}

TEST_CASE("fixed amounts are taken back in proportion to what is not refunded", "[refund]") {
  const auto terms = fixed({100, 50});
  given(and_then(chain_of_four(terms), placed(999), paid(999, {c, b}), delivered(),
                 accrued(c, 1, fixed_minor(100), 999, 100), accrued(b, 2, fixed_minor(50), 999, 50)))
      .when(refund("r1", 333, may_3))  // floor(100 * 666 / 999) = 66, floor(50 * 666 / 999) = 33
      .then(
          {refunded("r1", 333, may_3), reversed(c, 1, "r1", 34, may_3, may_8), reversed(b, 2, "r1", 17, may_3, may_8)})
      .when(refund("r2", 1, may_3))  // floor(100 * 665 / 999) = 66, floor(50 * 665 / 999) = 33
      .then({refunded("r2", 1, may_3)})
      .when(refund("r3", 665, may_20))
      .then({refunded("r3", 665, may_20), reversed(c, 1, "r3", 66, may_20, may_20),
             reversed(b, 2, "r3", 33, may_20, may_20)});
}

TEST_CASE("what was refunded before the delivery is no part of the base", "[refund]") {
  const auto delivered_later = [](const PlanTerms& terms, Rate rate, std::int64_t accrual) {
    return and_then(chain_of_four(terms), placed(1000), paid(1000, {c}), refunded("r0", 400, may_1), delivered(),
                    accrued(c, 1, rate, 600, accrual));
  };
  given(delivered_later(percent({1000}), basis_points(1000), 60))
      .when(refund("r1", 300, may_3))  // floor(300 * 10%) = 30 stays
      .then({refunded("r1", 300, may_3), reversed(c, 1, "r1", 30, may_3, may_8)})
      .when(refund("r2", 301, may_3))
      .then_refused(Reason::refund_too_large);
  given(delivered_later(fixed({50}), fixed_minor(50), 50))
      .when(refund("r1", 300, may_3))  // floor(50 * 300 / 600) = 25 stays
      .then({refunded("r1", 300, may_3), reversed(c, 1, "r1", 25, may_3, may_8)})
      .when(refund("r2", 300, may_3))
      .then({refunded("r2", 300, may_3), reversed(c, 1, "r2", 25, may_3, may_8)});
}

TEST_CASE("an order that is paid and not delivered is refunded without a reversal", "[refund]") {
  given(and_then(chain_of_four(example), placed(999), paid(999)))
      .when(refund("r1", 500, may_3))
      .then({refunded("r1", 500, may_3)})
      .again()
      .then_nothing()
      .when(refund("r2", 500, may_3))
      .then_refused(Reason::refund_too_large)
      .when(refund("r2", 499, may_3))
      .then({refunded("r2", 499, may_3)})
      .when(refund("r3", 1, may_3))
      .then_refused(Reason::refund_too_large);
}

TEST_CASE("the same refund again is nothing, and with another content a conflict", "[refund]") {
  const auto done = given(joined(sold(), first_refund()));
  done.when(refund("r1", 500, may_3)).then_nothing();
  done.when(refund_but([](auto& r) { r.order = OrderId{"no/id"}; })).then_refused(Reason::conflict);
  done.when(refund_but([](auto& r) { r.amount = Minor{-1}; })).then_refused(Reason::conflict);
  done.when(refund_but([](auto& r) { r.reason = "a\nb"; })).then_refused(Reason::conflict);
  done.when(refund_but([](auto& r) { r.occurred_at = may_20; })).then_refused(Reason::conflict);
}

TEST_CASE("a refund from a file, which has no reason, is the same as a live one that had a reason", "[refund]") {
  auto live = refund("r1", 500, may_3);
  live.reason = "bad key";
  auto events = sold();
  events.push_back({stream_of(live.order), may_3, OrderRefunded{live.refund, live.amount, live.reason}});
  given(events).when(refund("r1", 500, may_3)).then_nothing();
}

TEST_CASE("a refund is refused for the first of all its faults", "[refund]") {
  auto wrong = refund("no/id", 0, may_3);
  wrong.reason = "a\nb";
  given(chain_of_four(example)).when(wrong).then_refused(Reason::invalid_id);
  wrong.refund = RefundId{"r1"};
  given(chain_of_four(example)).when(wrong).then_refused(Reason::unknown_order);
  given(and_then(chain_of_four(example), placed(999))).when(wrong).then_refused(Reason::not_paid);
  for (const auto& shop : {given(sold()), given(and_then(chain_of_four(example), placed(999), paid(999)))}) {
    auto refused = wrong;
    shop.when(refused).then_refused(Reason::invalid_amount);
    refused.amount = Minor{-1};
    shop.when(refused).then_refused(Reason::invalid_amount);
    refused.amount = Minor{1000};
    shop.when(refused).then_refused(Reason::refund_too_large);
    refused.amount = Minor{999};
    shop.when(refused).then_refused(Reason::invalid_text);
    refused.reason = std::string(501, 'x');
    shop.when(refused).then_refused(Reason::invalid_text);
  }
}

TEST_CASE("a gift has nothing to refund", "[refund]") {
  given(and_then(chain_of_four(example), placed(0), paid(0), delivered()))
      .when(refund("r1", 1, may_3))
      .then_refused(Reason::refund_too_large);
}

TEST_CASE("the largest amounts are refunded without overflow", "[refund]") {
  const auto huge = and_then(chain_of_four(percent({10'000})), placed(largest), paid(largest, {c}), delivered(),
                             accrued(c, 1, basis_points(10'000), largest, largest));
  given(huge)
      .when(refund("r1", largest, may_3))
      .then({refunded("r1", largest, may_3), reversed(c, 1, "r1", largest, may_3, may_8)});
  given(huge)
      .when(refund("r1", 1, may_3))
      .then({refunded("r1", 1, may_3), reversed(c, 1, "r1", 1, may_3, may_8)})
      .when(refund("r2", largest, may_3))
      .then_refused(Reason::refund_too_large);
}

TEST_CASE("a chargeback follows a refund's rules, and is none", "[refund]") {
  auto chargeback = refund("r1", 999, may_3);
  chargeback.kind = RefundKind::chargeback;
  auto event = refunded("r1", 999, may_3);
  std::get<OrderRefunded>(event.event).kind = RefundKind::chargeback;
  given(sold())
      .when(chargeback)
      .then({event, reversed(c, 1, "r1", 99, may_3, may_8), reversed(b, 2, "r1", 49, may_3, may_8),
             reversed(a, 3, "r1", 24, may_3, may_8)})
      .again()
      .then_nothing()
      .when(refund("r1", 999, may_3))
      .then_refused(Reason::conflict);
  CHECK(name(RefundKind::refund) == "refund");
  CHECK(name(RefundKind::chargeback) == "chargeback");
}

TEST_CASE("a refund takes the keys back that the order holds, where that is asked for", "[refund]") {
  const auto with_keys = and_then(chain_of_four(percent({1000}), Fulfilment::key_pool),
                                  of_pool(KeysImported{BatchId{"b1"}, 1, std::vector<SealedKey>(3)}),
                                  of_pool(KeysReleased{{1, 3}}), placed(999, 2), paid(999, {c}),
                                  of_order(KeysDelivered{vip, {{1, 2}}, false, KeySource::sale, Quantity{2}}),
                                  accrued(c, 1, basis_points(1000), 999, 99));
  auto with_its_keys = refund("r1", 500, may_3);
  with_its_keys.revoke_keys = true;
  const auto revoked = [](std::vector<KeyRange> keys) {
    return of_order(DeliveredKeysRevoked{vip, RefundId{"r1"}, std::move(keys)}, may_3);
  };
  const NewEvents money{refunded("r1", 500, may_3), reversed(c, 1, "r1", 50, may_3, may_8)};
  auto second = refund("r2", 499, may_3);
  second.revoke_keys = true;
  given(with_keys)
      .when(with_its_keys)
      .then(and_then(money, revoked({{1, 2}})))
      .again()
      .then_nothing()
      .when(second)
      .then({refunded("r2", 499, may_3), reversed(c, 1, "r2", 49, may_3, may_8)});
  given(and_then(with_keys, of_order(KeyReplaced{vip, 1, 3, "dead"})))
      .when(with_its_keys)
      .then(and_then(money, revoked({{2, 1}, {3, 1}})));
  given(with_keys).when(refund("r1", 500, may_3)).then(money);
}

TEST_CASE("a shared key is nobody's to be taken back", "[refund]") {
  auto with_its_keys = refund("r1", 500, may_3);
  with_its_keys.revoke_keys = true;
  given(and_then(chain_of_four(percent({1000}), Fulfilment::reusable),
                 of_pool(KeysImported{BatchId{"b1"}, 1, std::vector<SealedKey>(1)}), of_pool(KeysReleased{{1, 1}}),
                 placed(999), paid(999, {}),
                 of_order(KeysDelivered{vip, {{1, 1}}, true, KeySource::sale, Quantity{1}})))
      .when(with_its_keys)
      .then({refunded("r1", 500, may_3)});
}

TEST_CASE("an order that waits for stock leaves the queue when it is paid back in full", "[refund]") {
  const auto waiting =
      and_then(chain_of_four(percent({1000}), Fulfilment::key_pool), ordered(999), of_order(OrderExpired{vip, {}}),
               paid_live("p1", 999, {c}), of_order(StockAwaited{vip, Quantity{1}}));
  given(waiting)
      .when(refund("r1", 500, may_3))
      .then({refunded("r1", 500, may_3)})
      .when(refund("r2", 499, may_3))
      .then({refunded("r2", 499, may_3), of_order(StockNoLongerAwaited{vip, d, Quantity{1}}, may_3)})
      .again()
      .then_nothing();
}

TEST_CASE("an order that ended unpaid is not refunded: what came in is owed back", "[refund]") {
  const auto open = and_then(chain_of_four(example), ordered(999), received("p1", 400, PaymentEffect::underpays));
  given(open).when(refund("r1", 400, may_3)).then_refused(Reason::not_paid);
  given(and_then(open, of_order(OrderExpired{vip, {}}))).when(refund("r1", 400, may_3)).then_refused(Reason::not_paid);
  given(and_then(open, of_order(OrderCancelled{vip, {}, ""})))
      .when(refund("r1", 400, may_3))
      .then_refused(Reason::not_paid);
}
