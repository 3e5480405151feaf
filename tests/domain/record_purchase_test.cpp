#include "domain/record_purchase.hpp"

#include "tests/domain/shop.hpp"
#include "tests/domain/stories.hpp"

#include <limits>

using namespace upline::domain;
using namespace upline::tests;

namespace {

const auto example = percent({1000, 500, 250});
constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

SealedKey sealed() { return {}; }

NewEvents with_keys(std::size_t count, Fulfilment fulfilment = Fulfilment::key_pool) {
  return and_then(chain_of_four(example, fulfilment),
                  of_pool(KeysImported{BatchId{"b1"}, 1, std::vector(count, sealed())}),
                  of_pool(KeysReleased{{1, count}}));
}

NewEvent keys(std::vector<KeyRange> ranges, std::int64_t units, bool shared = false) {
  return of_order(KeysDelivered{vip, std::move(ranges), shared, KeySource::sale, Quantity{units}});
}

template <class Change>
RecordPurchase purchase_but(Change change) {
  auto command = purchase(999);
  change(command);
  return command;
}

}  // namespace

TEST_CASE("the worked example: 9.99 earns 99, 49 and 24, each on hold until 8 May 12:00", "[purchase]") {
  given(chain_of_four(example)).when(purchase(999)).then(worked_sale()).again().then_nothing();
}

TEST_CASE("a sale under a short chain earns what the chain has, and nobody moves up", "[purchase]") {
  const auto paid_by = [](const MemberId& buyer, std::vector<MemberId> upline) {
    auto payment = paid(999, std::move(upline));
    std::get<PaymentReceived>(payment.event).first_purchase = buyer;
    return payment;
  };
  auto command = purchase(999);
  command.member = b;
  given(chain_of_four(example))
      .when(command)
      .then({of_order(OrderPlaced{b, vip, Quantity{1}, Minor{999}, cny}), paid_by(b, {a}), delivered(),
             accrued(a, 1, basis_points(1000), 999, 99)});
  command.member = a;
  given(chain_of_four(example))
      .when(command)
      .then({of_order(OrderPlaced{a, vip, Quantity{1}, Minor{999}, cny}), paid_by(a, {}), delivered()});
}

TEST_CASE("a plan of two levels looks no further up the chain", "[purchase]") {
  given(chain_of_four(percent({1000, 500})))
      .when(purchase(999))
      .then({placed(999), paid(999, {c, b}), delivered(), accrued(c, 1, basis_points(1000), 999, 99),
             accrued(b, 2, basis_points(500), 999, 49)});
}

TEST_CASE("a suspended or closed member forfeits, and the next one does not move up", "[purchase]") {
  given(and_then(chain_of_four(example), of_member(c, MemberSuspended{"x"}), of_member(b, MemberClosed{"x"})))
      .when(purchase(999))
      .then({placed(999), paid(999), delivered(),
             forfeited(c, 1, basis_points(1000), 999, 99, ForfeitReason::suspended),
             forfeited(b, 2, basis_points(500), 999, 49, ForfeitReason::closed),
             accrued(a, 3, basis_points(250), 999, 24)})
      .again()
      .then_nothing();
}

TEST_CASE("a member who was resumed earns again", "[purchase]") {
  given(and_then(chain_of_four(example), of_member(c, MemberSuspended{"x"}), of_member(c, MemberResumed{})))
      .when(purchase(999))
      .then(worked_sale());
}

TEST_CASE("the order's own events stand before the entries that follow from them", "[purchase]") {
  given(and_then(chain_of_four(example), of_member(a, MemberSuspended{"x"})))
      .when(purchase(999))
      .then({placed(999), paid(999), delivered(), forfeited(a, 3, basis_points(250), 999, 24, ForfeitReason::suspended),
             accrued(c, 1, basis_points(1000), 999, 99), accrued(b, 2, basis_points(500), 999, 49)});
}

TEST_CASE("an accrual of 0 is not written, a forfeit of 0 is", "[purchase]") {
  given(chain_of_four(example))
      .when(purchase(19))
      .then({placed(19), paid(19), delivered(), accrued(c, 1, basis_points(1000), 19, 1)});
  given(and_then(chain_of_four(example), of_member(b, MemberSuspended{"x"})))
      .when(purchase(19))
      .then({placed(19), paid(19), delivered(), forfeited(b, 2, basis_points(500), 19, 0, ForfeitReason::suspended),
             accrued(c, 1, basis_points(1000), 19, 1)});
}

TEST_CASE("a gift is delivered, and nothing accrues or is forfeited", "[purchase]") {
  given(and_then(chain_of_four(example), of_member(c, MemberSuspended{"x"})))
      .when(purchase(0))
      .then({placed(0), paid(0), delivered()})
      .again()
      .then_nothing();
}

TEST_CASE("the amount of the whole order counts, whatever the list price", "[purchase]") {
  given(chain_of_four(percent({1000})))
      .when(purchase(10'000, 3))
      .then({placed(10'000, 3), paid(10'000, {c}), delivered(), accrued(c, 1, basis_points(1000), 10'000, 1000)});
}

TEST_CASE("the newest version of the plan applies, to later orders only", "[purchase]") {
  given(and_then(chain_of_four(example), published(percent({2000}), 2)))
      .when(purchase(999))
      .then({placed(999), paid(999, {c}, 2), delivered(), accrued(c, 1, basis_points(2000), 999, 199, 2)});
}

TEST_CASE("a product's own plan goes before the shop's", "[purchase]") {
  const PlanId other{"other"};
  given(and_then(chain_of_four(example),
                 NewEvent{stream_of(other), opening, PlanPublished{PlanVersion{1}, percent({100})}},
                 of_product(PlanAssigned{other})))
      .when(purchase(999))
      .then({placed(999),
             of_order(PaymentReceived{.amount = Minor{999},
                                      .currency = cny,
                                      .channel = "import",
                                      .chain = FrozenChain{other, PlanVersion{1}, {c}},
                                      .first_purchase = d}),
             delivered(),
             of_account(c, CommissionAccrued{order_1, Level{1}, other, PlanVersion{1}, basis_points(100), Minor{999},
                                             Minor{9}, cny, may_8})});
}

TEST_CASE("without a plan nobody earns, and no chain is frozen", "[purchase]") {
  auto events = chain_of_four(example);
  std::erase_if(events, [](const NewEvent& e) { return std::holds_alternative<DefaultPlanChosen>(e.event); });
  given(events)
      .when(purchase(999))
      .then({placed(999),
             of_order(PaymentReceived{.amount = Minor{999}, .currency = cny, .channel = "import", .first_purchase = d}),
             delivered()})
      .again()
      .then_nothing();
}

TEST_CASE("a hold of zero is available at the delivery", "[purchase]") {
  auto on_sale = accrued(c, 1, basis_points(1000), 999, 99);
  std::get<CommissionAccrued>(on_sale.event).available_at = may_1;
  given(chain_of_four(percent({1000}, 10'000, Duration{0})))
      .when(purchase(999))
      .then({placed(999), paid(999, {c}), delivered(), on_sale});
}

TEST_CASE("fixed amounts are per unit, and a sale's budget is used up level by level", "[purchase]") {
  given(chain_of_four(fixed({100, 50, 20})))
      .when(purchase(999, 2))
      .then({placed(999, 2), paid(999), delivered(), accrued(c, 1, fixed_minor(100), 999, 200),
             accrued(b, 2, fixed_minor(50), 999, 100), accrued(a, 3, fixed_minor(20), 999, 40)});
  given(chain_of_four(fixed({100, 50, 20}, 2500)))
      .when(purchase(999, 2))
      .then({placed(999, 2), paid(999), delivered(), accrued(c, 1, fixed_minor(100), 999, 200),
             accrued(b, 2, fixed_minor(50), 999, 49)});
}

TEST_CASE("a forfeited level uses up its share of a fixed plan's budget", "[purchase]") {
  given(and_then(chain_of_four(fixed({100, 50, 20}, 2500)), of_member(c, MemberSuspended{"x"})))
      .when(purchase(999, 2))
      .then({placed(999, 2), paid(999), delivered(),
             forfeited(c, 1, fixed_minor(100), 999, 200, ForfeitReason::suspended),
             accrued(b, 2, fixed_minor(50), 999, 49)});
}

TEST_CASE("fixed amounts in another currency earn nothing, and that is recorded", "[purchase]") {
  const Currency usd{"USD"};
  given(and_then(chain_of_four(fixed({100}, 10'000, usd)), of_member(c, MemberSuspended{"x"})))
      .when(purchase(999))
      .then({placed(999), paid(999, {c}), delivered(), of_order(CommissionWithheld{plan_p, PlanVersion{1}, usd, cny})})
      .again()
      .then_nothing();
  given(chain_of_four(fixed({100}, 10'000, usd))).when(purchase(0)).then({placed(0), paid(0, {c}), delivered()});
}

TEST_CASE("each unit of a key product is a key, the oldest first", "[purchase]") {
  auto second = purchase(0, 3);
  second.order = OrderId{"o2"};
  const auto of_second = [](Event event) { return NewEvent{stream_of(OrderId{"o2"}), may_1, std::move(event)}; };
  given(with_keys(5))
      .when(purchase(0, 2))
      .then({placed(0, 2), paid(0), keys({{1, 2}}, 2)})
      .again()
      .then_nothing()
      .when(second)
      .then({of_second(OrderPlaced{d, vip, Quantity{3}, Minor{0}, cny}),
             of_second(std::get<PaymentReceived>(paid(0).event)),
             of_second(KeysDelivered{vip, {{3, 3}}, false, KeySource::sale, Quantity{3}})})
      .again()
      .then_nothing();
}

TEST_CASE("without enough stock the whole purchase is refused", "[purchase]") {
  given(with_keys(2)).when(purchase(999, 3)).then_refused(Reason::out_of_stock);
  given(chain_of_four(example, Fulfilment::key_pool)).when(purchase(999)).then_refused(Reason::out_of_stock);
  given(chain_of_four(example, Fulfilment::reusable)).when(purchase(999)).then_refused(Reason::out_of_stock);
  given(and_then(chain_of_four(example, Fulfilment::key_pool), of_pool(KeysImported{BatchId{"b1"}, 1, {sealed()}})))
      .when(purchase(999))
      .then_refused(Reason::out_of_stock);
}

TEST_CASE("a reusable key is shared by every order, whatever the quantity", "[purchase]") {
  given(with_keys(1, Fulfilment::reusable)).when(purchase(0, 7)).then({placed(0, 7), paid(0), keys({{1, 1}}, 7, true)});
}

TEST_CASE("what is made by hand is delivered as recorded", "[purchase]") {
  given(chain_of_four(example, Fulfilment::manual)).when(purchase(999)).then(worked_sale());
}

TEST_CASE("the same purchase again is nothing, even sold out or with the buyer's chain changed", "[purchase]") {
  given(with_keys(1)).when(purchase(0)).then({placed(0), paid(0), keys({{1, 1}}, 1)}).again().then_nothing();
  given(and_then(joined(chain_of_four(example), worked_sale()), of_member(c, MemberClosed{"x"})))
      .when(purchase(999))
      .then_nothing();
  given(and_then(joined(chain_of_four(example), worked_sale()), published(percent({1}), 2)))
      .when(purchase(999))
      .then_nothing();
}

TEST_CASE("the channel is no part of a purchase's content: files do not tell it", "[purchase]") {
  given(joined(chain_of_four(example), worked_sale()))
      .when(purchase_but([](auto& p) { p.channel = "alipay"; }))
      .then_nothing();
}

TEST_CASE("the same order with another content is a conflict, before anything else is looked at", "[purchase]") {
  const auto sold = given(joined(chain_of_four(example), worked_sale()));
  sold.when(purchase_but([](auto& p) { p.member = MemberId{"nobody"}; })).then_refused(Reason::conflict);
  sold.when(purchase_but([](auto& p) { p.product = ProductId{"nothing"}; })).then_refused(Reason::conflict);
  sold.when(purchase_but([](auto& p) { p.quantity = Quantity{0}; })).then_refused(Reason::conflict);
  sold.when(purchase_but([](auto& p) { p.amount = Minor{-1}; })).then_refused(Reason::conflict);
  sold.when(purchase_but([](auto& p) { p.currency = Currency{"USD"}; })).then_refused(Reason::conflict);
  sold.when(purchase_but([](auto& p) { p.occurred_at.microseconds += 1; })).then_refused(Reason::conflict);
}

TEST_CASE("an order that is placed or paid already is not recorded as a purchase", "[purchase]") {
  given(and_then(chain_of_four(example), placed(999))).when(purchase(999)).then_refused(Reason::conflict);
  given(and_then(chain_of_four(example), placed(999), paid(999))).when(purchase(999)).then_refused(Reason::conflict);
}

TEST_CASE("a purchase is refused for the first of all its faults", "[purchase]") {
  auto wrong = purchase(-1, 0);
  wrong.order = OrderId{"no/id"};
  wrong.member = MemberId{"nobody"};
  wrong.product = ProductId{"nothing"};
  wrong.currency = Currency{"USD"};
  wrong.channel = "a\nb";
  const auto shop = given(chain_of_four(example, Fulfilment::key_pool));
  shop.when(wrong).then_refused(Reason::invalid_id);
  wrong.order = order_1;
  shop.when(wrong).then_refused(Reason::unknown_member);
  wrong.member = d;
  shop.when(wrong).then_refused(Reason::unknown_product);
  wrong.product = vip;
  shop.when(wrong).then_refused(Reason::currency_mismatch);
  wrong.currency = cny;
  shop.when(wrong).then_refused(Reason::invalid_quantity);
  wrong.quantity = Quantity{1'000'001};
  shop.when(wrong).then_refused(Reason::invalid_quantity);
  wrong.quantity = Quantity{1'000'000};
  shop.when(wrong).then_refused(Reason::invalid_amount);
  wrong.amount = Minor{largest};
  shop.when(wrong).then_refused(Reason::invalid_text);
  wrong.channel = std::string(65, 'x');
  shop.when(wrong).then_refused(Reason::invalid_text);
  wrong.channel = std::string(64, 'x');
  shop.when(wrong).then_refused(Reason::out_of_stock);
}

TEST_CASE("a purchase that the shop's total cannot hold is refused, for want of stock first", "[purchase]") {
  auto second = purchase(1);
  second.order = OrderId{"o2"};
  const auto sold = NewEvents{placed(largest), paid(largest, {}), delivered()};
  given(joined(chain_of_four(example), sold)).when(second).then_refused(Reason::amount_overflow);
  given(joined(chain_of_four(example, Fulfilment::key_pool), sold)).when(second).then_refused(Reason::out_of_stock);
}

TEST_CASE("the largest amount earns without overflow", "[purchase]") {
  given(chain_of_four(percent({10'000})))
      .when(purchase(largest, 1'000'000))
      .then({placed(largest, 1'000'000), paid(largest, {c}), delivered(),
             accrued(c, 1, basis_points(10'000), largest, largest)});
  given(chain_of_four(fixed({largest, largest})))
      .when(purchase(largest, 1'000'000))
      .then({placed(largest, 1'000'000), paid(largest, {c, b}), delivered(),
             accrued(c, 1, fixed_minor(largest), largest, largest)});
}

TEST_CASE("every reason of a forfeit has a name", "[purchase]") {
  CHECK(name(ForfeitReason::suspended) == "suspended");
  CHECK(name(ForfeitReason::closed) == "closed");
}
