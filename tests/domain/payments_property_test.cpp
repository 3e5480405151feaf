// Gateways call back in any order, late, and more than once. What comes of an order does not depend on it.
#include "tests/domain/replay.hpp"
#include "tests/domain/shop.hpp"
#include "tests/domain/stories.hpp"

#include <algorithm>
#include <tuple>

#include <rapidcheck/catch.h>

using namespace upline::domain;
using namespace upline::tests;

namespace {

const Currency usd{"USD"};

/// An order of two units is open for ten minutes; B is suspended.
Shop open_shop(Fulfilment fulfilment) {
  Shop shop;
  shop.append(and_then(chain_of_four(percent({1000, 500, 250}), fulfilment), of_member(b, MemberSuspended{"x"})));
  if (takes_keys(fulfilment)) {
    RC_ASSERT(shop.send(ImportKeys{vip, BatchId{"b1"}, std::vector<SealedKey>(3), true, 0, opening}).has_value());
  }
  const auto placed = shop.send(
      PlaceOrder{.order = order_1, .member = d, .product = vip, .quantity = Quantity{2}, .occurred_at = may_1});
  RC_ASSERT(placed.has_value());
  return shop;
}

/// Up to six payments within the reservation's life: all of it, parts of it, more, and other currencies.
std::vector<PayOrder> any_payments() {
  std::vector<PayOrder> payments;
  const auto count = *rc::gen::inRange(1, 7);
  for (int i = 0; i < count; ++i) {
    const auto amount = *rc::gen::oneOf(rc::gen::just<std::int64_t>(1998), rc::gen::just<std::int64_t>(999),
                                        rc::gen::inRange<std::int64_t>(1, 3000));
    const auto second = *rc::gen::inRange<std::int64_t>(0, 599);
    payments.push_back({PaymentId{"p" + std::to_string(i)}, order_1, Minor{amount},
                        *rc::gen::inRange(0, 5) == 0 ? usd : cny, i % 2 == 0 ? "alipay" : "wechat",
                        Timestamp{may_1.microseconds + second * microseconds_per_second}});
  }
  return payments;
}

/// Each callback at least once, in any order.
std::vector<PayOrder> any_arrival(const std::vector<PayOrder>& payments) {
  std::vector<std::size_t> arrivals =
      *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, payments.size()));
  for (std::size_t i = 0; i < payments.size(); ++i) {
    const auto place = *rc::gen::inRange<std::size_t>(0, arrivals.size() + 1);
    arrivals.insert(arrivals.begin() + static_cast<std::ptrdiff_t>(place), i);
  }
  std::vector<PayOrder> callbacks;
  for (const auto i : arrivals) callbacks.push_back(payments[i]);
  return callbacks;
}

using Accrual = std::tuple<MemberId, Level, RateKind, std::int64_t, Minor>;

/// All that may not depend on the order of arrival; the times of the payments that came first may.
struct Result {
  std::string state{};
  Minor owed_in_own_currency{};
  Minor owed_in_dollars{};
  std::vector<Accrual> accruals{};
  std::vector<KeyRange> keys{};
  KeyPool pool{};
  bool operator==(const Result&) const = default;
};

Result result_of(const Shop& shop) {
  const auto& order = shop.order(order_1);
  Result result{.state = std::string(state_name(order)),
                .owed_in_own_currency = owed_back(order, cny),
                .owed_in_dollars = owed_back(order, usd),
                .pool = shop.pool(vip)};
  if (const auto* delivered = std::get_if<DeliveredOrder>(&order)) result.keys = delivered->keys;
  for (const auto& recorded : shop.log()) {
    const auto* e = std::get_if<CommissionAccrued>(&recorded.event);
    if (e == nullptr) continue;
    result.accruals.emplace_back(MemberId{recorded.stream.id}, e->level, e->rate.kind, e->rate.value, e->amount);
  }
  return result;
}

Result result_of(Fulfilment fulfilment, const std::vector<PayOrder>& callbacks) {
  auto shop = open_shop(fulfilment);
  for (const auto& callback : callbacks) RC_ASSERT(shop.send(callback).has_value());
  RC_ASSERT(broken_identity(shop.log()) == "");
  return result_of(shop);
}

}  // namespace

TEST_CASE("any order and repetition of the same callbacks within a reservation's life comes to the same", "[pay]") {
  rc::prop("in the order's state, what is owed, what is earned and which keys are whose", [] {
    const auto fulfilment =
        *rc::gen::element(Fulfilment::key_pool, Fulfilment::reusable, Fulfilment::external, Fulfilment::manual);
    const auto payments = any_payments();
    RC_ASSERT(result_of(fulfilment, payments) == result_of(fulfilment, any_arrival(payments)));
  });
}

TEST_CASE("whatever comes in for an order is kept, owed back or waited for: no minor unit is lost", "[pay]") {
  rc::prop("in each currency", [] {
    auto shop = open_shop(Fulfilment::external);
    const auto payments = any_payments();
    std::int64_t own = 0;
    std::int64_t dollars = 0;
    for (const auto& payment : payments) {
      RC_ASSERT(shop.send(payment).has_value());
      (payment.currency == cny ? own : dollars) += payment.amount.value;
    }
    const auto& order = shop.order(order_1);
    const bool is_paid = std::holds_alternative<DeliveredOrder>(order);
    RC_ASSERT(is_paid == (own >= 1998));
    RC_ASSERT(owed_back(order, cny).value == (is_paid ? own - 1998 : 0));
    RC_ASSERT(owed_back(order, usd).value == dollars);
    const auto expires_at = may_1 + ten_minutes;
    shop.carry_out_due(expires_at);
    if (!is_paid) RC_ASSERT(owed_back(shop.order(order_1), cny).value == own);
  });
}
