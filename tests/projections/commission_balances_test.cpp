#include "projections/commission_balances.hpp"

#include "tests/projections/shop_books.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

constexpr Timestamp just_before(Timestamp time) { return {time.microseconds - 1}; }

/// A read model fed with events that no log has.
class FedBalances {
 public:
  CommissionBalances balances() { return CommissionBalances(database_); }

  void accrue(const std::string& member, std::int64_t amount, const std::string& currency = "CNY") {
    feed(member, CommissionAccrued{.order = {"o1"},
                                   .level = {1},
                                   .plan = {"standard"},
                                   .plan_version = {1},
                                   .amount = {amount},
                                   .currency = {currency},
                                   .available_at = may(8)});
  }

  void reverse(const std::string& member, std::int64_t amount) {
    feed(member, CommissionReversed{.order = {"o1"},
                                    .refund = {"r1"},
                                    .level = {1},
                                    .plan = {"standard"},
                                    .amount = {amount},
                                    .currency = {"CNY"},
                                    .available_at = may(9)});
  }

 private:
  void feed(const std::string& member, Event event) {
    ++position_.value;
    take_in(commission_balances_projection(), database_,
            {position_, account_stream({member}), {position_.value}, may(1), may(1), std::move(event)});
  }

  TempFolder folder_;
  ReadModelDatabase database_{folder_.path() / "views" / "balances.db", "commission_balances"};
  Position position_{};
};

Lines lines_of(const CommissionBalances& balances, const AsOf& as_of) {
  Lines lines;
  balances.balances(as_of, [&](const Balance& b) {
    lines.push_back(fmt::format("{} {} {}", b.member, b.currency, b.pending.value + b.available.value));
  });
  return lines;
}

}  // namespace

TEST_CASE("the worked example stands at every moment as the ledger says", "[balances]") {
  ExampleBooks books;
  books.append(purchase({.order = "o1", .at = may(1)}));
  books.append(refund("r1", "o1", 500, may(3)));
  books.append(refund("r2", "o1", 499, may(20)));
  auto& models = books.now();

  CHECK(balances(models, at(just_before(may(1)))).empty());
  const Lines after_purchase{"alice CNY earned 24 reversed 0 pending 24 available 0",
                             "bob CNY earned 49 reversed 0 pending 49 available 0",
                             "carol CNY earned 99 reversed 0 pending 99 available 0"};
  CHECK(balances(models, at(may(1))) == after_purchase);
  CHECK(balances(models, at(just_before(may(3)))) == after_purchase);
  const Lines after_refund{"alice CNY earned 24 reversed 12 pending 12 available 0",
                           "bob CNY earned 49 reversed 25 pending 24 available 0",
                           "carol CNY earned 99 reversed 50 pending 49 available 0"};
  CHECK(balances(models, at(may(3))) == after_refund);
  CHECK(balances(models, at(just_before(may(8)))) == after_refund);
  const Lines after_hold{"alice CNY earned 24 reversed 12 pending 0 available 12",
                         "bob CNY earned 49 reversed 25 pending 0 available 24",
                         "carol CNY earned 99 reversed 50 pending 0 available 49"};
  CHECK(balances(models, at(may(8))) == after_hold);
  CHECK(balances(models, at(just_before(may(20)))) == after_hold);
  const Lines at_the_end{"alice CNY earned 24 reversed 24 pending 0 available 0",
                         "bob CNY earned 49 reversed 49 pending 0 available 0",
                         "carol CNY earned 99 reversed 99 pending 0 available 0"};
  CHECK(balances(models, at(may(20))) == at_the_end);
  CHECK(balances(models, at(timestamp_max)) == at_the_end);
}

TEST_CASE("balances as of a position count the entries up to it, whenever they occurred", "[balances]") {
  ExampleBooks books;
  books.append(purchase({.order = "o1", .at = may(1)}));
  const auto after_purchase = books.head();
  books.append(purchase({.order = "o2", .at = may(31)}));
  auto& models = books.now();

  // Recorded on 1 June, so what became available in May is.
  CHECK(balances(models, models.as_of(after_purchase), MemberId{"carol"}) ==
        Lines{"carol CNY earned 99 reversed 0 pending 0 available 99"});
  CHECK(balances(models, models.as_of(books.head()), MemberId{"carol"}) ==
        Lines{"carol CNY earned 198 reversed 0 pending 99 available 99"});
  CHECK(balances(models, models.as_of({after_purchase.value - 3})).empty());
  CHECK(balances(models, models.as_of({0})).empty());
  CHECK_THROWS_AS(models.as_of({books.head().value + 1}), std::out_of_range);
}

TEST_CASE("an entry whose clock ran ahead counts as of its position, and as of its time", "[balances]") {
  ExampleBooks books;
  const auto in_four_minutes = may(32) + Duration{4 * 60 * microseconds_per_second};
  books.append(purchase({.order = "o1", .at = in_four_minutes}));
  auto& models = books.now();
  CHECK(balances(models, models.as_of(books.head())).size() == 3);
  CHECK(balances(models, at(may(32))).empty());
  CHECK(balances(models, at(in_four_minutes)).size() == 3);
}

TEST_CASE("a position and a time together count what was known by then of that time", "[balances]") {
  ExampleBooks books;
  books.append(purchase({.order = "o1", .at = may(1)}));
  const auto known = books.head();
  books.append(refund("r1", "o1", 999, may(2)));
  auto& models = books.now();
  CHECK(balances(models, {.position = known, .time = may(2)}, MemberId{"bob"}) ==
        Lines{"bob CNY earned 49 reversed 0 pending 49 available 0"});
  CHECK(balances(models, {.position = books.head(), .time = may(2)}, MemberId{"bob"}) ==
        Lines{"bob CNY earned 49 reversed 49 pending 0 available 0"});
  CHECK(balances(models, {.position = books.head(), .time = just_before(may(1))}).empty());
}

TEST_CASE("one member's balance leaves out members with similar names", "[balances]") {
  FedBalances fed;
  for (const auto* member : {"m1", "m", "m11", "M1", "m1-", "zz:zz"}) fed.accrue(member, 5);
  Lines lines;
  fed.balances().balances(at(may(1)), MemberId{"m1"},
                          [&](const Balance& balance) { lines.emplace_back(balance.member); });
  CHECK(lines == Lines{"m1"});
  fed.balances().balances(at(may(1)), MemberId{"nobody"}, [&](const Balance&) { FAIL("there is no such member"); });
}

TEST_CASE("balances come in the order of the members' bytes, then of the currencies'", "[balances]") {
  FedBalances fed;
  for (const auto* member : {"m2", "m10", "Z", "a.b", "a-b", "a:b", "a_b", "a", "9", "zz"}) fed.accrue(member, 1);
  fed.accrue("a", 2, "USDT");
  fed.accrue("a", 3, "1INCH");
  CHECK(lines_of(fed.balances(), at(may(1))) == Lines{"9 CNY 1", "Z CNY 1", "a 1INCH 3", "a CNY 1", "a USDT 2",
                                                      "a-b CNY 1", "a.b CNY 1", "a:b CNY 1", "a_b CNY 1", "m10 CNY 1",
                                                      "m2 CNY 1", "zz CNY 1"});
}

TEST_CASE("a balance below zero is shown as it is", "[balances]") {
  FedBalances fed;
  fed.accrue("carol", 50);
  fed.reverse("carol", 99);
  Lines lines;
  fed.balances().balances(at(may(9)), [&](const Balance& b) {
    lines.push_back(fmt::format("{} {} {} {}", b.earned.value, b.reversed.value, b.pending.value, b.available.value));
  });
  CHECK(lines == Lines{"50 99 0 -49"});
}

TEST_CASE("sums up to the last minor unit are exact, and one that does not fit is an error", "[balances]") {
  FedBalances fed;
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  fed.accrue("carol", largest - 1);
  fed.accrue("carol", 1);
  CHECK(lines_of(fed.balances(), at(may(1))) == Lines{fmt::format("carol CNY {}", largest)});
  fed.accrue("carol", 1);
  CHECK_THROWS_WITH(lines_of(fed.balances(), at(may(1))), Catch::Contains("integer overflow"));
}

TEST_CASE("an account's entries say what they were computed from", "[balances]") {
  ExampleBooks books;
  books.append(purchase({.order = "o1", .at = may(1)}));
  const auto accrued = books.head().value - 2;  // carol, bob, alice
  books.append(refund("r1", "o1", 500, may(3)));
  auto& models = books.now();
  std::vector<std::string> lines;
  const auto print = [&](const Entry& e) {
    const auto terms = e.terms ? fmt::format("v{} rate {} base {}", e.terms->plan_version.value, e.terms->rate.value,
                                             e.terms->base.value)
                               : std::string("-");
    lines.push_back(fmt::format("#{} {} line {} {} {} {} {} {} level {} {} {}", e.position.value - accrued, e.member,
                                e.version.value, e.amount.value, format_rfc3339(e.occurred_at),
                                format_rfc3339(e.available_at), e.order, e.plan, e.level.value, terms, e.refund));
  };
  models.balances().entries(at(may(3)), {"bob"}, print);
  CHECK(lines == Lines{"#1 bob line 1 49 2026-05-01T12:00:00Z 2026-05-08T12:00:00Z o1 standard level 2 v1 rate 500 "
                       "base 999 ",
                       "#5 bob line 2 -25 2026-05-03T12:00:00Z 2026-05-08T12:00:00Z o1 standard level 2 - r1"});
  lines.clear();
  models.balances().entries(at(just_before(may(3))), {"bob"}, print);
  CHECK(lines.size() == 1);
  lines.clear();
  models.balances().entries(models.as_of({accrued}), {"bob"}, print);
  CHECK(lines.empty());
}

TEST_CASE("what a suspended member forfeits is on record and in no balance", "[balances]") {
  ExampleBooks books;
  books.append(suspend("bob"));
  books.append(purchase({.order = "o1", .at = may(2)}));
  auto& models = books.now();
  CHECK(balances(models, at(may(2))) == Lines{"alice CNY earned 24 reversed 0 pending 24 available 0",
                                              "carol CNY earned 99 reversed 0 pending 99 available 0"});
  Lines lines;
  models.balances().forfeits(at(may(2)), {"bob"}, [&](const Forfeit& f) {
    lines.push_back(fmt::format("{} {} {} {} level {} {} {} rate {} base {} {}", f.member, f.order, f.amount.value,
                                f.currency, f.level.value, name(f.reason), f.plan, f.terms.rate.value,
                                f.terms.base.value, format_rfc3339(f.occurred_at)));
  });
  CHECK(lines == Lines{"bob o1 49 CNY level 2 suspended standard rate 500 base 999 2026-05-02T12:00:00Z"});
  models.balances().forfeits(at(just_before(may(2))), {"bob"}, [](const Forfeit&) { FAIL("not yet"); });
  models.balances().forfeits(at(may(2)), {"carol"}, [](const Forfeit&) { FAIL("not hers"); });
}
