// Settlements that say of money what is not so must be found.
#include "tests/domain/tampering.hpp"

#include <functional>
#include <string>

using namespace upline::domain;
using namespace upline::tests;
using Catch::Matchers::Contains;

namespace {

const SettlementId may_run{"may"};
const auto settling_time = at("2026-06-01T00:00:00Z");

SchedulePayouts lines(std::uint64_t before, std::vector<GrossLine> gross) {
  return {may_run, {1}, before, std::move(gross), settling_time};
}

RecordPayoutResult result(const MemberId& member, PayoutResult what) {
  return {.settlement = may_run,
          .member = member,
          .currency = cny,
          .result = what,
          .text = "x",
          .occurred_at = settling_time};
}

/// D buys for 999: C has 99, B 49, A 24. Settled in two chunks at a flat 10% and a fee of 1, then C is paid and sent
/// back, and B's payout fails.
Log settled_log() {
  Shop shop;
  shop.append(chain_of_four(percent({1000, 500, 250})));
  const std::vector<Command> commands{
      RecordPurchase{OrderId{"o1"}, d, vip, Quantity{1}, Minor{999}, cny, "import", may_1},
      OpenSettlement{may_run, {at("2026-05-20T12:00:00Z"), {1}, {1}, "flat:1000"}, "wang", settling_time},
      lines(0, {{a, cny, {24}}, {b, cny, {49}}}),
      lines(2, {{c, cny, {99}}}),
      FixSettlement{may_run, {1}, 3, settling_time},
      ApproveSettlement{may_run, "li", settling_time},
      RecordExport{may_run, "alipay", {}, 3, {}, settling_time},
      result(c, PayoutResult::paid),
      result(c, PayoutResult::returned),
      result(b, PayoutResult::failed),
  };
  for (const auto& command : commands) REQUIRE(shop.send(command).has_value());
  return shop.log();
}

std::string found(const std::function<void(Log&)>& tamper) {
  auto log = settled_log();
  tamper(log);
  return broken_identity(log);
}

template <class E, class Change>
std::string when(Change change, std::size_t n = 0) {
  return found([&](Log& log) { change(std::get<E>(log[index_of<E>(log, n)].event)); });
}

template <class E>
std::string when_missing(std::size_t n = 0) {
  return found([&](Log& log) {
    log.erase(log.begin() + static_cast<std::ptrdiff_t>(index_of<E>(log, n)));
    renumber(log);
  });
}

template <class E>
std::string when_repeated(std::size_t n = 0) {
  return found([&](Log& log) {
    const auto index = index_of<E>(log, n);
    const auto copy = log[index];
    log.insert(log.begin() + static_cast<std::ptrdiff_t>(index), copy);
    renumber(log);
  });
}

}  // namespace

TEST_CASE("an honest settlement is in order, and its balances are what the specification says", "[books]") {
  const auto books = books_of(settled_log());
  CHECK(books.balance(a, cny) == MemberBalance{{24}, {}, {}, {}, {24}, {}});
  CHECK(books.balance(b, cny) == MemberBalance{{49}, {}, {}, {49}, {}, {}});
  CHECK(books.balance(c, cny) == MemberBalance{{99}, {}, {}, {99}, {}, {}});
  CHECK(books.sum({AccountKind::payouts, {}}, cny) == Minor{-21});      // 24 - 2 - 1
  CHECK(books.sum({AccountKind::tax_withheld, {}}, cny) == Minor{-2});  // 2.4
  CHECK(books.sum({AccountKind::fees, {}}, cny) == Minor{-1});
  CHECK(books.sum({AccountKind::bank, {}}, cny) == Minor{0});
}

TEST_CASE("a line that pays one minor unit too much or too little is found", "[books]") {
  CHECK_THAT(when<PayoutScheduled>([](auto& e) { ++e.amounts.gross.value; }), Contains("are due"));
  CHECK_THAT(when<PayoutScheduled>([](auto& e) { --e.amounts.net.value; }, 1), Contains("are due"));
  CHECK_THAT(when<PayoutScheduled>([](auto& e) { ++e.amounts.tax.value, --e.amounts.net.value; }, 2),
             Contains("are due"));
  CHECK_THAT(when<PayoutScheduled>([](auto& e) { ++e.amounts.fee.value, --e.amounts.net.value; }), Contains("are due"));
}

TEST_CASE("a line too much, too few, of another member or currency is found", "[books]") {
  CHECK_THAT(when_missing<PayoutScheduled>(), Contains("the next line belongs to A"));
  CHECK_THAT(when_missing<PayoutScheduled>(1), Contains("the number of lines is wrong"));
  CHECK_THAT(when_repeated<PayoutScheduled>(), Contains("the next line belongs to B"));
  CHECK_THAT(when_repeated<PayoutScheduled>(2), Contains("a line more than there are sums to pay"));
  CHECK_THAT(when<PayoutScheduled>([](auto& e) { e.currency = {"USD"}; }), Contains("the next line belongs to A"));
  CHECK_THAT(when<PayoutScheduled>([](auto& e) { e.attempt = {2}; }), Contains("not being computed"));
  CHECK_THAT(when<PayoutScheduled>([](auto& e) { e.settlement = {"june"}; }), Contains("not being computed"));
}

TEST_CASE("a settlement that is fixed without some of its lines is found", "[books]") {
  Shop shop;
  shop.append(chain_of_four(percent({1000, 500, 250})));
  for (const Command& command : std::vector<Command>{
           RecordPurchase{OrderId{"o1"}, d, vip, Quantity{1}, Minor{999}, cny, "import", may_1},
           OpenSettlement{may_run, {at("2026-05-20T12:00:00Z"), {1}, {1}, "flat:1000"}, "wang", settling_time},
           lines(0, {{a, cny, {24}}, {b, cny, {49}}}), FixSettlement{may_run, {1}, 2, settling_time}}) {
    REQUIRE(shop.send(command).has_value());
  }
  CHECK_THAT(broken_identity(shop.log()), Contains("fixed with lines missing"));
}

TEST_CASE("sums that are not those of the lines are found", "[books]") {
  CHECK_THAT(when<LinesScheduled>([](auto& e) { ++e.lines; }), Contains("the number of lines is wrong"));
  CHECK_THAT(when<LinesScheduled>([](auto& e) { ++e.totals[0].amounts.net.value; }),
             Contains("not those of the lines"));
  CHECK_THAT(when<LinesScheduled>([](auto& e) { e.last_member = a; }), Contains("the newest line is another one"));
  CHECK_THAT(when_missing<LinesScheduled>(1), Contains("stand without their sums"));
  CHECK_THAT(when<SettlementFixed>([](auto& e) { ++e.totals[0].amounts.gross.value; }),
             Contains("not those of the lines"));
  CHECK_THAT(when<SettlementFixed>([](auto& e) { e.digest.bytes[3] = 9; }), Contains("the digest is not"));
  CHECK_THAT(when<SettlementFixed>([](auto& e) { --e.lines; }), Contains("the number of lines is wrong"));
}

TEST_CASE("a settlement that is computed elsewhere, in the future or before its time is found", "[books]") {
  CHECK_THAT(when<SettlementOpened>([](auto& e) { --e.through.value; }),
             Contains("not computed at the position in front"));
  CHECK_THAT(when<SettlementOpened>([](auto& e) { e.cutoff = settling_time + Duration{1}; }),
             Contains("in the future"));
  CHECK_THAT(when<SettlementOpened>([](auto& e) { e.attempt = {2}; }), Contains("the attempt does not follow"));
  CHECK_THAT(when<SettlementOpened>([](auto& e) { e.tax = "half"; }), Contains("the tax method is unknown"));
  CHECK_THAT(when<SettlementOpened>([](auto& e) { e.tax = "none"; }), Contains("are due"));
  CHECK_THAT(when<SettlementOpened>([](auto& e) { e.minimum = {30}; }), Contains("the next line belongs to B"));
  CHECK_THAT(when<SettlementOpened>([](auto& e) { e.cutoff = may_3; }), Contains("a line more than there are sums"));
}

TEST_CASE("results of what was not fixed, not approved or has one already are found", "[books]") {
  CHECK_THAT(when_missing<SettlementFixed>(), Contains("not fixed"));
  CHECK_THAT(when_missing<SettlementApproved>(), Contains("not approved"));
  CHECK_THAT(when_repeated<PayoutPaid>(), Contains("no payout that waits for it"));
  CHECK_THAT(when_missing<PayoutPaid>(), Contains("no payout that was paid"));
  CHECK_THAT(when_repeated<PayoutReturned>(), Contains("no payout that was paid"));
  CHECK_THAT(when_repeated<PayoutFailed>(), Contains("no payout that waits for its payment"));
  CHECK_THAT(when<PayoutFailed>([](auto& e) { ++e.amounts.gross.value; }), Contains("no payout that waits"));
  CHECK_THAT(when<PayoutPaid>([](auto& e) { --e.amounts.net.value; }), Contains("no payout that waits for it"));
}

TEST_CASE("an event of a settlement that is dated otherwise is found", "[books]") {
  const auto earlier = found([](Log& log) { --log[index_of<SettlementFixed>(log)].occurred_at.microseconds; });
  CHECK_THAT(earlier, Contains("not dated when it was recorded"));
}

TEST_CASE("an approval by who opened it is found where the shop wants four eyes", "[books]") {
  const auto own_approval = found([](Log& log) {
    std::get<SettlementApproved>(log[index_of<SettlementApproved>(log)].event).approved_by = "wang";
    const auto opened = index_of<SettlementOpened>(log);
    RecordedEvent policy = log.front();
    policy.event = SettlementPolicyChanged{{true}, "two"};
    log.insert(log.begin() + 1, policy);
    renumber(log);
    auto& moved = std::get<SettlementOpened>(log[opened + 1].event);
    ++moved.through.value;
  });
  CHECK_THAT(own_approval, Contains("four eyes"));
}
