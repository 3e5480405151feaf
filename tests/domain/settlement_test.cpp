#include "domain/settlement.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

using namespace upline::domain;

namespace {

constexpr Timestamp now{1'000'000'000};
const SettlementId october{"2026-10"};
const SettlementId november{"2026-11"};
const Currency cny{"CNY"};

/// Stands for SHA-256: a digest that depends on every text, in order.
Digest counting_digest(const Digest& before, std::string_view text) {
  auto digest = before;
  for (const auto c : text)
    digest.bytes[0] = static_cast<std::uint8_t>(31 * digest.bytes[0] + static_cast<std::uint8_t>(c));
  return digest;
}

/// A shop's settlements, fed with what is decided.
class Told {
 public:
  std::string tell(const SettlementDecision& decision) {
    if (!decision) return std::string(code(decision.error().reason));
    for (const auto& event : *decision) {
      ++position_.value;
      follow(state_, {position_, event.stream, {}, event.occurred_at, event.occurred_at, event.event});
    }
    return decision->empty() ? "already there" : "appended";
  }

  std::string open(const SettlementId& id, SettlementTerms terms = usual(), const std::string& by = "wang") {
    return tell(open_settlement(state_, {id, std::move(terms), by, now}, position_));
  }
  std::string schedule(const SettlementId& id, std::vector<GrossLine> lines) {
    const auto& s = of(id);
    return tell(schedule_payouts(state_, {id, s.attempt, s.lines, std::move(lines), now}, counting_digest));
  }
  std::string fix(const SettlementId& id) {
    return tell(fix_settlement(state_, {id, of(id).attempt, of(id).lines, now}));
  }
  std::string approve(const SettlementId& id, const std::string& by = "li", bool four_eyes = false) {
    return tell(approve_settlement(state_, {id, by, now}, {four_eyes}));
  }
  std::string cancel(const SettlementId& id, bool although_exported = false) {
    return tell(cancel_settlement(state_, {id, "wrong", although_exported, now}));
  }

  /// Opened, with one line of alice, fixed and approved.
  void approved(const SettlementId& id) {
    open(id);
    schedule(id, {{{"alice"}, cny, {5000}}});
    fix(id);
    approve(id);
  }

  const Settlement& of(const SettlementId& id) { return state_.known.at(id); }
  const Settlements& state() const { return state_; }
  static SettlementTerms usual() { return {{now.microseconds - 10}, {1000}, {100}, "flat:600"}; }

 private:
  Settlements state_;
  Position position_{};
};

const PayoutAmounts amounts{{5000}, {300}, {100}, {4600}};

KnownPayout scheduled() { return {.line = PayoutScheduled{october, {1}, cny, amounts}}; }

RecordPayoutResult result(PayoutResult what, std::string text = {}) {
  return {.settlement = october,
          .member = {"alice"},
          .currency = cny,
          .result = what,
          .text = std::move(text),
          .occurred_at = now};
}

}  // namespace

TEST_CASE("a settlement is opened once; the same call goes on, another one is a conflict", "[settlement]") {
  Told told;
  CHECK(told.open(october) == "appended");
  CHECK(told.open(october) == "already there");
  auto other = Told::usual();
  other.fee = {0};
  CHECK(told.open(october, other) == "conflict");
}

TEST_CASE("terms that make no sense are refused", "[settlement]") {
  Told told;
  auto terms = Told::usual();
  CHECK(told.open({"no spaces"}) == "invalid_id");
  terms.minimum = {-1};
  CHECK(told.open(october, terms) == "invalid_amount");
  terms = Told::usual();
  terms.fee = {-1};
  CHECK(told.open(october, terms) == "invalid_amount");
  terms = Told::usual();
  terms.tax = "flat:10001";
  CHECK(told.open(october, terms) == "unknown_tax_method");
  terms = Told::usual();
  terms.cutoff = {now.microseconds + 1};
  CHECK(told.open(october, terms) == "cutoff_in_future");
}

TEST_CASE("a cutoff never goes behind that of a settlement with live lines", "[settlement]") {
  Told told;
  told.approved(october);
  auto earlier = Told::usual();
  --earlier.cutoff.microseconds;
  CHECK(told.open(november, earlier) == "cutoff_goes_back");
  CHECK(told.cancel(october) == "appended");
  CHECK(told.open(november, earlier) == "appended");
}

TEST_CASE("gross is net plus tax plus fee, per line and in total", "[settlement]") {
  Told told;
  told.open(october);
  CHECK(told.schedule(october, {{{"alice"}, cny, {5000}}, {{"bob"}, cny, {1009}}}) == "appended");
  CHECK(told.of(october).totals == PayoutTotals{{cny, 2, {{6009}, {361}, {200}, {5448}}}});  // 300 + 60.54
  CHECK(told.of(october).lines == 2);
}

TEST_CASE("lines come in order, above the minimum, behind those that are there", "[settlement]") {
  Told told;
  told.open(october);
  CHECK(told.schedule(october, {{{"bob"}, cny, {5000}}, {{"alice"}, cny, {5000}}}) == "conflict");
  CHECK(told.schedule(october, {{{"bob"}, cny, {999}}}) == "invalid_amount");
  CHECK(told.schedule(october, {{{"bob"}, cny, {5000}}}) == "appended");
  CHECK(told.schedule(october, {{{"bob"}, cny, {5000}}}) == "conflict");
  CHECK(told.tell(schedule_payouts(told.state(), {october, {1}, 0, {{{"carol"}, cny, {5000}}}, now},
                                   counting_digest)) == "settlement_moved_on");
}

TEST_CASE("a tax method that is not for a line's currency refuses the line", "[settlement]") {
  Told told;
  auto terms = Told::usual();
  terms.tax = "cn-labour-2018";
  told.open(october, terms);
  CHECK(told.schedule(october, {{{"alice"}, {"USD"}, {5000}}}) == "tax_not_for_currency");
}

TEST_CASE("of two settlements that are computed at once, the second to be fixed is abandoned and may begin anew",
          "[settlement]") {
  Told told;
  told.open(october);
  told.open(november);
  told.schedule(october, {{{"alice"}, cny, {5000}}});
  told.schedule(november, {{{"alice"}, cny, {5000}}});
  CHECK(told.fix(october) == "appended");
  CHECK(told.of(october).stage == SettlementStage::fixed);
  CHECK(told.fix(november) == "appended");
  CHECK(told.of(november).stage == SettlementStage::abandoned);
  CHECK(told.open(november) == "appended");
  CHECK(told.of(november).attempt == Attempt{2});
  CHECK(told.of(november).lines == 0);
  CHECK(told.fix(november) == "appended");
  CHECK(told.of(november).stage == SettlementStage::fixed);
}

TEST_CASE("where the shop wants four eyes, whoever opened a settlement does not approve it", "[settlement]") {
  Told told;
  told.open(october);
  CHECK(told.approve(october) == "settlement_not_fixed");
  told.fix(october);
  CHECK(told.approve(october, "wang", true) == "four_eyes_needed");
  CHECK(told.approve(october, "", true) == "four_eyes_needed");
  CHECK(told.approve(october, "li", true) == "appended");
  CHECK(told.approve(october, "zhao", true) == "already there");
  CHECK(told.of(october).approved_by == "li");
}

TEST_CASE("a settlement is cancelled only while none of its payouts has a result", "[settlement]") {
  Told told;
  told.approved(october);
  CHECK(told.tell(record_payout_result(told.state(), result(PayoutResult::paid), scheduled())) == "appended");
  CHECK(told.cancel(october) == "payouts_have_results");
  told.approved(november);
  CHECK(told.cancel(november) == "appended");
  CHECK(told.cancel(november) == "already there");
  CHECK(told.approve(november) == "settlement_cancelled");
}

TEST_CASE("a settlement whose file the bank may have is cancelled only by who says so", "[settlement]") {
  Told told;
  told.approved(october);
  const RecordExport file{october, "alipay", {}, 1, {}, now};
  REQUIRE(told.tell(record_export(told.state(), file)) == "appended");
  CHECK(told.cancel(october) == "settlement_exported");
  CHECK(told.of(october).stage == SettlementStage::approved);
  CHECK(told.cancel(october, true) == "appended");
  CHECK(told.cancel(october) == "already there");
  told.approved(november);
  CHECK(told.tell(record_export(told.state(), {november, "alipay", {}, 1, {}, now})) == "appended");
  CHECK(told.tell(record_payout_result(told.state(),
                                       {.settlement = november,
                                        .member = {"alice"},
                                        .currency = cny,
                                        .result = PayoutResult::paid,
                                        .occurred_at = now},
                                       {.line = PayoutScheduled{november, {1}, cny, amounts}})) == "appended");
  CHECK(told.cancel(november, true) == "payouts_have_results");
}

TEST_CASE("an export is recorded once, and of approved settlements only", "[settlement]") {
  Told told;
  told.open(october);
  told.fix(october);
  const RecordExport file{october, "alipay", {}, 0, {}, now};
  CHECK(told.tell(record_export(told.state(), file)) == "settlement_not_approved");
  told.approve(october);
  CHECK(told.tell(record_export(told.state(), file)) == "appended");
  CHECK(told.tell(record_export(told.state(), file)) == "already there");
  auto too_long = file;
  too_long.rows = 1;
  CHECK(told.tell(record_export(told.state(), too_long)) == "payout_mismatch");
}

TEST_CASE("a result is recorded once; what contradicts it is a conflict", "[settlement]") {
  Told told;
  told.approved(october);
  const auto decide = [&](const RecordPayoutResult& r, const KnownPayout& known) {
    const auto decision = record_payout_result(told.state(), r, known);
    if (!decision) return std::string(code(decision.error().reason));
    return std::string(decision->empty() ? "already there" : "appended");
  };
  auto paid = scheduled();
  paid.paid = PayoutPaid{october, {1}, cny, amounts, "ref-1"};
  auto failed = scheduled();
  failed.failed = PayoutFailed{october, {1}, cny, amounts, "no account"};
  auto returned = paid;
  returned.returned = PayoutReturned{october, {1}, cny, amounts, "closed"};

  CHECK(decide(result(PayoutResult::paid, "ref-1"), scheduled()) == "appended");
  CHECK(decide(result(PayoutResult::paid, "ref-1"), paid) == "already there");
  CHECK(decide(result(PayoutResult::paid), paid) == "already there");
  CHECK(decide(result(PayoutResult::paid, "ref-1"), returned) == "already there");
  CHECK(decide(result(PayoutResult::paid, "ref-2"), paid) == "conflict");
  CHECK(decide(result(PayoutResult::paid), failed) == "conflict");
  CHECK(decide(result(PayoutResult::failed, "no account"), scheduled()) == "appended");
  CHECK(decide(result(PayoutResult::failed, "no account"), failed) == "already there");
  CHECK(decide(result(PayoutResult::failed, "another"), failed) == "conflict");
  CHECK(decide(result(PayoutResult::failed, "no account"), paid) == "conflict");
  CHECK(decide(result(PayoutResult::failed), scheduled()) == "reason_missing");
  CHECK(decide(result(PayoutResult::returned, "closed"), scheduled()) == "payout_not_paid");
  CHECK(decide(result(PayoutResult::returned, "closed"), paid) == "appended");
  CHECK(decide(result(PayoutResult::returned, "closed"), returned) == "already there");
  CHECK(decide(result(PayoutResult::paid), {}) == "unknown_payout");

  auto wrong = result(PayoutResult::paid);
  wrong.net = Minor{4599};
  CHECK(decide(wrong, scheduled()) == "payout_mismatch");
  wrong.net = Minor{4600};
  CHECK(decide(wrong, scheduled()) == "appended");
}

TEST_CASE("what gets no line says why", "[settlement]") {
  const auto why = [](std::int64_t gross, std::int64_t minimum, std::int64_t net,
                      Standing standing = Standing::active) {
    const auto reason = left_out({gross}, {minimum}, {.gross = {gross}, .net = {net}}, standing);
    return reason ? std::string(name(*reason)) : std::string("a line");
  };
  CHECK(why(-1, 0, -1) == "below_zero");
  CHECK(why(0, 0, 0) == "below_minimum");
  CHECK(why(999, 1000, 999) == "below_minimum");
  CHECK(why(1000, 1000, 0) == "nothing_left");
  CHECK(why(1000, 1000, 1) == "a line");
  CHECK(why(1000, 1000, 1, Standing::suspended) == "suspended");
  CHECK(why(1000, 1000, 1, Standing::closed) == "a line");
}

TEST_CASE("money is conserved in every line and in the totals", "[settlement]") {
  rc::prop("for all terms and sums", [] {
    const auto tax = *rc::gen::element<std::string>("none", "flat:1", "flat:600", "flat:9999", "cn-labour-2018");
    const Minor fee{*rc::gen::inRange<std::int64_t>(0, 50)};
    PayoutTotals totals;
    PayoutAmounts sums;
    std::uint64_t lines = 0;
    for (const auto gross :
         *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(1, 100'000'000))) {
      const auto line = amounts_of(*parse_tax_method(tax), fee, {gross}, cny).value();
      RC_ASSERT(line.gross == Minor{gross});
      RC_ASSERT(line.net.value + line.tax.value + line.fee.value == gross);
      RC_ASSERT(line.tax >= Minor{0} && line.tax <= line.gross);
      RC_ASSERT(add_to(totals, cny, line));
      sums.gross.value += gross;
      sums.tax.value += line.tax.value;
      sums.fee.value += line.fee.value;
      sums.net.value += line.net.value;
      ++lines;
    }
    RC_ASSERT(totals == (lines == 0 ? PayoutTotals{} : PayoutTotals{{cny, lines, sums}}));
    RC_ASSERT(sums.net.value + sums.tax.value + sums.fee.value == sums.gross.value);
  });
}

TEST_CASE("a total that would not fit is refused, and nothing is scheduled", "[settlement]") {
  Told told;
  auto terms = Told::usual();
  terms.tax = "none";
  told.open(october, terms);
  const Minor most{std::numeric_limits<std::int64_t>::max()};
  CHECK(told.schedule(october, {{{"alice"}, cny, most}, {{"bob"}, cny, {5000}}}) == "amount_overflow");
  CHECK(told.of(october).lines == 0);
}
