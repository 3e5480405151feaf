// Partial refunds never drift: however a refund is cut into pieces, it ends where one refund of the sum would.
#include "tests/domain/shop.hpp"
#include "tests/domain/stories.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

#include <rapidcheck/catch.h>

using namespace upline::domain;
using namespace upline::tests;

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

struct Sale {
  PlanTerms terms{};
  std::int64_t amount{};
  std::int64_t quantity{};
};

Sale any_sale() {
  const auto amount = *rc::gen::oneOf(rc::gen::inRange<std::int64_t>(1, 2000), rc::gen::inRange(largest / 2, largest),
                                      rc::gen::just(largest));
  const auto quantity = *rc::gen::inRange<std::int64_t>(1, 20);
  if (*rc::gen::arbitrary<bool>()) {
    const auto rate = rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 200), rc::gen::just(largest));
    return {fixed(*rc::gen::container<std::vector<std::int64_t>>(3, rate), *rc::gen::inRange(0, 10'001)), amount,
            quantity};
  }
  return {percent(*rc::gen::container<std::vector<std::int32_t>>(3, rc::gen::inRange(0, 3334))), amount, quantity};
}

Shop shop_with(const Sale& sale) {
  Shop shop;
  shop.append(chain_of_four(sale.terms));
  if (!shop.send(purchase(sale.amount, sale.quantity))) FAIL("the sale was refused");
  return shop;
}

/// Pieces of 1 and more that add up to the sum.
std::vector<std::int64_t> any_pieces(std::int64_t sum) {
  std::vector<std::int64_t> pieces;
  while (sum > 0 && pieces.size() < 12) {
    const bool is_last = pieces.size() == 11 || *rc::gen::inRange(0, 6) == 0;
    pieces.push_back(is_last ? sum : *rc::gen::inRange<std::int64_t>(0, sum) + 1);
    sum -= pieces.back();
  }
  return pieces;
}

void refund_all(Shop& shop, const std::vector<std::int64_t>& pieces) {
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    RC_ASSERT(shop.send(refund("r" + std::to_string(i), pieces[i], may_8)).has_value());
  }
}

std::map<std::uint8_t, std::int64_t> kept_by_level(const Shop& shop) {
  std::map<std::uint8_t, std::int64_t> kept;
  for (const auto& held : std::get<DeliveredOrder>(shop.order(order_1)).accruals) {
    kept[held.level.value] = held.kept.value;
  }
  return kept;
}

}  // namespace

TEST_CASE("any split of refunds leaves what one refund of the same total leaves", "[refund]") {
  rc::prop("at every level, for every plan", [] {
    const auto sale = any_sale();
    const auto total = *rc::gen::inRange<std::int64_t>(0, sale.amount) + 1;
    auto at_once = shop_with(sale);
    refund_all(at_once, {total});
    auto in_pieces = shop_with(sale);
    refund_all(in_pieces, any_pieces(total));
    RC_ASSERT(kept_by_level(in_pieces) == kept_by_level(at_once));
  });
}

TEST_CASE("a full refund leaves nothing, however it was cut into pieces", "[refund]") {
  rc::prop("and the order takes no other", [] {
    const auto sale = any_sale();
    auto shop = shop_with(sale);
    refund_all(shop, any_pieces(sale.amount));
    for (const auto& [level, kept] : kept_by_level(shop)) RC_ASSERT(kept == 0);
    const auto one_more = shop.send(refund("one-more", 1, may_8));
    RC_ASSERT(one_more.error().reason == Reason::refund_too_large);
  });
}

TEST_CASE("what is kept never rises with a refund, and no reversal is 0 or below", "[refund]") {
  rc::prop("refund after refund", [] {
    const auto sale = any_sale();
    auto shop = shop_with(sale);
    auto before = kept_by_level(shop);
    std::size_t number = 0;
    for (const auto piece : any_pieces(sale.amount)) {
      const auto events = shop.send(refund("r" + std::to_string(number++), piece, may_8));
      for (const auto& event : *events) {
        const auto* reversal = std::get_if<CommissionReversed>(&event.event);
        if (reversal != nullptr) RC_ASSERT(reversal->amount > Minor{0});
      }
      const auto after = kept_by_level(shop);
      for (const auto& [level, kept] : after) {
        RC_ASSERT(kept >= 0);
        RC_ASSERT(kept <= before.at(level));
      }
      before = after;
    }
  });
}
