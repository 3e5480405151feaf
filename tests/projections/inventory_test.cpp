#include "projections/inventory.hpp"

#include "tests/projections/shop_books.hpp"

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

TEST_CASE("a shared key is never used up, and a course has no keys", "[inventory]") {
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
