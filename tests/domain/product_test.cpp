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

TEST_CASE("a price changes for orders from now on, and the listing stays what it was", "[product]") {
  const auto reprice = [](std::int64_t price) {
    return Products::Wish{RepriceProduct{vip, Minor{price}, noon}, false};
  };
  given({added}).when(reprice(1299)).then({ProductRepriced{Minor{1299}}}).again().then_nothing();
  given({added}).when(reprice(999)).then_nothing();
  given({added}).when(reprice(0)).then({ProductRepriced{Minor{0}}});
  given({added}).when(reprice(-1)).then_refused(Reason::invalid_amount);
  given({}).when(reprice(-1)).then_refused(Reason::unknown_product);
  given({added, ProductRepriced{Minor{1299}}}).when(add(vip_card())).then_nothing();
  given({added, ProductRepriced{Minor{1299}}}).when(reprice(999)).then({ProductRepriced{Minor{999}}});
}

TEST_CASE("a product is retired and relisted any number of times", "[product]") {
  const auto retire = [](std::string reason) {
    return Products::Wish{RetireProduct{vip, std::move(reason), noon}, false};
  };
  const Products::Wish relist{RelistProduct{vip, noon}, false};
  given({added})
      .when(retire(""))
      .then({ProductRetired{""}})
      .again()
      .then_nothing()
      .when(relist)
      .then({ProductRelisted{}})
      .again()
      .then_nothing()
      .when(retire("sold out for good"))
      .then({ProductRetired{"sold out for good"}});
  given({added}).when(relist).then_nothing();
  given({added, ProductRetired{""}}).when(retire("two\nlines")).then_nothing();
  given({added}).when(retire("two\nlines")).then_refused(Reason::invalid_text);
  given({added}).when(retire(std::string(501, 'x'))).then_refused(Reason::invalid_text);
  given({}).when(retire("two\nlines")).then_refused(Reason::unknown_product);
  given({}).when(relist).then_refused(Reason::unknown_product);
}

TEST_CASE("purchases are limited to 1 to 1000000 units a member, or not at all", "[product]") {
  const auto limit = [](std::optional<std::int64_t> units) {
    return Products::Wish{LimitPurchases{vip, units, noon}, false};
  };
  given({added})
      .when(limit(2))
      .then({PurchasesLimited{Quantity{2}}})
      .again()
      .then_nothing()
      .when(limit({}))
      .then({PurchasesLimited{}})
      .again()
      .then_nothing();
  given({added}).when(limit({})).then_nothing();
  given({added}).when(limit(1)).then({PurchasesLimited{Quantity{1}}});
  given({added}).when(limit(1'000'000)).then({PurchasesLimited{Quantity{1'000'000}}});
  given({added}).when(limit(0)).then_refused(Reason::invalid_limit);
  given({added}).when(limit(1'000'001)).then_refused(Reason::invalid_limit);
  given({}).when(limit(0)).then_refused(Reason::unknown_product);
}

TEST_CASE("stock is low at 0 to 1000000 keys, or never", "[product]") {
  const auto low = [](std::optional<std::int64_t> keys) {
    return Products::Wish{SetLowStockLevel{vip, keys, noon}, false};
  };
  given({added})
      .when(low(0))
      .then({LowStockLevelSet{Quantity{0}}})
      .again()
      .then_nothing()
      .when(low({}))
      .then({LowStockLevelSet{}})
      .again()
      .then_nothing();
  given({added}).when(low({})).then_nothing();
  given({added}).when(low(1'000'000)).then({LowStockLevelSet{Quantity{1'000'000}}});
  given({added}).when(low(-1)).then_refused(Reason::invalid_limit);
  given({added}).when(low(1'000'001)).then_refused(Reason::invalid_limit);
  given({}).when(low(-1)).then_refused(Reason::unknown_product);
}
