#include "domain/product.hpp"

#include "tests/domain/given.hpp"

namespace {

using namespace upline::domain;

constexpr Timestamp noon{1'777'636'800'000'000};
constexpr Timestamp later{noon.microseconds + 1};
const Currency cny{"CNY"};
const Currency usdt{"USDT"};
const ProductId vip{"vip"};
const PlanId plan{"two-levels"};

struct Products {
  struct Wish {
    ProductCommand command{};
    bool plan_exists{};
  };
  using State = Product;
  using Past = ProductEvent;
  using Event = ProductEvent;
  using Command = Wish;
  static Product fold(Product state, const ProductEvent& event) { return evolve(std::move(state), event); }
  static auto decide(const Product& state, const Wish& wish) {
    return upline::domain::decide(state, wish.command, OpenedShop{.currency = cny}, wish.plan_exists);
  }
};

upline::tests::Given<Products> given(const std::vector<ProductEvent>& events) {
  return upline::tests::Given<Products>(events);
}

const ProductAdded added{"VIP card", Minor{999}, cny, Fulfilment::key_pool};

AddProduct vip_card() { return {vip, "VIP card", Minor{999}, cny, Fulfilment::key_pool, noon}; }
Products::Wish add(AddProduct command) { return {std::move(command), false}; }
Products::Wish assign(const PlanId& to, bool exists) { return {AssignPlan{vip, to, noon}, exists}; }

}  // namespace

TEST_CASE("a product is added once", "[product]") {
  given({}).when(add(vip_card())).then({added}).again().then_nothing();
  auto at_another_time = vip_card();
  at_another_time.occurred_at = later;
  given({added}).when(add(at_another_time)).then_nothing();
}

TEST_CASE("the same product with another content is a conflict", "[product]") {
  auto other = vip_card();
  other.title = "VIP";
  given({added}).when(add(other)).then_refused(Reason::conflict);
  other = vip_card();
  other.unit_price = Minor{-1};
  given({added}).when(add(other)).then_refused(Reason::conflict);
  other = vip_card();
  other.currency = usdt;
  given({added}).when(add(other)).then_refused(Reason::conflict);
  other = vip_card();
  other.fulfilment = Fulfilment::external;
  given({added}).when(add(other)).then_refused(Reason::conflict);
}

TEST_CASE("a product is refused for its id, title, price, then currency", "[product]") {
  AddProduct wrong{ProductId{"v/p"}, "a\nb", Minor{-1}, usdt, Fulfilment::manual, noon};
  given({}).when(add(wrong)).then_refused(Reason::invalid_id);
  wrong.product = vip;
  given({}).when(add(wrong)).then_refused(Reason::invalid_text);
  wrong.title = std::string(501, 'x');
  given({}).when(add(wrong)).then_refused(Reason::invalid_text);
  wrong.title = std::string(500, 'x');
  given({}).when(add(wrong)).then_refused(Reason::invalid_amount);
  wrong.unit_price = Minor{0};
  given({}).when(add(wrong)).then_refused(Reason::currency_not_declared);
  wrong.currency = cny;
  given({}).when(add(wrong)).then({ProductAdded{std::string(500, 'x'), Minor{0}, cny, Fulfilment::manual}});
}

TEST_CASE("a product follows the plan that it was assigned last", "[product]") {
  given({added}).when(assign(plan, true)).then({PlanAssigned{plan}}).again().then_nothing();
  given({added, PlanAssigned{plan}}).when(assign(PlanId{"other"}, true)).then({PlanAssigned{PlanId{"other"}}});
  const Product product = evolve(evolve(NoProduct{}, added), PlanAssigned{plan});
  CHECK(std::get<ListedProduct>(product).plan == plan);
  CHECK(std::get<ListedProduct>(product).added == added);
}

TEST_CASE("a plan is assigned to a product that is there, if the plan is", "[product]") {
  given({}).when(assign(plan, false)).then_refused(Reason::unknown_product);
  given({added}).when(assign(plan, false)).then_refused(Reason::unknown_plan);
  given({added, PlanAssigned{plan}}).when(assign(plan, false)).then_refused(Reason::unknown_plan);
}

TEST_CASE("a way of fulfilment is read as it is written", "[product]") {
  CHECK(name(Fulfilment::key_pool) == "key-pool");
  for (const auto way : {Fulfilment::key_pool, Fulfilment::reusable, Fulfilment::manual, Fulfilment::external}) {
    CHECK(parse_fulfilment(name(way)) == way);
  }
  CHECK_FALSE(parse_fulfilment("key_pool"));
  CHECK_FALSE(parse_fulfilment(""));
}
