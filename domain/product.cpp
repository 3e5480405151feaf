#include "domain/product.hpp"

#include "domain/overloaded.hpp"

#include <utility>

namespace upline::domain {

namespace {

using Decision = std::expected<std::vector<ProductEvent>, Rejection>;

ProductAdded content(const AddProduct& command) {
  return {command.title, command.unit_price, command.currency, command.fulfilment};
}

Decision add(const AddProduct& command, const OpenedShop& shop) {
  if (!is_well_formed_id(command.product.value)) return refuse(Reason::invalid_id, "product");
  if (!is_plain_text(command.title, title_bytes_max)) return refuse(Reason::invalid_text, "title");
  if (command.unit_price.value < 0) return refuse(Reason::invalid_amount, command.product.value);
  if (!exponent_of(shop, command.currency)) return refuse(Reason::currency_not_declared, command.currency.code);
  return Decision{{content(command)}};
}

Decision add_again(const ListedProduct& product, const AddProduct& command) {
  if (product.added != content(command)) return refuse(Reason::conflict, command.product.value);
  return Decision{};
}

Decision assign_plan(const ListedProduct& product, const AssignPlan& command, bool plan_exists) {
  if (!plan_exists) return refuse(Reason::unknown_plan, command.plan.value);
  if (product.plan == command.plan) return Decision{};
  return Decision{{PlanAssigned{command.plan}}};
}

}  // namespace

std::string_view name(Fulfilment fulfilment) {
  switch (fulfilment) {
    case Fulfilment::key_pool:
      return "key-pool";
    case Fulfilment::reusable:
      return "reusable";
    case Fulfilment::manual:
      return "manual";
    case Fulfilment::external:
      return "external";
  }
  std::unreachable();
}

std::optional<Fulfilment> parse_fulfilment(std::string_view text) {
  for (const auto f : {Fulfilment::key_pool, Fulfilment::reusable, Fulfilment::manual, Fulfilment::external}) {
    if (text == name(f)) return f;
  }
  return std::nullopt;
}

Decision decide(const Product& state, const ProductCommand& command, const OpenedShop& shop, bool plan_exists) {
  return std::visit(Overloaded{
                        [&](const NoProduct&, const AddProduct& c) { return add(c, shop); },
                        [&](const NoProduct&, const AssignPlan& c) -> Decision {
                          return refuse(Reason::unknown_product, c.product.value);
                        },
                        [&](const ListedProduct& p, const AddProduct& c) { return add_again(p, c); },
                        [&](const ListedProduct& p, const AssignPlan& c) { return assign_plan(p, c, plan_exists); },
                    },
                    state, command);
}

Product evolve(Product state, const ProductEvent& event) {
  return std::visit(Overloaded{
                        [](const ProductAdded& e) -> Product { return ListedProduct{e, std::nullopt}; },
                        [&](const PlanAssigned& e) -> Product {
                          auto product = std::get<ListedProduct>(std::move(state));
                          product.plan = e.plan;
                          return product;
                        },
                    },
                    event);
}

}  // namespace upline::domain
