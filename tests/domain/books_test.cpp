#include "domain/books.hpp"

#include "tests/domain/replay.hpp"
#include "tests/domain/shop.hpp"
#include "tests/domain/stories.hpp"

#include <limits>

using namespace upline::domain;
using namespace upline::tests;

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
const auto may_3 = at("2026-05-03T09:30:00Z");
const auto may_20 = at("2026-05-20T12:00:00Z");

MemberBalance balance(std::int64_t earned, std::int64_t reversed, std::int64_t pending, std::int64_t available) {
  return {Minor{earned}, Minor{reversed}, Minor{pending}, Minor{available}};
}

Minor sum(const Books& books, AccountKind kind, std::string_view name) { return books.sum({kind, name}, cny); }

Shop worked_shop() {
  Shop shop;
  shop.append(chain_of_four(percent({1000, 500, 250})));
  shop.append(worked_sale());
  return shop;
}

void send(Shop& shop, const Command& command) { REQUIRE(shop.send(command).has_value()); }

}  // namespace

TEST_CASE("the books of the worked example, from the sale to the last refund", "[books]") {
  auto shop = worked_shop();
  CHECK(books_of(shop).balance(c, cny) == balance(99, 0, 99, 0));
  CHECK(books_of(shop).balance(a, cny) == balance(24, 0, 24, 0));

  send(shop, refund("r1", 500, may_3));
  CHECK(books_of(shop).balance(c, cny) == balance(99, 50, 49, 0));
  CHECK(books_of(shop).balance(b, cny) == balance(49, 25, 24, 0));

  send(shop, SuspendMember{d, "chargebacks", may_8});
  CHECK(books_of(shop).balance(c, cny) == balance(99, 50, 0, 49));

  send(shop, refund("r2", 499, may_20));
  CHECK(books_of(shop).balance(c, cny) == balance(99, 99, 0, 0));
  CHECK(books_of(shop).balance(b, cny) == balance(49, 49, 0, 0));
  CHECK(books_of(shop).balance(a, cny) == balance(24, 24, 0, 0));
  CHECK(books_of(shop).totals() ==
        std::map<Currency, CurrencyTotals>{{cny, {Minor{999}, Minor{999}, Minor{172}, Minor{172}}}});
}

TEST_CASE("the accounts of the worked example", "[books]") {
  auto shop = worked_shop();
  send(shop, refund("r1", 500, may_3));
  const auto books = books_of(shop);
  CHECK(sum(books, AccountKind::gateway, "import") == Minor{499});
  CHECK(sum(books, AccountKind::buyers, "") == Minor{0});
  CHECK(sum(books, AccountKind::sales, "vip") == Minor{-499});
  CHECK(sum(books, AccountKind::commission_expense, "p") == Minor{85});
  CHECK(sum(books, AccountKind::commission_pending, "C") == Minor{-49});
  CHECK(sum(books, AccountKind::commission_payable, "C") == Minor{0});
  send(shop, SuspendMember{d, "chargebacks", may_8});
  CHECK(sum(books_of(shop), AccountKind::commission_pending, "C") == Minor{0});
  CHECK(sum(books_of(shop), AccountKind::commission_payable, "C") == Minor{-49});
}

TEST_CASE("a hold ends at its instant, by the time of recording", "[books]") {
  auto shop = worked_shop();
  send(shop, SuspendMember{d, "x", Timestamp{may_8.microseconds - 1}});
  CHECK(books_of(shop).balance(c, cny) == balance(99, 0, 99, 0));
  send(shop, ResumeMember{d, may_8});
  CHECK(books_of(shop).balance(c, cny) == balance(99, 0, 0, 99));
}

TEST_CASE("history that is recorded after the fact is available at once", "[books]") {
  const auto shop = worked_shop();
  Books books;
  for (auto recorded : shop.log()) {
    recorded.recorded_at = may_20;
    REQUIRE(books.apply(recorded) == std::nullopt);
  }
  CHECK(books.balance(c, cny) == balance(99, 0, 0, 99));
}

TEST_CASE("a refund recorded before the hold it tells of is over leaves the split to the clock", "[books]") {
  auto shop = worked_shop();
  send(shop, refund("r1", 999, may_20));  // taken back after the hold
  Books books;
  for (auto recorded : shop.log()) {
    recorded.recorded_at = may_1;
    REQUIRE(books.apply(recorded) == std::nullopt);
  }
  CHECK(books.balance(c, cny) == balance(99, 99, 0, 0));
  CHECK(sum(books, AccountKind::commission_pending, "C") == Minor{-99});
  CHECK(sum(books, AccountKind::commission_payable, "C") == Minor{99});
  REQUIRE(books.apply({Position{shop.log().size() + 1}, stream_of(d), Version{2}, may_20, may_20,
                       MemberSuspended{"x"}}) == std::nullopt);
  CHECK(books.balance(c, cny) == balance(99, 99, 0, 0));
  CHECK(sum(books, AccountKind::commission_pending, "C") == Minor{0});
  CHECK(sum(books, AccountKind::commission_payable, "C") == Minor{0});
}

TEST_CASE("the books count what the log holds", "[books]") {
  const Books empty;
  CHECK(empty.position() == Position{0});
  CHECK(empty.totals().empty());
  CHECK(empty.balance(c, cny) == MemberBalance{});
  CHECK(empty.keys(vip) == KeyCounts{});
  CHECK(sum(empty, AccountKind::buyers, "") == Minor{0});
  const auto books = books_of(worked_shop());
  CHECK(books.position() == Position{15});
  CHECK(books.member_count() == 4);
  CHECK(books.order_count() == 1);
  CHECK(books.balance_count() == 3);
  CHECK(books.balance(d, cny) == MemberBalance{});
  CHECK(books.balance(c, Currency{"USD"}) == MemberBalance{});
}

TEST_CASE("the books know where each key is", "[books]") {
  Shop shop;
  shop.append(chain_of_four(percent({1000}), Fulfilment::key_pool));
  send(shop, ImportKeys{vip, BatchId{"b1"}, std::vector<SealedKey>(5), true, 0, opening});
  send(shop, ImportKeys{vip, BatchId{"b2"}, std::vector<SealedKey>(3), false, 0, opening});
  send(shop, purchase(999, 2));
  CHECK(books_of(shop).keys(vip) == KeyCounts{.imported = 8, .unreleased = 3, .released = 3, .delivered = 2});
}

TEST_CASE("keys may be released and sold in any order", "[books]") {
  Shop shop;
  shop.append(chain_of_four(percent({1000}), Fulfilment::key_pool));
  send(shop, ImportKeys{vip, BatchId{"b1"}, std::vector<SealedKey>(9), false, 0, opening});
  for (const auto& range : {KeyRange{4, 2}, KeyRange{9, 1}, KeyRange{1, 2}, KeyRange{6, 3}, KeyRange{3, 1}}) {
    shop.append({of_pool(KeysReleased{range})});
  }
  send(shop, purchase(999, 9));
  CHECK(books_of(shop).keys(vip) == KeyCounts{.imported = 9, .delivered = 9});
}

TEST_CASE("a shared key is delivered to every order and stays released", "[books]") {
  Shop shop;
  shop.append(chain_of_four(percent({1000}), Fulfilment::reusable));
  send(shop, ImportKeys{vip, BatchId{"b1"}, std::vector<SealedKey>(1), true, 0, opening});
  auto second = purchase(999, 3);
  second.order = OrderId{"o2"};
  send(shop, purchase(999));
  send(shop, second);
  CHECK(books_of(shop).keys(vip) == KeyCounts{.imported = 1, .released = 1});
}

TEST_CASE("a gift, a forfeit and a withheld commission leave the books in balance", "[books]") {
  Shop shop;
  shop.append(chain_of_four(fixed({100, 50}, 10'000, Currency{"USD"})));
  send(shop, purchase(0));
  auto withheld = purchase(500);
  withheld.order = OrderId{"o2"};
  send(shop, withheld);
  send(shop, PublishPlan{plan_p, percent({1000, 500}), may_1});
  send(shop, SuspendMember{c, "x", may_1});
  auto forfeiting = purchase(500);
  forfeiting.order = OrderId{"o3"};
  send(shop, forfeiting);
  const auto books = books_of(shop);
  CHECK(books.balance_count() == 1);
  CHECK(books.balance(b, cny) == balance(25, 0, 25, 0));
  CHECK(books.totals().at(cny) == CurrencyTotals{Minor{1000}, Minor{0}, Minor{25}, Minor{0}});
}

TEST_CASE("a refund before the delivery is owed to nobody any more, and earns nothing", "[books]") {
  Shop shop;
  shop.append(and_then(chain_of_four(percent({1000}), Fulfilment::manual), ordered(999), paid_live("p", 999, {c}),
                       refunded("r0", 400, may_1)));
  CHECK(sum(books_of(shop), AccountKind::buyers, "") == Minor{-599});
  shop.append({delivered(), accrued(c, 1, basis_points(1000), 599, 59)});
  CHECK(sum(books_of(shop), AccountKind::sales, "vip") == Minor{-599});
  send(shop, refund("r1", 300, may_3));
  CHECK(books_of(shop).balance(c, cny) == balance(59, 30, 29, 0));
  CHECK(books_of(shop).totals().at(cny) == CurrencyTotals{Minor{999}, Minor{700}, Minor{59}, Minor{30}});
}

TEST_CASE("payments add up, and what exceeds the amount due is owed to the buyers", "[books]") {
  Shop shop;
  shop.append(and_then(
      chain_of_four(percent({1000}), Fulfilment::manual), ordered(999), received("p1", 600, PaymentEffect::underpays),
      received("p2", 7, PaymentEffect::owed_back, Currency{"USD"}), paid_live("p3", 500, {c}),
      received("p4", 999, PaymentEffect::owed_back), delivered(), accrued(c, 1, basis_points(1000), 999, 99)));
  CHECK(sum(books_of(shop), AccountKind::buyers, "") == Minor{-1100});
  CHECK(books_of(shop).sum({AccountKind::buyers, ""}, Currency{"USD"}) == Minor{-7});
  send(shop, ReturnPayment{ReturnId{"x1"}, order_1, Minor{1000}, cny, "alipay", may_3});
  send(shop, ReturnPayment{ReturnId{"x2"}, order_1, Minor{7}, Currency{"USD"}, "alipay", may_3});
  CHECK(sum(books_of(shop), AccountKind::buyers, "") == Minor{-100});
  CHECK(sum(books_of(shop), AccountKind::gateway, "alipay") == Minor{1099});
  CHECK(books_of(shop).sum({AccountKind::buyers, ""}, Currency{"USD"}) == Minor{0});
}

TEST_CASE("the largest amounts keep their books", "[books]") {
  Shop shop;
  shop.append(chain_of_four(percent({5000, 5000})));
  send(shop, purchase(largest));
  send(shop, refund("r1", 1, may_3));
  const auto half = largest / 2;
  CHECK(books_of(shop).balance(c, cny) == balance(half, 0, half, 0));
  send(shop, refund("r2", 1, may_3));
  CHECK(books_of(shop).balance(c, cny) == balance(half, 1, half - 1, 0));
}

TEST_CASE("what is broken is told in one sentence with its position, from then on", "[books]") {
  auto log = worked_shop().log();
  std::get<CommissionAccrued>(log[12].event).amount = Minor{100};
  Books books;
  for (std::size_t i = 0; i < 12; ++i) REQUIRE(books.apply(log[i]) == std::nullopt);
  const auto* sentence = "Position 13, account/C: order o1, level 1: 100 accrues where the plan gives 99.";
  CHECK(books.apply(log[12]) == sentence);
  CHECK(books.apply(log[13]) == sentence);
  CHECK(books.position() == Position{13});
}

TEST_CASE("a log does not end inside a delivery or a refund", "[books]") {
  auto shop = worked_shop();
  send(shop, refund("r1", 500, may_3));
  Books books;
  for (std::size_t i = 0; i < 19; ++i) {
    REQUIRE(books.apply(shop.log()[i]) == std::nullopt);
    const auto position = books.position().value;
    const bool is_inside = (position >= 10 && position < 15) || (position > 15 && position < 19);
    CHECK(books.unfinished().has_value() == is_inside);
  }
  Books cut;
  for (std::size_t i = 0; i < 17; ++i) REQUIRE(cut.apply(shop.log()[i]) == std::nullopt);
  CHECK(cut.unfinished() == "After position 17: 2 levels of order o1 kept more than refund r1 leaves them.");
}

TEST_CASE("books may be moved", "[books]") {
  auto books = books_of(worked_shop());
  const auto moved = std::move(books);
  CHECK(moved.order_count() == 1);
}
