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

TEST_CASE("an order that is delivered for less than it owes is caught", "[books]") {
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.amount.value = 998; }),
             Contains("(998) is below the amount due (999)"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.amount.value = -999; }), Contains("below 0"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.currency = Currency{"USD"}; }), Contains("(0) is below"));
  CHECK_THAT(with<OrderPlaced>([](auto& e) { e.amount_due.value = 1000; }), Contains("(999) is below the amount due"));
  CHECK_THAT(with<OrderPlaced>([](auto& e) { e.amount_due.value = -1; }), Contains("below 0"));
  CHECK_THAT(with<OrderPlaced>([](auto& e) { e.quantity.value = 0; }), Contains("quantity"));
  CHECK_THAT(with<OrderPlaced>([](auto& e) { e.quantity.value = 1LL << 32; }), Contains("quantity"));
  CHECK_THAT(with<OrderPlaced>([](auto& e) { e.amount_due.value = INT64_MAX; }, 1), Contains("do not fit 64 bits"));
  CHECK_THAT(without<PaymentReceived>(), Contains("is below the amount due"));
  CHECK_THAT(twice<OrderDelivered>(1), Contains("delivered twice"));
}

TEST_CASE("a chain that was frozen twice, too long, or under no plan is caught", "[books]") {
  CHECK_THAT(twice<PaymentReceived>(), Contains("frozen twice"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.chain->upline.resize(4); }), Contains("longer than the plan"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.chain->version.value = 2; }), Contains("never published"));
  CHECK_THAT(with<PaymentReceived>([](auto& e) { e.chain->plan.value = "q"; }), Contains("never published"));
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
  CHECK_THAT(with_envelope<PaymentReceived>([](auto& e) { e.event = OrderRefunded{RefundId{"r0"}, Minor{1}, ""}; }),
             Contains("refunded before it is paid"));
}

TEST_CASE("payments that no account can hold are caught", "[books]") {
  const auto pays_in_vain = [](std::int64_t n) {
    return [n](Log& log) {
      for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
        std::get<PaymentReceived>(log[index_of<PaymentReceived>(log, i)].event).amount.value = INT64_MAX;
      }
    };
  };
  CHECK_THAT(after(pays_in_vain(2)), Contains("Assets:Gateway:import does not fit 64 bits"));
  CHECK_THAT(after([](Log& log) {
               const auto first = index_of<PaymentReceived>(log);
               auto second = log[first];
               std::get<PaymentReceived>(second.event).chain.reset();
               std::get<PaymentReceived>(second.event).amount.value = INT64_MAX;
               log.insert(log.begin() + static_cast<std::ptrdiff_t>(first) + 1, second);
               renumber(log);
             }),
             Contains("the payments do not fit 64 bits"));
}
