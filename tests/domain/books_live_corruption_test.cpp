// Live orders that were tampered with or decided wrongly: each one is caught. Which order is meant by the n-th event of
// a kind is told in live_story.hpp; five recorded purchases stand before.
#include "tests/domain/tampering.hpp"

using namespace upline::domain;
using namespace upline::tests;
using Catch::Contains;

namespace {

// By its order: the n-th event of its kind in the log.
constexpr std::size_t placed_l1 = 5, placed_l3 = 7, placed_l9 = 13;
constexpr std::size_t underpaid_l1 = 5, dollars_l1 = 6, paid_l1 = 7, second_l1 = 8, paid_late_l2 = 9, paid_l9 = 15;
constexpr std::size_t delivered_l1 = 3, delivered_l2 = 4, delivered_l4 = 5, delivered_l5 = 6, delivered_l7 = 7;
constexpr std::size_t refunded_l6 = 3, refunded_l2 = 4, by_hand_l9 = 2;

void later(RecordedEvent& e) { ++e.occurred_at.microseconds; }
void earlier(RecordedEvent& e) { --e.occurred_at.microseconds; }

/// The n-th event of this kind changes places with the one behind it.
template <class E>
std::string swapped_with_next(std::size_t n = 0) {
  return after([&](Log& log) {
    const auto index = index_of<E>(log, n);
    std::swap(log[index], log[index + 1]);
    std::swap(log[index].recorded_at, log[index + 1].recorded_at);
    renumber(log);
  });
}

}  // namespace

TEST_CASE("an order that reserves other than it may is caught", "[books]") {
  const auto placed = [](auto change, std::size_t n = placed_l1) { return with<OrderPlaced>(change, n); };
  CHECK_THAT(placed([](auto& e) { e.reserved.value = 1; }), Contains("reserves other than it should"));
  CHECK_THAT(placed([](auto& e) { e.reserved.value = 3; }), Contains("reserves other than it should"));
  CHECK_THAT(placed([](auto& e) { e.reserved.value = 2; }, placed_l9), Contains("reserves other than it should"));
  CHECK_THAT(placed([](auto& e) { e.reserved.value = 2; }, 0), Contains("waited for no payment reserves keys"));
  CHECK_THAT(placed([](auto& e) {
               e.quantity.value = e.reserved.value = 5;
               e.amount_due.value = 500;
             }),
             Contains("5 keys are reserved where 4 are free"));
  CHECK_THAT(placed([](auto& e) { e.expires_at.reset(); }), Contains("reserves keys"));
}

TEST_CASE("an order at another price, of a retired product, or that is over at once is caught", "[books]") {
  const auto placed = [](auto change) { return with<OrderPlaced>(change, placed_l1); };
  CHECK_THAT(placed([](auto& e) { ++e.amount_due.value; }), Contains("not the price times the quantity"));
  CHECK_THAT(placed([](auto& e) { e.currency.code = "USD"; }), Contains("currency is not its product's"));
  CHECK_THAT(placed([](auto& e) { e.expires_at = june_1_minute(1); }), Contains("expires before it is placed"));
  CHECK_THAT(with<ProductRepriced>([](auto& e) { e.unit_price.value = 100; }), Contains("price times the quantity"));
  CHECK_THAT(swapped_with_next<OrderPlaced>(placed_l9), Contains("retired product"));
}

TEST_CASE("an expiry at another time, of another order, or of other keys is caught", "[books]") {
  CHECK_THAT(with_envelope<OrderExpired>(later), Contains("does not expire when its time is over"));
  CHECK_THAT(with_envelope<OrderExpired>(earlier), Contains("does not expire when its time is over"));
  CHECK_THAT(with<OrderExpired>([](auto& e) { e.freed.value = 1; }), Contains("1 keys are freed, which is not what"));
  CHECK_THAT(with<OrderExpired>([](auto& e) { e.freed.value = 0; }), Contains("0 keys are freed, which is not what"));
  CHECK_THAT(with<OrderExpired>([](auto& e) { e.product = few_uses; }), Contains("not of the order's product"));
  CHECK_THAT(twice<OrderExpired>(), Contains("expires that waits for no payment"));
  CHECK_THAT(without<OrderExpired>(), Contains("2 keys are reserved where 0 are free"));
  CHECK_THAT(with_envelope<OrderDelivered>([](auto& e) { e.event = OrderExpired{by_hand, {}}; }, by_hand_l9),
             Contains("expires that waits for no payment"));
}

TEST_CASE("a cancelling of other keys, of an order that is paid, or that is missing is caught", "[books]") {
  CHECK_THAT(with<OrderCancelled>([](auto& e) { e.freed.value = 1; }), Contains("1 keys are freed, which is not what"));
  CHECK_THAT(with<OrderCancelled>([](auto& e) { e.product = few_uses; }), Contains("not of the order's product"));
  CHECK_THAT(twice<OrderCancelled>(), Contains("cancelled that waits for no payment"));
  CHECK_THAT(without<OrderCancelled>(), Contains("2 keys from 3 on delivered that open orders hold"));
  CHECK_THAT(with_envelope<OrderDelivered>([](auto& e) { e.event = OrderCancelled{by_hand, {}, ""}; }, by_hand_l9),
             Contains("cancelled that waits for no payment"));
}

TEST_CASE("a payment whose effect is told wrongly is caught, in whatever state its order is", "[books]") {
  const auto told = [](PaymentEffect effect, std::size_t n) {
    return with<PaymentReceived>([&](auto& e) { e.effect = effect; }, n);
  };
  CHECK_THAT(told(PaymentEffect::pays, underpaid_l1), Contains("where 120 of 200 received make it 'underpays'"));
  CHECK_THAT(told(PaymentEffect::owed_back, underpaid_l1), Contains("make it 'underpays'"));
  CHECK_THAT(told(PaymentEffect::underpays, dollars_l1), Contains("make it 'owed-back'"));
  CHECK_THAT(told(PaymentEffect::underpays, paid_l1), Contains("where 240 of 200 received make it 'pays'"));
  CHECK_THAT(told(PaymentEffect::underpays, second_l1), Contains("make it 'owed-back'"));
  CHECK_THAT(told(PaymentEffect::owed_back, paid_late_l2), Contains("make it 'pays'"));
  CHECK_THAT(without<PaymentReceived>(underpaid_l1), Contains("where 120 of 200 received make it 'underpays'"));
  CHECK_THAT(without<PaymentReceived>(paid_l9), Contains("refunded before it is paid"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.amount.value = 0; }, second_l1), Contains("payment of nothing"));
}

TEST_CASE("a payment that freezes a chain without paying, or a later first purchase, is caught", "[books]") {
  const FrozenChain chain{plan_p, PlanVersion{1}, {c, b, a}};
  for (const auto n : {underpaid_l1, dollars_l1, second_l1}) {
    CHECK_THAT(with<PaymentReceived>([&](auto& e) { e.chain = chain; }, n), Contains("does not pay"));
    CHECK_THAT(with<PaymentReceived>([&](auto& e) { e.first_purchase = d; }, n), Contains("does not pay"));
  }
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.first_purchase = d; }, paid_l1), Contains("later purchase"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.chain.reset(); }, paid_l1), Contains("freezes no chain"));
}

TEST_CASE("a paid order that is neither delivered nor waits is caught", "[books]") {
  CHECK_THAT(without<KeysDelivered>(delivered_l1), Contains("order l1 is paid, and neither delivered nor waiting"));
  CHECK_THAT(without<StockAwaited>(), Contains("order l2 is paid, and neither delivered nor waiting"));
  CHECK_THAT(swapped_with_next<StockAwaited>(), Contains("order l2 is paid, and neither delivered nor waiting"));
}

TEST_CASE("a delivery that is dated otherwise than its payments is caught", "[books]") {
  CHECK_THAT(with_envelope<KeysDelivered>(later, delivered_l1), Contains("not dated when the order was paid"));
  CHECK_THAT(with_envelope<KeysDelivered>(earlier, delivered_l1), Contains("not dated when the order was paid"));
  CHECK_THAT(with_envelope<OrderDelivered>([](auto& e) { e.occurred_at = june_1_minute(92); }, by_hand_l9),
             Contains("not dated when the order was paid"));
  CHECK_THAT(with_envelope<PaymentReceived>([](auto& e) { e.occurred_at = june_1_minute(5); }, underpaid_l1),
             Contains("not dated when the order was paid"));
}

TEST_CASE("keys that come from elsewhere than the order's are caught", "[books]") {
  const auto from = [](KeySource source, std::size_t n) {
    return with<KeysDelivered>([&](auto& e) { e.source = source; }, n);
  };
  CHECK_THAT(from(KeySource::sale, delivered_l1), Contains("come from elsewhere"));
  CHECK_THAT(from(KeySource::waiting, delivered_l1), Contains("come from elsewhere"));
  CHECK_THAT(from(KeySource::sale, delivered_l2), Contains("come from elsewhere"));
  CHECK_THAT(from(KeySource::reservation, delivered_l2), Contains("come from elsewhere"));
  CHECK_THAT(from(KeySource::reservation, delivered_l4), Contains("come from elsewhere"));
  CHECK_THAT(from(KeySource::reservation, 0), Contains("come from elsewhere"));
  CHECK_THAT(with<KeysDelivered>([](auto& e) { e.units.value = 1; }, delivered_l1),
             Contains("not of the order's quantity"));
}

TEST_CASE("a shared key that serves more or less than it may is caught", "[books]") {
  const auto shared_by = [](std::vector<KeyRange> keys, std::size_t n) {
    return with<KeysDelivered>([&](auto& e) { e.keys = keys; }, n);
  };
  // Of key 1, two units go to l4, one to l5, which gets one of key 2 as well; another of those goes to l7.
  CHECK_THAT(shared_by({{1, 1}, {2, 1}}, delivered_l4), Contains("more shared keys are delivered than serve"));
  CHECK_THAT(shared_by({{1, 1}}, delivered_l5), Contains("serve 1 units less than were sold"));
  CHECK_THAT(shared_by({{1, 1}}, delivered_l7), Contains("used up"));
  CHECK_THAT(shared_by({{1, 2}}, delivered_l4), Contains("more shared keys"));
  CHECK_THAT(shared_by({}, delivered_l4), Contains("serve 2 units less"));
  CHECK_THAT(shared_by({{3, 1}}, delivered_l4), Contains("without having been imported"));
  CHECK_THAT(with<KeysImported>([](auto& e) { e.use_limit = 2; }, 5), Contains("used up"));
  CHECK_THAT(with<KeysImported>([](auto& e) { e.use_limit = 4; }, 5), Contains("more shared keys"));
  CHECK_THAT(with<KeysImported>([](auto& e) { e.use_limit = 3; }, 3), Contains("use of keys sold once is limited"));
  CHECK_THAT(with<KeysImported>([](auto& e) { e.use_limit = 1'000'001; }, 5), Contains("out of range"));
}

TEST_CASE("an order that waits without need, for other keys, or out of turn is caught", "[books]") {
  CHECK_THAT(with<StockAwaited>([](auto& e) { e.quantity.value = 1; }), Contains("other keys than were ordered"));
  CHECK_THAT(with<StockAwaited>([](auto& e) { e.product = few_uses; }), Contains("other keys than were ordered"));
  CHECK_THAT(twice<StockAwaited>(), Contains("was not just paid"));
  CHECK_THAT(
      with_envelope<KeysDelivered>([](auto& e) { e.event = StockAwaited{live_keys, Quantity{2}}; }, delivered_l1),
      Contains("waits for keys that it holds"));
  CHECK_THAT(with_envelope<KeysDelivered>([](auto& e) { e.event = StockAwaited{vip, Quantity{2}}; }, 0),
             Contains("was not just paid"));
  CHECK_THAT(after([](Log& log) {
               // l3 is cancelled before l2 is paid, so there are keys for it.
               const auto cancelled = index_of<OrderCancelled>(log);
               const auto paid = index_of<PaymentReceived>(log, paid_late_l2);
               auto event = log[cancelled];
               event.recorded_at = log[paid].recorded_at;
               log.erase(log.begin() + static_cast<std::ptrdiff_t>(cancelled));
               log.insert(log.begin() + static_cast<std::ptrdiff_t>(paid), event);
               renumber(log);
             }),
             Contains("waits for keys that are free"));
}

TEST_CASE("an order that stops waiting without a full refund, or does not stop, is caught", "[books]") {
  CHECK_THAT(without<StockNoLongerAwaited>(), Contains("order l6 is refunded, and still waits for stock"));
  CHECK_THAT(twice<StockNoLongerAwaited>(), Contains("was not just refunded"));
  CHECK_THAT(without<OrderRefunded>(refunded_l6), Contains("was not just refunded"));
  CHECK_THAT(with<OrderRefunded>([](auto& e) { --e.amount.value; }, refunded_l6), Contains("was not just refunded"));
  CHECK_THAT(with<StockNoLongerAwaited>([](auto& e) { ++e.quantity.value; }), Contains("stops waiting for other keys"));
  CHECK_THAT(with<StockNoLongerAwaited>([](auto& e) { e.product = vip; }), Contains("stops waiting for other keys"));
  CHECK_THAT(with<StockNoLongerAwaited>([](auto& e) { e.member = a; }), Contains("stops waiting for other keys"));
}

TEST_CASE("a return of more than is owed back is caught", "[books]") {
  CHECK_THAT(with<PaymentReturned>([](auto& e) { ++e.amount.value; }), Contains("241 are returned where 240 are owed"));
  CHECK_THAT(with<PaymentReturned>([](auto& e) { ++e.amount.value; }, 1), Contains("6 are returned where 5 are owed"));
  CHECK_THAT(with<PaymentReturned>([](auto& e) { e.amount.value = 0; }), Contains("nothing is returned"));
  CHECK_THAT(with<PaymentReturned>([](auto& e) { e.amount.value = -1; }), Contains("nothing is returned"));
  CHECK_THAT(with<PaymentReturned>([](auto& e) { e.currency.code = "EUR"; }), Contains("where 0 are owed"));
  CHECK_THAT(twice<PaymentReturned>(), Contains("240 are returned where 0 are owed"));
  CHECK_THAT(twice<PaymentReturned>(1), Contains("5 are returned where 0 are owed"));
  CHECK_THAT(without<PaymentReceived>(second_l1), Contains("240 are returned where 40 are owed"));
}

TEST_CASE("a replacement of a key that the order does not hold, or by one that is not free, is caught", "[books]") {
  const auto replacement = [](auto change) { return with<KeyReplaced>(change); };
  CHECK_THAT(replacement([](auto& e) { e.old_key = 1; }), Contains("replaced that the order does not hold"));
  CHECK_THAT(replacement([](auto& e) { e.product = few_uses; }), Contains("replaced that the order does not hold"));
  CHECK_THAT(replacement([](auto& e) { e.new_key = 4; }), Contains("key 4 delivered twice"));
  CHECK_THAT(replacement([](auto& e) { e.new_key = 99; }), Contains("without having been imported"));
  CHECK_THAT(twice<KeyReplaced>(), Contains("replaced that the order does not hold"));
  CHECK_THAT(without<KeyReplaced>(), Contains("not those that the order holds"));
}

TEST_CASE("keys that are taken back by no refund, or of another order, are caught", "[books]") {
  const auto revocation = [](auto change) { return with<DeliveredKeysRevoked>(change); };
  CHECK_THAT(revocation([](auto& e) { e.keys.pop_back(); }), Contains("not those that the order holds"));
  CHECK_THAT(revocation([](auto& e) { e.keys = {{1, 2}}; }), Contains("not those that the order holds"));
  CHECK_THAT(revocation([](auto& e) { e.keys.clear(); }), Contains("not those that the order holds"));
  CHECK_THAT(revocation([](auto& e) { e.product = few_uses; }), Contains("not those that the order holds"));
  CHECK_THAT(revocation([](auto& e) { e.refund.value = "r9"; }), Contains("revoked by no refund"));
  CHECK_THAT(twice<DeliveredKeysRevoked>(), Contains("not those that the order holds"));
  CHECK_THAT(without<OrderRefunded>(refunded_l2), Contains("follows from no refund"));
}

TEST_CASE("keys that are withdrawn or revoked where they are not is caught", "[books]") {
  CHECK_THAT(with<KeysWithdrawn>([](auto& e) { e.keys = {{1, 1}}; }),
             Contains("withdrawn twice, or before the release"));
  CHECK_THAT(with<KeysWithdrawn>([](auto& e) { e.keys = {{9, 9}}; }), Contains("without having been imported"));
  CHECK_THAT(twice<KeysWithdrawn>(), Contains("withdrawn twice"));
  CHECK_THAT(without<KeysWithdrawn>(), Contains("not waiting for their release"));
  CHECK_THAT(with<KeysRevoked>([](auto& e) { std::swap(e.unreleased, e.released); }),
             Contains("revoked twice, or before"));
  CHECK_THAT(with<KeysRevoked>([](auto& e) { e.unreleased = {{99, 1}}; }), Contains("without having been imported"));
  CHECK_THAT(twice<KeysRevoked>(), Contains("not waiting for their release"));
  CHECK_THAT(after([](Log& log) {
               // While l1 holds two of the four.
               auto event = log[index_of<KeysWithdrawn>(log)];
               const auto held = index_of<PaymentReceived>(log, underpaid_l1);
               event.recorded_at = log[held].recorded_at;
               std::get<KeysWithdrawn>(event.event).keys = {{2, 3}};
               log.insert(log.begin() + static_cast<std::ptrdiff_t>(held), event);
               renumber(log);
             }),
             Contains("withdrawn that open orders hold"));
}

TEST_CASE("a schedule in the past, or one that ends without having been made, is caught", "[books]") {
  CHECK_THAT(with<ReleaseScheduled>([](auto& e) { e.at = june_1; }), Contains("a time that is over"));
  CHECK_THAT(without<ReleaseScheduled>(), Contains("a schedule ends that was never made"));
  CHECK_THAT(twice<ScheduleEnded>(), Contains("a schedule ends that was never made"));
  CHECK_THAT(with<ScheduleEnded>([](auto& e) { e.batch = first_batch; }),
             Contains("a schedule ends that was never made"));
}

TEST_CASE("a refund before the delivery that is missing changes what is earned", "[books]") {
  CHECK_THAT(without<OrderRefunded>(5), Contains("forfeits what its plan does not give it"));
  CHECK_THAT(with<OrderRefunded>([](auto& e) { e.amount.value = 300; }, 5), Contains("a refunded order is delivered"));
}

TEST_CASE("a move or a click that names nobody, or the member itself, is caught", "[books]") {
  CHECK_THAT(with<MemberMoved>([](auto& e) { e.referrer.value = "nobody"; }), Contains("the referrer is no member"));
  CHECK_THAT(with<MemberMoved>([](auto& e) { e.referrer = d; }), Contains("stands above itself"));
  CHECK_THAT(with_envelope<MemberMoved>([](auto& e) {
               e.stream = stream_of(a);
               std::get<MemberMoved>(e.event).referrer = d;
             }),
             Contains("stands above itself"));
  CHECK_THAT(with<LinkClicked>([](auto& e) { e.referrer.value = "nobody"; }), Contains("the link is no member's"));
  CHECK_THAT(with_envelope<LinkClicked>([](auto& e) { e.stream = stream_of(d); }), Contains("kind of stream"));
}

TEST_CASE("a payment after a move freezes the new chain", "[books]") {
  CHECK_THAT(after([](Log& log) {
               // The move happens before l9 is paid.
               const auto moved = index_of<MemberMoved>(log);
               auto event = log[moved];
               log.erase(log.begin() + static_cast<std::ptrdiff_t>(moved));
               const auto paid = index_of<PaymentReceived>(log, paid_l9);
               event.recorded_at = log[paid].recorded_at;
               log.insert(log.begin() + static_cast<std::ptrdiff_t>(paid), event);
               renumber(log);
             }),
             Contains("not the one above the buyer"));
}

TEST_CASE("orders are closed for good: what comes to a cancelled one is owed back", "[books]") {
  CHECK_THAT(after([](Log& log) {
               auto event = log[index_of<PaymentReceived>(log, paid_late_l2)];
               const auto behind = index_of<OrderCancelled>(log) + 1;
               event.stream = log[index_of<OrderPlaced>(log, placed_l3)].stream;
               event.recorded_at = log[behind].recorded_at;
               log.insert(log.begin() + static_cast<std::ptrdiff_t>(behind), event);
               renumber(log);
             }),
             Contains("make it 'owed-back'"));
}
