// Logs that were tampered with or written by a faulty program: each one is caught, with a sentence that names the
// place.
#include "tests/domain/tampering.hpp"

using namespace upline::domain;
using namespace upline::tests;
using Catch::Contains;

TEST_CASE("a log that was left alone has nothing broken", "[books]") {
  CHECK(broken_identity(sound_log()).empty());
  CHECK(after(renumber).empty());
}

TEST_CASE("a gap or a repetition of positions is caught", "[books]") {
  CHECK_THAT(with_envelope<OrderPlaced>([](auto& e) { ++e.position.value; }), Contains("does not follow"));
  CHECK_THAT(with_envelope<OrderPlaced>([](auto& e) { --e.position.value; }), Contains("does not follow"));
  CHECK(after([](Log& log) { log.erase(log.begin()); }) == "Position 2, policy: the position does not follow 0.");
}

TEST_CASE("a gap or a repetition of versions is caught, in every kind of stream", "[books]") {
  const auto skip = [](auto& e) { ++e.version.value; };
  const auto repeat = [](auto& e) { --e.version.value; };
  CHECK_THAT(with_envelope<LevelLimitChanged>(skip), Contains("version 3 of the stream does not follow 1"));
  CHECK_THAT(with_envelope<PlanAssigned>(skip), Contains("version 3 of the stream does not follow 1"));
  CHECK_THAT(with_envelope<MemberSuspended>(skip), Contains("version 3 of the stream does not follow 1"));
  CHECK_THAT(with_envelope<KeysReleased>(repeat), Contains("version 1 of the stream does not follow 1"));
  CHECK_THAT(with_envelope<PaymentReceived>(skip), Contains("version 3 of the stream does not follow 1"));
  CHECK_THAT(with_envelope<CommissionReversed>(repeat), Contains("of the stream does not follow"));
}

TEST_CASE("a stream that opens late, twice or not at all is caught", "[books]") {
  CHECK_THAT(twice<MemberEnrolled>(), Contains("opens a stream is missing or repeated"));
  CHECK_THAT(twice<OrderPlaced>(), Contains("opens a stream is missing or repeated"));
  CHECK_THAT(without<ShopOpened>(), Contains("opens a stream is missing or repeated"));
  CHECK_THAT(without<ProductAdded>(2), Contains("opens a stream is missing or repeated"));
  CHECK_THAT(without<OrderPlaced>(), Contains("opens a stream is missing or repeated"));
}

TEST_CASE("an event in another kind of stream is caught", "[books]") {
  CHECK_THAT(with_envelope<CommissionAccrued>([](auto& e) { e.stream = stream_of(c); }), Contains("kind of stream"));
  CHECK_THAT(with_envelope<KeysImported>([](auto& e) { e.stream = stream_of(vip); }), Contains("kind of stream"));
  CHECK_THAT(with_envelope<PlanPublished>([](auto& e) { e.stream = policy_stream(); }), Contains("kind of stream"));
  CHECK_THAT(with_envelope<OrderRefunded>([](auto& e) { e.stream = account_stream(c); }), Contains("kind of stream"));
}

TEST_CASE("a time of recording that falls, or an impossible time, is caught", "[books]") {
  CHECK_THAT(with_envelope<OrderPlaced>([](auto& e) { e.recorded_at.microseconds = 0; }), Contains("recorded before"));
  CHECK_THAT(with_envelope<OrderPlaced>([](auto& e) { e.occurred_at.microseconds = INT64_MAX; }),
             Contains("outside the years"));
  CHECK_THAT(with_envelope<OrderPlaced>([](auto& e) { e.occurred_at.microseconds = INT64_MIN; }),
             Contains("outside the years"));
}

TEST_CASE("a plan whose rates cannot be is caught", "[books]") {
  const auto published_with = [](const PlanTerms& terms) {
    return with<PlanPublished>([&](auto& e) { e.terms = terms; });
  };
  CHECK_THAT(with<PlanPublished>([](auto& e) { e.version.value = 7; }), Contains("version is not its stream's"));
  CHECK_THAT(published_with(percent({6000, 4001})), Contains("exceed its cap"));
  CHECK_THAT(published_with(percent({20'000, -10'000})), Contains("out of range"));
  CHECK_THAT(published_with(percent({})), Contains("out of range"));
  CHECK_THAT(published_with(percent(std::vector<std::int32_t>(17, 1))), Contains("out of range"));
  CHECK_THAT(published_with(percent({0}, -1)), Contains("out of range"));
  CHECK_THAT(published_with(percent({0}, 10'001)), Contains("out of range"));
  CHECK_THAT(published_with(percent({0}, 0, Duration{-1})), Contains("out of range"));
  CHECK_THAT(published_with(percent({0}, 0, Duration{INT64_MAX})), Contains("out of range"));
  CHECK_THAT(published_with(fixed({-1})), Contains("out of range"));
}

TEST_CASE("a key that is nowhere, or in two places, is caught", "[books]") {
  CHECK_THAT(with<KeysImported>([](auto& e) { ++e.first; }), Contains("keys are imported from 2 on, after 0"));
  CHECK_THAT(with<KeysImported>([](auto& e) { --e.first; }, 1), Contains("keys are imported from 5 on, after 5"));
  CHECK_THAT(with<KeysImported>([](auto& e) { e.keys.clear(); }), Contains("no key is imported"));
  CHECK_THAT(with<KeysReleased>([](auto& e) { e.keys.count = 6; }), Contains("without having been imported"));
  CHECK_THAT(with<KeysReleased>([](auto& e) { e.keys = {0, 1}; }), Contains("without having been imported"));
  CHECK_THAT(with<KeysReleased>([](auto& e) { e.keys = {2, UINT64_MAX}; }), Contains("without having been imported"));
  CHECK_THAT(with<KeysReleased>([](auto& e) { e.keys = {1, 0}; }), Contains("without having been imported"));
  CHECK_THAT(twice<KeysReleased>(), Contains("5 keys from 1 on released twice"));
}

TEST_CASE("a key that is delivered twice, or before its release, is caught", "[books]") {
  CHECK_THAT(with<KeysDelivered>([](auto& e) { e.keys = {{1, 1}, {1, 1}}; }), Contains("key 1 delivered twice"));
  CHECK_THAT(with<KeysDelivered>([](auto& e) { e.keys = {{2, 1}}; }, 2), Contains("key 2 delivered twice"));
  CHECK_THAT(with<KeysDelivered>([](auto& e) { e.keys = {{6, 2}}; }), Contains("or before the release"));
  CHECK_THAT(with<KeysDelivered>([](auto& e) { e.keys = {{5, 2}}; }), Contains("or before the release"));
  CHECK_THAT(with<KeysDelivered>([](auto& e) { e.keys = {{9, 1}}; }), Contains("without having been imported"));
  CHECK_THAT(without<KeysReleased>(), Contains("or before the release"));
}

TEST_CASE("a delivery of too many or too few keys, or of another product's, is caught", "[books]") {
  CHECK_THAT(with<KeysDelivered>([](auto& e) { e.keys = {{1, 1}}; }),
             Contains("1 keys are delivered where 2 were sold"));
  CHECK_THAT(with<KeysDelivered>([](auto& e) { e.keys = {{1, 3}}; }),
             Contains("3 keys are delivered where 2 were sold"));
  CHECK_THAT(with<KeysDelivered>([](auto& e) { e.keys.clear(); }), Contains("0 keys are delivered"));
  CHECK_THAT(with<KeysDelivered>([](auto& e) { e.product = shared; }), Contains("not of the order's product"));
  CHECK_THAT(with<KeysDelivered>([](auto& e) { e.shared = true; }), Contains("shared that may not be"));
  CHECK_THAT(with<KeysDelivered>([](auto& e) { e.shared = false; }, 1), Contains("or the reverse"));
  CHECK_THAT(with_envelope<KeysDelivered>([](auto& e) { e.event = OrderDelivered{}; }), Contains("without one"));
  CHECK_THAT(with_envelope<OrderDelivered>([](auto& e) { e.event = KeysDelivered{made, {{1, 2}}, false}; }),
             Contains("of a product that has none"));
}

TEST_CASE("a payment that does something else to its order than it tells is caught", "[books]") {
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.amount.value = 998; }),
             Contains("told as 'pays', where 998 of 999 received make it 'underpays'"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.amount.value = -999; }), Contains("below 0"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.currency = Currency{"USD"}; }), Contains("make it 'owed-back'"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.effect = PaymentEffect::underpays; }), Contains("make it 'pays'"));
  CHECK_THAT(with<OrderPlaced>([](auto& e) { e.amount_due.value = 1000; }), Contains("make it 'underpays'"));
  CHECK_THAT(with<OrderPlaced>([](auto& e) { e.amount_due.value = -1; }), Contains("below 0"));
  CHECK_THAT(with<OrderPlaced>([](auto& e) { e.quantity.value = 0; }), Contains("quantity"));
  CHECK_THAT(with<OrderPlaced>([](auto& e) { e.quantity.value = 1LL << 32; }), Contains("quantity"));
}

TEST_CASE("a recorded purchase whose payment or delivery is missing, or there twice, is caught", "[books]") {
  CHECK_THAT(without<PaymentReceived>(), Contains("order o1 is placed as paid, and its payment is missing"));
  CHECK_THAT(without<KeysDelivered>(), Contains("order o1 is paid, and neither delivered nor waiting for stock"));
  CHECK_THAT(without<OrderDelivered>(), Contains("order o3 is paid, and neither delivered nor waiting for stock"));
  CHECK_THAT(twice<PaymentReceived>(), Contains("order o1 is paid, and neither delivered nor waiting for stock"));
  CHECK_THAT(twice<OrderDelivered>(1), Contains("delivered twice"));
}

TEST_CASE("a chain that is too long, not the buyer's, or under another plan is caught", "[books]") {
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.chain->upline.resize(4); }), Contains("longer than the plan"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.chain->upline.pop_back(); }),
             Contains("shorter than the one above"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { std::swap(e.chain->upline[0], e.chain->upline[1]); }),
             Contains("not the one above the buyer"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.chain->version.value = 2; }), Contains("not the newest"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.chain->plan.value = "q"; }), Contains("not the one in force"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.chain->plan = plan_fixed; }), Contains("not the one in force"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.chain.reset(); }), Contains("freezes no chain"));
  CHECK_THAT(without<PlanAssigned>(), Contains("not the one in force"));
  CHECK_THAT(with<DefaultPlanChosen>([](auto& e) { e.plan.value = "q"; }), Contains("never published"));
}

TEST_CASE("a first purchase that is none, or is not told, is caught", "[books]") {
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.first_purchase.reset(); }), Contains("not told as that"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.first_purchase = a; }), Contains("another member's"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.first_purchase = d; }, 1), Contains("later purchase"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.first_purchase = d; }, 4), Contains("a gift"));
}

TEST_CASE("a member whose referrer cannot be is caught", "[books]") {
  CHECK_THAT(with<MemberEnrolled>([](auto& e) { e.referrer = MemberId{"nobody"}; }, 1), Contains("is no member"));
  CHECK_THAT(with<MemberEnrolled>([](auto& e) { e.referrer = b; }, 1), Contains("above itself"));
  CHECK_THAT(with<OrderPlaced>([](auto& e) { e.member = MemberId{"nobody"}; }), Contains("buyer is no member"));
  CHECK_THAT(with_envelope<MemberSuspended>([](auto& e) { e.event = MemberResumed{}; }), Contains("is active already"));
}

TEST_CASE("an order of a product that was never added is caught", "[books]") {
  CHECK_THAT(with<OrderPlaced>([](auto& e) { e.product.value = "nothing"; }), Contains("product was never added"));
}

TEST_CASE("a refund of nothing, of too much, or before the payment is caught", "[books]") {
  CHECK_THAT(with<OrderRefunded>([](auto& e) { e.amount.value = 0; }), Contains("not above 0"));
  CHECK_THAT(with<OrderRefunded>([](auto& e) { e.amount.value = -1; }), Contains("not above 0"));
  CHECK_THAT(with<OrderRefunded>([](auto& e) { e.amount.value = 1000; }), Contains("1000 exceeds the 999 left"));
  CHECK_THAT(with<OrderRefunded>([](auto& e) { ++e.amount.value; }, 2), Contains("500 exceeds the 499 left"));
  CHECK_THAT(with<OrderRefunded>([](auto& e) { e.amount.value = INT64_MAX; }, 1), Contains("exceeds the 1000 left"));
  Shop shop;
  shop.append(and_then(chain_of_four(percent({1000})), ordered(999), refunded("r0", 1, may_1)));
  CHECK_THAT(broken_identity(shop.log()), Contains("refunded before it is paid"));
}

TEST_CASE("payments that no account can hold are caught", "[books]") {
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.amount.value = INT64_MAX; }, 1), Contains("do not fit 64 bits"));
  Shop shop;
  shop.append(and_then(chain_of_four(percent({1000})), ordered(999), paid_live("p1", 999, {c}), delivered(),
                       accrued(c, 1, basis_points(1000), 999, 99)));
  auto log = shop.log();
  const auto second = received("p2", INT64_MAX, PaymentEffect::owed_back);
  log.push_back({Position{log.size() + 1}, second.stream, Version{4}, may_1, may_1, second.event});
  CHECK_THAT(broken_identity(log), Contains("the payments do not fit 64 bits"));
}
