#include "domain/commission.hpp"

#include "tests/domain/stories.hpp"

#include <cstdint>
#include <limits>
#include <numeric>

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

using namespace upline::domain;
using namespace upline::tests;

namespace {

__extension__ using Wide = __int128;
constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

CommissionBasis sale(std::int64_t amount, std::size_t chain = 3, std::int64_t quantity = 1) {
  return {Minor{amount}, Minor{0}, Quantity{quantity}, cny, std::vector<UplineMember>(chain)};
}

std::vector<std::int64_t> amounts(const PlanTerms& terms, const CommissionBasis& basis) {
  std::vector<std::int64_t> amounts;
  for (const auto& share : commission_shares(terms, basis)) amounts.push_back(share.amount.value);
  return amounts;
}

std::int64_t kept(Rate rate, std::int64_t accrued, std::int64_t due, std::int64_t before, std::int64_t refunded) {
  return kept_after_refund(rate, Minor{accrued}, Minor{due}, Minor{before}, Minor{refunded}).value;
}

/// 0 to the largest, small and huge numbers alike.
rc::Gen<std::int64_t> any_amount() {
  return rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 2000), rc::gen::inRange<std::int64_t>(0, largest),
                        rc::gen::element(std::int64_t{0}, largest - 1, largest));
}

/// Terms as a plan may have them: percentages within their cap, or fixed amounts of any size.
PlanTerms any_terms() {
  const auto cap = *rc::gen::inRange(0, basis_points_whole + 1);
  const auto levels = *rc::gen::inRange<std::size_t>(1, levels_max + 1);
  if (*rc::gen::arbitrary<bool>())
    return fixed(*rc::gen::container<std::vector<std::int64_t>>(levels, any_amount()), cap);
  std::vector<std::int32_t> rates;
  for (std::int32_t left = cap; rates.size() < levels; left -= rates.back()) {
    rates.push_back(*rc::gen::inRange(0, left + 1));
  }
  return percent(rates, cap);
}

CommissionBasis any_basis() {
  CommissionBasis basis{Minor{*any_amount()},
                        {},
                        Quantity{*rc::gen::inRange<std::int64_t>(1, quantity_max + 1)},
                        cny,
                        std::vector<UplineMember>(*rc::gen::inRange<std::size_t>(0, levels_max + 1))};
  const bool refunded_before = *rc::gen::arbitrary<bool>();
  if (refunded_before && basis.amount_due.value > 0) {
    basis.refunded_before_delivery.value = *rc::gen::inRange<std::int64_t>(0, basis.amount_due.value);
  }
  return basis;
}

}  // namespace

TEST_CASE("a level's share is its rate of the base, rounded down", "[commission]") {
  const auto shares = commission_shares(percent({1000, 500, 250}), sale(999));
  REQUIRE(shares.size() == 3);
  CHECK(shares[0].level == Level{1});
  CHECK(shares[2].level == Level{3});
  CHECK(shares[1].rate == basis_points(500));
  CHECK(amounts(percent({1000, 500, 250}), sale(999)) == std::vector<std::int64_t>{99, 49, 24});
}

TEST_CASE("each share names the member of its level, whatever the standing", "[commission]") {
  auto basis = sale(999, 0);
  basis.upline = {{c, Standing::closed}, {b, Standing::active}};
  const auto shares = commission_shares(percent({1000, 500, 250}), basis);
  REQUIRE(shares.size() == 2);
  CHECK(shares[0].beneficiary.member == c);
  CHECK(shares[0].beneficiary.standing == Standing::closed);
  CHECK(shares[0].amount == Minor{99});
  CHECK(shares[1].beneficiary.member == b);
}

TEST_CASE("the shorter of plan and chain says how many levels there are", "[commission]") {
  CHECK(amounts(percent({1000, 500, 250}), sale(999, 0)).empty());
  CHECK(amounts(percent({1000, 500, 250}), sale(999, 2)) == std::vector<std::int64_t>{99, 49});
  CHECK(amounts(percent({1000}), sale(999, 16)) == std::vector<std::int64_t>{99});
}

TEST_CASE("shares of 0 are told as well, since they may be forfeited", "[commission]") {
  CHECK(amounts(percent({1000, 0, 250}), sale(10)) == std::vector<std::int64_t>{1, 0, 0});
}

TEST_CASE("a gift has no shares", "[commission]") {
  CHECK(amounts(percent({1000}), sale(0)).empty());
  CHECK(amounts(fixed({100}), sale(0)).empty());
}

TEST_CASE("what was refunded before the delivery earns nothing", "[commission]") {
  auto basis = sale(1000);
  basis.refunded_before_delivery = Minor{400};
  CHECK(amounts(percent({1000, 500}), basis) == std::vector<std::int64_t>{60, 30});
  CHECK(amounts(fixed({500, 500}), basis) == std::vector<std::int64_t>{500, 100});
  basis.refunded_before_delivery = Minor{1000};
  CHECK(amounts(percent({1000, 500}), basis) == std::vector<std::int64_t>{0, 0});
}

TEST_CASE("fixed amounts are taken in turn from floor(base * cap / 10000)", "[commission]") {
  CHECK(amounts(fixed({30, 20, 10}), sale(100, 3, 2)) == std::vector<std::int64_t>{60, 40, 0});
  CHECK(amounts(fixed({30, 20, 10}), sale(100, 3, 1)) == std::vector<std::int64_t>{30, 20, 10});
  CHECK(amounts(fixed({30, 20, 10}, 3333), sale(100, 3, 1)) == std::vector<std::int64_t>{30, 3, 0});
  CHECK(amounts(fixed({30, 20, 10}, 0), sale(100, 3, 1)) == std::vector<std::int64_t>{0, 0, 0});
  CHECK(amounts(fixed({0, 20}), sale(100, 2, 1)) == std::vector<std::int64_t>{0, 20});
}

TEST_CASE("fixed amounts earn in their own currency only, percentages in any", "[commission]") {
  const auto in_dollars = fixed({100}, 10'000, Currency{"USD"});
  CHECK(earns_in_another_currency(in_dollars, cny));
  CHECK_FALSE(earns_in_another_currency(in_dollars, Currency{"USD"}));
  CHECK_FALSE(earns_in_another_currency(percent({100}), cny));
  CHECK(amounts(in_dollars, sale(1000)).empty());
}

TEST_CASE("the largest amounts are shared without overflow", "[commission]") {
  CHECK(amounts(percent({5000, 5000}), sale(largest)) == std::vector<std::int64_t>{largest / 2, largest / 2});
  CHECK(amounts(fixed({largest, largest}), sale(largest, 2, quantity_max)) == std::vector<std::int64_t>{largest, 0});
  CHECK(kept(basis_points(9999), 0, largest, 0, 1) ==
        static_cast<std::int64_t>(static_cast<Wide>(largest - 1) * 9999 / 10'000));
  CHECK(kept(fixed_minor(1), largest, largest, 0, 1) == largest - 1);
}

TEST_CASE("the target after a refund is the rate of what is left, rounded down", "[commission]") {
  CHECK(kept(basis_points(1000), 99, 999, 0, 500) == 49);
  CHECK(kept(basis_points(500), 49, 999, 0, 500) == 24);
  CHECK(kept(basis_points(250), 24, 999, 0, 500) == 12);
  CHECK(kept(basis_points(1000), 99, 999, 0, 999) == 0);
  CHECK(kept(basis_points(1000), 60, 1000, 400, 700) == 30);
}

TEST_CASE("the target of a fixed amount is the accrual's share of what is left, rounded down", "[commission]") {
  CHECK(kept(fixed_minor(100), 100, 999, 0, 333) == 66);
  CHECK(kept(fixed_minor(100), 100, 999, 0, 0) == 100);
  CHECK(kept(fixed_minor(100), 100, 999, 0, 999) == 0);
  CHECK(kept(fixed_minor(50), 50, 1000, 400, 700) == 25);
}

TEST_CASE("a sale never pays out more than its cap", "[commission]") {
  rc::prop("whatever the plan, the amount, the quantity and the chain", [] {
    const auto terms = any_terms();
    const auto basis = any_basis();
    const auto base = basis.amount_due.value - basis.refunded_before_delivery.value;
    const auto shares = amounts(terms, basis);
    Wide sum = 0;
    for (const auto share : shares) {
      RC_ASSERT(share >= 0);
      sum += share;
    }
    RC_ASSERT(sum <= static_cast<Wide>(base) * terms.payout_cap.value / basis_points_whole);
  });
}

TEST_CASE("after any refund the levels keep no more than the cap of what is left", "[commission]") {
  rc::prop("and never more than they had", [] {
    const auto terms = any_terms();
    const auto basis = any_basis();
    RC_PRE(basis.amount_due > basis.refunded_before_delivery);
    const auto before = basis.refunded_before_delivery.value;
    const auto refunded = *rc::gen::inRange<std::int64_t>(before, basis.amount_due.value) + *rc::gen::inRange(0, 2);
    Wide sum = 0;
    for (const auto& share : commission_shares(terms, basis)) {
      const auto target = kept(share.rate, share.amount.value, basis.amount_due.value, before, refunded);
      RC_ASSERT(target >= 0);
      RC_ASSERT(target <= share.amount.value);
      sum += target;
    }
    const Wide left = basis.amount_due.value - refunded;
    RC_ASSERT(sum <= left * terms.payout_cap.value / basis_points_whole);
  });
}

TEST_CASE("before any refund a level's target is its share, and after a full one nothing", "[commission]") {
  rc::prop("for percentages and for fixed amounts", [] {
    const auto terms = any_terms();
    const auto basis = any_basis();
    RC_PRE(basis.amount_due > basis.refunded_before_delivery);
    const auto due = basis.amount_due.value;
    const auto before = basis.refunded_before_delivery.value;
    for (const auto& share : commission_shares(terms, basis)) {
      RC_ASSERT(kept(share.rate, share.amount.value, due, before, before) == share.amount.value);
      RC_ASSERT(kept(share.rate, share.amount.value, due, before, due) == 0);
    }
  });
}

TEST_CASE("what rounding leaves with the merchant is told to the ten-thousandth of a minor unit", "[commission]") {
  const Rate ten_percent{RateKind::basis_points, 1000};
  CHECK(rounded_off_ten_thousandths(ten_percent, Minor{999}, Minor{99}) == 9000);
  CHECK(rounded_off_ten_thousandths(ten_percent, Minor{1000}, Minor{100}) == 0);
  CHECK(rounded_off_ten_thousandths({RateKind::basis_points, 25}, Minor{3}, Minor{0}) == 75);
  CHECK(rounded_off_ten_thousandths({RateKind::fixed_minor, 50}, Minor{999}, Minor{50}) == 0);
}

TEST_CASE("what was rounded off is exact for amounts whose products do not fit 64 bits", "[commission]") {
  rc::prop("between nothing and one minor unit", [] {
    const Minor base{*rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max())};
    const auto rate = *rc::gen::inRange(0, basis_points_whole + 1);
    const auto amount = share_rounded_down(base, rate, basis_points_whole);
    const auto rest = rounded_off_ten_thousandths({RateKind::basis_points, rate}, base, amount);
    RC_ASSERT(rest >= 0);
    RC_ASSERT(rest < basis_points_whole);
  });
}
