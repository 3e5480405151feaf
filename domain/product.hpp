// What is sold: a title, a price, how it is fulfilled, and which plan its sales follow.
#pragma once

#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/policy.hpp"
#include "domain/rejection.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace upline::domain {

constexpr std::size_t title_bytes_max = 500;

/// The numbers are stored; they never change.
enum class Fulfilment : std::uint8_t {
  key_pool = 1,  // each unit is one secret, sold once
  reusable = 2,  // one secret shared by all buyers
  manual = 3,    // by hand
  external = 4,  // by somebody else
};

/// `key-pool`, `reusable`, `manual`, `external`.
std::string_view name(Fulfilment fulfilment);
std::optional<Fulfilment> parse_fulfilment(std::string_view text);

/// True where an order gets secrets out of the product's pool.
constexpr bool takes_keys(Fulfilment fulfilment) {
  return fulfilment == Fulfilment::key_pool || fulfilment == Fulfilment::reusable;
}

/// Of a purchase limit and of a low-stock level.
constexpr std::int64_t product_limit_max = 1'000'000;

// Commands

struct AddProduct {
  ProductId product{};
  std::string title{};
  Minor unit_price{};
  Currency currency{};
  Fulfilment fulfilment{Fulfilment::key_pool};
  Timestamp occurred_at{};
};

/// Sales of the product follow this plan instead of the shop's default.
struct AssignPlan {
  ProductId product{};
  PlanId plan{};
  Timestamp occurred_at{};
};

/// For orders placed from now on.
struct RepriceProduct {
  ProductId product{};
  Minor unit_price{};
  Timestamp occurred_at{};
};

/// No order can be placed any more; those that are open may still be paid.
struct RetireProduct {
  ProductId product{};
  std::string reason{};
  Timestamp occurred_at{};
};

struct RelistProduct {
  ProductId product{};
  Timestamp occurred_at{};
};

/// Units of the product that one member may have in orders placed from now on. Cancelled orders don't count, nor do
/// expired ones unless they are paid after all, nor those that were paid back while they waited for keys.
struct LimitPurchases {
  ProductId product{};
  std::optional<std::int64_t> units_per_member{};  // none: no limit
  Timestamp occurred_at{};
};

/// At so many keys or fewer the product counts as low.
struct SetLowStockLevel {
  ProductId product{};
  std::optional<std::int64_t> keys{};
  Timestamp occurred_at{};
};

using ProductCommand = std::variant<AddProduct, AssignPlan, RepriceProduct, RetireProduct, RelistProduct,
                                    LimitPurchases, SetLowStockLevel>;

// Events, in the stream `product/<id>`

struct ProductAdded {
  std::string title{};
  Minor unit_price{};
  Currency currency{};
  Fulfilment fulfilment{};
  bool operator==(const ProductAdded&) const = default;
};

struct PlanAssigned {
  PlanId plan{};
  bool operator==(const PlanAssigned&) const = default;
};

struct ProductRepriced {
  Minor unit_price{};
  bool operator==(const ProductRepriced&) const = default;
};

struct ProductRetired {
  std::string reason{};
  bool operator==(const ProductRetired&) const = default;
};

struct ProductRelisted {
  bool operator==(const ProductRelisted&) const = default;
};

struct PurchasesLimited {
  std::optional<Quantity> units_per_member{};
  bool operator==(const PurchasesLimited&) const = default;
};

struct LowStockLevelSet {
  std::optional<Quantity> keys{};
  bool operator==(const LowStockLevelSet&) const = default;
};

using ProductEvent = std::variant<ProductAdded, PlanAssigned, ProductRepriced, ProductRetired, ProductRelisted,
                                  PurchasesLimited, LowStockLevelSet>;

// State

struct NoProduct {};

struct ListedProduct {
  ProductAdded added{};  // as it was listed: part of the adding's content
  Minor unit_price{};
  std::optional<PlanId> plan{};
  std::optional<Quantity> units_per_member{};
  std::optional<Quantity> low_stock_level{};
  bool retired{};
};

using Product = std::variant<NoProduct, ListedProduct>;

/// `plan_exists` answers for AssignPlan's plan. No events: already so, at whatever time.
std::expected<std::vector<ProductEvent>, Rejection> decide(const Product& state, const ProductCommand& command,
                                                           const OpenedShop& shop, bool plan_exists);
Product evolve(Product state, const ProductEvent& event);

}  // namespace upline::domain
