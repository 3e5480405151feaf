// Logs whose commissions were tampered with or computed wrongly: each one is caught.
#include "tests/domain/tampering.hpp"

using namespace upline::domain;
using namespace upline::tests;
using Catch::Contains;
TEST_CASE("an accrual that is not what the frozen plan gives is caught", "[books]") {
  const auto accrual = [](auto change) { return with<CommissionAccrued>(change); };
  CHECK_THAT(accrual([](auto& e) { ++e.amount.value; }), Contains("100 accrues where the plan gives 99"));
  CHECK_THAT(accrual([](auto& e) { --e.amount.value; }), Contains("98 accrues where the plan gives 99"));
  CHECK_THAT(accrual([](auto& e) { e.amount.value = 0; }), Contains("not above 0"));
  CHECK_THAT(accrual([](auto& e) { ++e.rate.value; }), Contains("the rate"));
  CHECK_THAT(accrual([](auto& e) { e.rate.kind = RateKind::fixed_minor; }), Contains("the rate"));
  CHECK_THAT(accrual([](auto& e) { ++e.base.value; }), Contains("the base"));
  CHECK_THAT(accrual([](auto& e) { e.currency.code = "USD"; }), Contains("the currency"));
  CHECK_THAT(accrual([](auto& e) { ++e.plan_version.value; }), Contains("the plan version"));
  CHECK_THAT(accrual([](auto& e) { e.plan = plan_fixed; }), Contains("the plan version"));
  CHECK_THAT(accrual([](auto& e) { e.level.value = 0; }), Contains("not this level"));
  CHECK_THAT(accrual([](auto& e) { e.level.value = 4; }), Contains("not this level"));
  CHECK_THAT(accrual([](auto& e) { e.level.value = 3; }), Contains("not this level"));
  CHECK_THAT(accrual([](auto& e) { ++e.available_at.microseconds; }), Contains("the accrual's hold"));
  CHECK_THAT(with<CommissionAccrued>([](auto& e) { ++e.amount.value; }, 4), Contains("201 accrues"));
}

TEST_CASE("an accrual to another member, at another time, or of another order is caught", "[books]") {
  CHECK_THAT(with_envelope<CommissionAccrued>([](auto& e) { e.stream = account_stream(b); }),
             Contains("not this level"));
  CHECK_THAT(with_envelope<CommissionAccrued>([](auto& e) { ++e.occurred_at.microseconds; }),
             Contains("not dated at the delivery"));
  CHECK_THAT(with<CommissionAccrued>([](auto& e) { e.order.value = "o9"; }), Contains("neither earned nor forfeited"));
  CHECK_THAT(with<CommissionAccrued>([](auto& e) { e.order.value = "o1"; }, 2),
             Contains("neither earned nor forfeited"));
}

TEST_CASE("a share that is earned twice, or by nobody, is caught", "[books]") {
  CHECK_THAT(twice<CommissionAccrued>(), Contains("accrued or forfeited before"));
  CHECK_THAT(twice<CommissionAccrued>(1), Contains("accrued or forfeited before"));
  CHECK_THAT(twice<CommissionForfeited>(), Contains("accrued or forfeited before"));
  CHECK_THAT(without<CommissionAccrued>(), Contains("1 level of order o1 neither earned nor forfeited"));
  CHECK_THAT(without<CommissionAccrued>(1), Contains("1 level of order o1 neither earned nor forfeited"));
  CHECK_THAT(without<CommissionForfeited>(), Contains("1 level of order o1 neither earned nor forfeited"));
  CHECK_THAT(after([](Log& log) {
               const auto gift_delivery = index_of<KeysDelivered>(log, 2);
               log.insert(log.begin() + static_cast<std::ptrdiff_t>(gift_delivery) + 1,
                          log[index_of<CommissionAccrued>(log)]);
               std::get<CommissionAccrued>(log[gift_delivery + 1].event).order.value = "gift";
               renumber(log);
             }),
             Contains("the base"));
}

TEST_CASE("a commission before the delivery is caught", "[books]") {
  const auto swap_with_delivery = [](std::size_t (*index)(const Log&, std::size_t)) {
    return after([&](Log& log) {
      std::swap(log[index_of<KeysDelivered>(log)], log[index(log, 0)]);
      renumber(log);
    });
  };
  CHECK_THAT(swap_with_delivery(index_of<CommissionAccrued>), Contains("order o1 is paid, and neither delivered"));
  CHECK_THAT(swap_with_delivery(index_of<CommissionForfeited>), Contains("order o1 is paid, and neither delivered"));
  CHECK_THAT(after([](Log& log) {
               std::swap(log[index_of<CommissionWithheld>(log)], log[index_of<OrderDelivered>(log, 1)]);
               renumber(log);
             }),
             Contains("order o4 is paid, and neither delivered"));
}

TEST_CASE("a commission of an order that is still to be delivered is caught", "[books]") {
  const auto after_payment = [](const NewEvent& event) {
    Shop shop;
    shop.append(
        and_then(chain_of_four(percent({1000}), Fulfilment::manual), ordered(999), paid_live("p", 999, {c}), event));
    return broken_identity(shop.log());
  };
  CHECK_THAT(after_payment(forfeited(c, 1, basis_points(1000), 999, 99, ForfeitReason::suspended)),
             Contains("forfeited before the delivery"));
  CHECK_THAT(after_payment(of_order(CommissionWithheld{plan_p, PlanVersion{1}, Currency{"USD"}, cny})),
             Contains("withheld before the delivery"));
  const auto early_accrual = [] {
    Shop shop;
    shop.append(and_then(chain_of_four(percent({1000}), Fulfilment::manual), ordered(999), paid_live("p", 999, {c})));
    auto log = shop.log();
    const auto accrual = accrued(c, 1, basis_points(1000), 999, 99);
    log.push_back({Position{log.size() + 1}, accrual.stream, Version{1}, may_1, may_1, accrual.event});
    return broken_identity(log);
  };
  CHECK_THAT(early_accrual(), Contains("accrues before the delivery"));
}

TEST_CASE("a share that is earned or forfeited against the member's standing is caught", "[books]") {
  CHECK_THAT(with<CommissionForfeited>([](auto& e) { e.reason = ForfeitReason::closed; }),
             Contains("a member forfeits that is not closed"));
  CHECK_THAT(without<MemberSuspended>(), Contains("a member forfeits that is not suspended"));
  CHECK_THAT(after([](Log& log) {
               const auto suspension = index_of<MemberSuspended>(log);
               log[suspension].stream = stream_of(c);
               renumber(log);
             }),
             Contains("a member forfeits that is not suspended"));
  CHECK_THAT(after([](Log& log) {
               auto another = log[index_of<MemberSuspended>(log)];
               another.stream = stream_of(c);
               log.insert(log.begin() + static_cast<std::ptrdiff_t>(index_of<OrderPlaced>(log)), another);
               renumber(log);
             }),
             Contains("the member is suspended"));
}

TEST_CASE("a forfeit that is not the level's share is caught", "[books]") {
  const auto forfeit = [](auto change) { return with<CommissionForfeited>(change); };
  CHECK_THAT(forfeit([](auto& e) { ++e.amount.value; }), Contains("what its plan does not give it"));
  CHECK_THAT(forfeit([](auto& e) { ++e.rate.value; }), Contains("what its plan does not give it"));
  CHECK_THAT(forfeit([](auto& e) { ++e.base.value; }), Contains("what its plan does not give it"));
  CHECK_THAT(forfeit([](auto& e) { e.currency.code = "USD"; }), Contains("what its plan does not give it"));
  CHECK_THAT(forfeit([](auto& e) { e.plan = plan_fixed; }), Contains("what its plan does not give it"));
  CHECK_THAT(forfeit([](auto& e) { e.beneficiary = a; }), Contains("not level 2 of the frozen chain"));
  CHECK_THAT(forfeit([](auto& e) { e.level.value = 9; }), Contains("not level 9 of the frozen chain"));
}

TEST_CASE("a commission that is withheld for no reason is caught", "[books]") {
  CHECK_THAT(with<CommissionWithheld>([](auto& e) { e.order_currency.code = "USD"; }), Contains("that the plan gives"));
  CHECK_THAT(with<CommissionWithheld>([](auto& e) { e.plan = plan_fixed; }), Contains("that the plan gives"));
  CHECK_THAT(with<CommissionWithheld>([](auto& e) { e.order_currency.code = "EUR"; }), Contains("that the plan gives"));
}

TEST_CASE("a forfeit in the middle of another order's delivery is caught", "[books]") {
  CHECK_THAT(after([](Log& log) {
               const auto forfeit = log[index_of<CommissionForfeited>(log, 2)];
               log.insert(log.begin() + static_cast<std::ptrdiff_t>(index_of<CommissionAccrued>(log, 3)), forfeit);
               log[index_of<CommissionForfeited>(log, 2)].stream = stream_of(order_1);
               renumber(log);
             }),
             Contains("1 level of order o2 neither earned nor forfeited"));
}

TEST_CASE("a reversal that is too large or too small is caught", "[books]") {
  const auto reversal = [](auto change, std::size_t n = 0) { return with<CommissionReversed>(change, n); };
  CHECK_THAT(reversal([](auto& e) { ++e.amount.value; }), Contains("51 is taken back of 99, of which 49 stays"));
  CHECK_THAT(reversal([](auto& e) { --e.amount.value; }), Contains("49 is taken back of 99, of which 49 stays"));
  CHECK_THAT(reversal([](auto& e) { e.amount.value = 0; }), Contains("0 is taken back"));
  CHECK_THAT(reversal([](auto& e) { e.amount.value = -50; }), Contains("-50 is taken back"));
  CHECK_THAT(reversal([](auto& e) { ++e.amount.value; }, 2), Contains("68 is taken back of 200, of which 133 stays"));
  CHECK_THAT(reversal([](auto& e) { ++e.amount.value; }, 4), Contains("13 is taken back of 12, of which 0 stays"));
}

TEST_CASE("a reversal of what the member does not hold is caught", "[books]") {
  const auto reversal = [](auto change) { return with<CommissionReversed>(change); };
  CHECK_THAT(reversal([](auto& e) { e.level.value = 2; }), Contains("holds no accrual"));
  CHECK_THAT(reversal([](auto& e) { e.level.value = 3; }), Contains("holds no accrual"));
  CHECK_THAT(reversal([](auto& e) { e.level.value = 0; }), Contains("holds no accrual"));
  CHECK_THAT(reversal([](auto& e) { e.plan = plan_fixed; }), Contains("the plan is not the accrual's"));
  CHECK_THAT(reversal([](auto& e) { e.currency.code = "USD"; }), Contains("the currency is not the accrual's"));
  CHECK_THAT(with_envelope<CommissionReversed>([](auto& e) {
               e.stream = account_stream(b);  // who forfeited level 2
               e.version = Version{1};
               std::get<CommissionReversed>(e.event).level.value = 2;
             }),
             Contains("holds no accrual"));
  CHECK_THAT(with_envelope<CommissionReversed>([](auto& e) {
               e.stream = account_stream(d);
               e.version = Version{1};
             }),
             Contains("holds no accrual"));
}

TEST_CASE("a reversal that its refund does not explain is caught", "[books]") {
  const auto reversal = [](auto change) { return with<CommissionReversed>(change); };
  CHECK_THAT(reversal([](auto& e) { e.refund.value = "r9"; }), Contains("follows from no refund"));
  CHECK_THAT(reversal([](auto& e) { e.order.value = "o2"; }),
             Contains("2 levels of order o1 kept more than refund r1"));
  CHECK_THAT(without<OrderRefunded>(), Contains("follows from no refund"));
  CHECK_THAT(twice<CommissionReversed>(), Contains("49 is taken back of 49, of which 49 stays") ||
                                              Contains("50 is taken back of 49, of which 49 stays"));
  CHECK_THAT(twice<CommissionReversed>(4), Contains("follows from no refund"));
}

TEST_CASE("a reversal that is missing is caught, in the middle of the log and at its end", "[books]") {
  CHECK_THAT(without<CommissionReversed>(), Contains("1 level of order o1 kept more than refund r1 leaves it"));
  CHECK_THAT(without<CommissionReversed>(1), Contains("1 level of order o1 kept more than refund r1 leaves it"));
  CHECK(after([](Log& log) { log.resize(53); }) ==
        "After position 53: 1 level of order o1 kept more than refund r3 leaves it.");
}

TEST_CASE("a refund whose amount was changed no longer explains its reversals", "[books]") {
  CHECK_THAT(with<OrderRefunded>([](auto& e) { e.amount.value = 490; }), Contains("of which 50 stays"));
  CHECK_THAT(with<OrderRefunded>([](auto& e) { e.amount.value = 1; }), Contains("follows from no refund"));
}

TEST_CASE("a reversal that dates from before its accrual, or counts before it, is caught", "[books]") {
  CHECK_THAT(with_envelope<CommissionReversed>([](auto& e) { e.occurred_at.microseconds = may_1.microseconds - 1; }),
             Contains("dated before its accrual"));
  CHECK_THAT(with<CommissionReversed>([](auto& e) { e.available_at.microseconds = may_8.microseconds - 1; }),
             Contains("available before its accrual"));
}

TEST_CASE("a reversal that is dated by neither its refund nor its accrual is caught", "[books]") {
  CHECK_THAT(with_envelope<CommissionReversed>([](auto& e) { ++e.occurred_at.microseconds; }),
             Contains("dated neither"));
  CHECK_THAT(with<CommissionReversed>([](auto& e) { ++e.available_at.microseconds; }), Contains("dated neither"));
  CHECK_THAT(with<CommissionReversed>([](auto& e) { --e.available_at.microseconds; }, 3), Contains("dated neither"));
}

TEST_CASE("the amount of any entry, changed by 1, is caught", "[books]") {
  for (const std::int64_t change : {-1, 1}) {
    for (std::size_t n = 0; n < 5; ++n) {
      CHECK_FALSE(with<CommissionAccrued>([&](auto& e) { e.amount.value += change; }, n).empty());
      CHECK_FALSE(with<CommissionReversed>([&](auto& e) { e.amount.value += change; }, n).empty());
    }
  }
}
