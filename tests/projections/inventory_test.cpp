#include "projections/inventory.hpp"

#include "tests/projections/live_books.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

const std::string course = "course imported 0 unreleased 0 released 0 reserved 0 delivered 0 revoked 0";
const std::string licence = "licence imported 1 unreleased 0 released 1 reserved 0 delivered 0 revoked 0";

}  // namespace

TEST_CASE("keys move from import to release to delivery", "[inventory]") {
  ExampleBooks books;
  CHECK(stock(books.now()) ==
        Lines{course, "game imported 10 unreleased 0 released 10 reserved 0 delivered 0 revoked 0", licence});
  books.append(import_keys("game", "b2", false), secrets_of("b2", 3));
  books.append(purchase({.order = "o1", .quantity = 4, .at = may(2)}));
  CHECK(stock(books.now()) ==
        Lines{course, "game imported 13 unreleased 3 released 6 reserved 0 delivered 4 revoked 0", licence});
}

TEST_CASE("keys delivered out of several batches are all counted", "[inventory]") {
  ExampleBooks books;
  books.append(import_keys("game", "b2", false), secrets_of("b2", 1));
  books.append(import_keys("game", "b3"), secrets_of("b3", 5));
  books.append(purchase({.order = "o1", .quantity = 12, .at = may(2)}));
  CHECK(stock(books.now())[1] == "game imported 16 unreleased 1 released 3 reserved 0 delivered 12 revoked 0");
}

TEST_CASE("a shared key without a limit is never used up, and a course has no keys", "[inventory]") {
  ExampleBooks books;
  books.append(purchase({.order = "o1", .product = "licence", .quantity = 3}));
  books.append(purchase({.order = "o2", .product = "course"}));
  const auto lines = stock(books.now());
  CHECK(lines.front() == course);
  CHECK(lines.back() == licence);
  CHECK(stock(books.models(), AsOf{}) == lines);
}

TEST_CASE("stock as of a moment is what was there by then", "[inventory]") {
  ExampleBooks books;
  const auto untouched = books.head();
  books.append(purchase({.order = "o1", .quantity = 4, .at = may(2)}));
  books.append(purchase({.order = "o2", .quantity = 1, .at = may(4)}));
  auto& models = books.now();
  const auto game = [&](const AsOf& as_of) { return stock(models, as_of).at(1); };
  CHECK(game(at(may(1))) == "game imported 10 unreleased 0 released 10 reserved 0 delivered 0 revoked 0");
  CHECK(game(models.as_of(untouched)) == game(at(may(1))));
  CHECK(game(at(may(2))) == "game imported 10 unreleased 0 released 6 reserved 0 delivered 4 revoked 0");
  CHECK(stock(models, AsOf{}) == stock(models));
  // Products were added at midnight, keys imported at four.
  CHECK(game(at(may(1, 3))) == "game imported 0 unreleased 0 released 0 reserved 0 delivered 0 revoked 0");
  CHECK(stock(models, at(may(0))).empty());
}

TEST_CASE("a product shows its title, price, kind and plan", "[inventory]") {
  ExampleBooks books;
  books.append(publish("special", {100}));
  books.append(AssignPlan{{"course"}, {"special"}, may(2)});
  Lines lines;
  books.now().inventory().stock([&](const Stock& s) {
    lines.push_back(fmt::format("{} '{}' {} {} {} plan '{}' available {}", s.product, s.title, s.unit_price.value,
                                s.currency, name(s.fulfilment), s.plan, s.available()));
  });
  CHECK(lines == Lines{"course 'the course' 999 CNY external plan 'special' available 0",
                       "game 'the game' 999 CNY key-pool plan '' available 10",
                       "licence 'the licence' 999 CNY reusable plan '' available 1"});
}

TEST_CASE("a product's plan as of a moment is the one it followed then", "[inventory]") {
  ExampleBooks books;
  books.append(publish("special", {100}));
  const auto unassigned = books.head();
  books.append(AssignPlan{{"course"}, {"special"}, may(2)});
  const auto assigned = books.head();
  books.append(AssignPlan{{"course"}, {"standard"}, may(4)});
  auto& models = books.now();
  const auto plan_of_course = [&](const AsOf& as_of) { return plans(models, as_of).front(); };
  CHECK(plan_of_course(at(may(1))) == "course: ");
  CHECK(plan_of_course(models.as_of(unassigned)) == "course: ");
  CHECK(plan_of_course(at(may(3))) == "course: special");
  CHECK(plan_of_course(models.as_of(assigned)) == "course: special");
  CHECK(plan_of_course({}) == "course: standard");
  CHECK(plans(models).front() == "course: standard");
}

TEST_CASE("keys are reserved for an open order until it is paid, expires or is cancelled", "[inventory]") {
  LiveBooks books;
  const auto game = [&] { return stock(books.now()).at(1); };
  books.place("o1", 3);
  CHECK(game() == "game imported 10 unreleased 0 released 7 reserved 3 delivered 0 revoked 0");
  books.pay("p1", "o1", 2997);
  CHECK(game() == "game imported 10 unreleased 0 released 7 reserved 0 delivered 3 revoked 0");
  books.place("o2", 2);
  books.append(CancelOrder{{"o2"}, "", may(2)});
  CHECK(game() == "game imported 10 unreleased 0 released 7 reserved 0 delivered 3 revoked 0");
  books.place("o3", 2);
  const auto placed = books.head();
  books.wait_until(may(3));
  CHECK(game() == "game imported 10 unreleased 0 released 7 reserved 0 delivered 3 revoked 0");
  CHECK(stock(books.models(), at(may(2))).at(1) ==
        "game imported 10 unreleased 0 released 5 reserved 2 delivered 3 revoked 0");
  CHECK(stock(books.models(), books.models().as_of(placed)) == stock(books.models(), at(may(2))));
}

TEST_CASE("keys are withdrawn, revoked, replaced and taken back", "[inventory]") {
  LiveBooks books;
  const auto game = [&] { return stock(books.now()).at(1); };
  books.append(import_keys("game", "b2"), secrets_of("b2", 4));
  books.append(WithdrawKeys{{"game"}, {"b2"}, "not yet", may(2)});
  CHECK(game() == "game imported 14 unreleased 4 released 10 reserved 0 delivered 0 revoked 0");
  books.append(RevokeKeys{{"game"}, {"b2"}, "stolen", may(2)});
  CHECK(game() == "game imported 14 unreleased 0 released 10 reserved 0 delivered 0 revoked 4");
  books.append(purchase({.order = "o1", .quantity = 3}));
  books.append(ReplaceKey{{"o1"}, 2, "used already", may(2)});
  CHECK(game() == "game imported 14 unreleased 0 released 6 reserved 0 delivered 3 revoked 5");
  books.append(
      RefundOrder{.refund = {"r1"}, .order = {"o1"}, .amount = {1}, .revoke_keys = true, .occurred_at = may(2)});
  CHECK(game() == "game imported 14 unreleased 0 released 6 reserved 0 delivered 0 revoked 8");
}

TEST_CASE("a shared key with a limit is delivered when its uses are up", "[inventory]") {
  LiveBooks books;
  books.append(add_product("seats", Fulfilment::reusable));
  auto keys = std::get<ImportKeys>(import_keys("seats", "s1"));
  keys.use_limit = 3;
  books.append(keys, secrets_of("s1", 3));
  const auto seats = [&] { return stock(books.now()).at(3); };
  const auto sell = [&](const std::string& order, std::int64_t units) {
    books.append(purchase({.order = order, .product = "seats", .quantity = units}));
  };
  sell("o1", 2);
  CHECK(seats() == "seats imported 3 unreleased 0 released 3 reserved 0 delivered 0 revoked 0");
  sell("o2", 5);  // one unit of the first key, three of the second, one of the third
  CHECK(seats() == "seats imported 3 unreleased 0 released 1 reserved 0 delivered 2 revoked 0");
  sell("o3", 2);
  CHECK(seats() == "seats imported 3 unreleased 0 released 0 reserved 0 delivered 3 revoked 0");
}

TEST_CASE("what is settled about a product holds from its event on", "[inventory]") {
  LiveBooks books;
  const auto untouched = books.head();
  books.append(RepriceProduct{{"game"}, {1200}, may(2)});
  books.append(LimitPurchases{{"game"}, 2, may(2)});
  books.append(SetLowStockLevel{{"game"}, 10, may(2)});
  books.append(RetireProduct{{"game"}, "no more", may(2)});
  const auto retired = books.head();
  books.append(RelistProduct{{"game"}, may(2)});
  books.append(LimitPurchases{{"game"}, std::nullopt, may(2)});
  books.append(SetLowStockLevel{{"game"}, 9, may(2)});
  auto& models = books.now();
  const auto game = [&](const std::optional<AsOf>& as_of) { return products(models, as_of).at(1); };
  CHECK(game(models.as_of(untouched)) ==
        "game: 999 CNY key-pool, plan '', retired false, - a member, low at -: false, 0 orders of 0 waiting");
  CHECK(game(at(may(1))) == game(models.as_of(untouched)));
  CHECK(game(models.as_of(retired)) ==
        "game: 1200 CNY key-pool, plan '', retired true, 2 a member, low at 10: true, 0 orders of 0 waiting");
  CHECK(game({}) ==
        "game: 1200 CNY key-pool, plan '', retired false, - a member, low at 9: false, 0 orders of 0 waiting");
  CHECK(game(AsOf{}) == game({}));
  CHECK(models.inventory().stock({}, {"game"}, [](const Stock& s) { CHECK(s.unit_price == Minor{1200}); }));
  CHECK_FALSE(models.inventory().stock({}, {"nothing"}, [](const Stock&) { FAIL("there is none"); }));
}

TEST_CASE("orders that wait for stock are counted until they are served or refunded", "[inventory]") {
  LiveBooks books;
  books.place("o1", 2);
  books.place("o2", 1);
  books.wait_until(may(3));
  books.sell_out();
  books.pay("p1", "o1", 1998);
  books.pay("p2", "o2", 999);
  const auto waiting = books.head();
  const auto game = [&](const std::optional<AsOf>& as_of) { return products(books.now(), as_of).at(1); };
  CHECK(game({}).ends_with("2 orders of 3 waiting"));
  books.append(refund("r1", "o1", 1998, may(3)));
  CHECK(game({}).ends_with("1 orders of 1 waiting"));
  books.append(import_keys("game", "b2"), secrets_of("b2", 1));
  CHECK(game({}).ends_with("0 orders of 0 waiting"));
  CHECK(game(books.models().as_of(waiting)).ends_with("2 orders of 3 waiting"));
}

TEST_CASE("a scheduled release stands until it is carried out", "[inventory]") {
  LiveBooks books;
  books.append(import_keys("game", "b2", false), secrets_of("b2", 4));
  books.append(ReleaseKeys{{"game"}, {"b2"}, may(4), may(2)});
  CHECK(scheduled_releases(books.now(), {}) == Lines{"game b2 at 2026-05-04T12:00:00Z"});
  books.append(ReleaseKeys{{"game"}, {"b2"}, may(5), may(2)});
  CHECK(scheduled_releases(books.now(), {}) == Lines{"game b2 at 2026-05-05T12:00:00Z"});
  books.wait_until(may(6));
  CHECK(scheduled_releases(books.now(), {}).empty());
  CHECK(scheduled_releases(books.models(), at(may(3))) == Lines{"game b2 at 2026-05-05T12:00:00Z"});
  CHECK(stock(books.models()).at(1) == "game imported 14 unreleased 0 released 14 reserved 0 delivered 0 revoked 0");
}
