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

Decision reprice(const ListedProduct& product, const RepriceProduct& command) {
  if (command.unit_price.value < 0) return refuse(Reason::invalid_amount, command.product.value);
  if (product.unit_price == command.unit_price) return Decision{};
  return Decision{{ProductRepriced{command.unit_price}}};
}

Decision retire(const ListedProduct& product, const RetireProduct& command) {
  if (product.retired) return Decision{};
  if (!is_plain_text(command.reason, reason_bytes_max)) return refuse(Reason::invalid_text, "reason");
  return Decision{{ProductRetired{command.reason}}};
}

Decision relist(const ListedProduct& product) {
  if (!product.retired) return Decision{};
  return Decision{{ProductRelisted{}}};
}

/// 0 is a low-stock level, but no purchase limit: nobody could buy.
std::expected<std::optional<Quantity>, Rejection> limit(const std::optional<std::int64_t>& value, std::int64_t least) {
  if (!value) return std::nullopt;
  if (*value < least || *value > product_limit_max) return refuse(Reason::invalid_limit, std::to_string(*value));
  return Quantity{*value};
}

Decision limit_purchases(const ListedProduct& product, const LimitPurchases& command) {
  const auto units = limit(command.units_per_member, 1);
  if (!units) return std::unexpected(units.error());
  if (product.units_per_member == *units) return Decision{};
  return Decision{{PurchasesLimited{*units}}};
}

Decision set_low_stock_level(const ListedProduct& product, const SetLowStockLevel& command) {
  const auto keys = limit(command.keys, 0);
  if (!keys) return std::unexpected(keys.error());
  if (product.low_stock_level == *keys) return Decision{};
  return Decision{{LowStockLevelSet{*keys}}};
}

Decision unknown(const ProductId& product) { return refuse(Reason::unknown_product, product.value); }

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
                        [](const NoProduct&, const AssignPlan& c) { return unknown(c.product); },
                        [](const NoProduct&, const RepriceProduct& c) { return unknown(c.product); },
                        [](const NoProduct&, const RetireProduct& c) { return unknown(c.product); },
                        [](const NoProduct&, const RelistProduct& c) { return unknown(c.product); },
                        [](const NoProduct&, const LimitPurchases& c) { return unknown(c.product); },
                        [](const NoProduct&, const SetLowStockLevel& c) { return unknown(c.product); },
                        [](const ListedProduct& p, const AddProduct& c) { return add_again(p, c); },
                        [&](const ListedProduct& p, const AssignPlan& c) { return assign_plan(p, c, plan_exists); },
                        [](const ListedProduct& p, const RepriceProduct& c) { return reprice(p, c); },
                        [](const ListedProduct& p, const RetireProduct& c) { return retire(p, c); },
                        [](const ListedProduct& p, const RelistProduct&) { return relist(p); },
                        [](const ListedProduct& p, const LimitPurchases& c) { return limit_purchases(p, c); },
                        [](const ListedProduct& p, const SetLowStockLevel& c) { return set_low_stock_level(p, c); },
                    },
                    state, command);
}

Product evolve(Product state, const ProductEvent& event) {
  if (const auto* added = std::get_if<ProductAdded>(&event)) {
    return ListedProduct{.added = *added, .unit_price = added->unit_price};
  }
  auto& product = std::get<ListedProduct>(state);
  std::visit(Overloaded{
                 [](const ProductAdded&) {},
                 [&](const PlanAssigned& e) { product.plan = e.plan; },
                 [&](const ProductRepriced& e) { product.unit_price = e.unit_price; },
                 [&](const ProductRetired&) { product.retired = true; },
                 [&](const ProductRelisted&) { product.retired = false; },
                 [&](const PurchasesLimited& e) { product.units_per_member = e.units_per_member; },
                 [&](const LowStockLevelSet& e) { product.low_stock_level = e.keys; },
             },
             event);
  return state;
}

}  // namespace upline::domain
