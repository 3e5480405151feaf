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

using ProductCommand = std::variant<AddProduct, AssignPlan>;

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

using ProductEvent = std::variant<ProductAdded, PlanAssigned>;

// State

struct NoProduct {};

struct ListedProduct {
  ProductAdded added{};
  std::optional<PlanId> plan{};
};

using Product = std::variant<NoProduct, ListedProduct>;

/// `plan_exists` answers for AssignPlan's plan. No events: already so, at whatever time.
std::expected<std::vector<ProductEvent>, Rejection> decide(const Product& state, const ProductCommand& command,
                                                           const OpenedShop& shop, bool plan_exists);
Product evolve(Product state, const ProductEvent& event);

}  // namespace upline::domain
