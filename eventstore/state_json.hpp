// What a state looks like to a program: the same over HTTP and on the command line. Never a secret.
#pragma once

#include "domain/ids.hpp"
#include "domain/order.hpp"
#include "domain/plan.hpp"
#include "domain/policy.hpp"
#include "domain/product.hpp"

#include <nlohmann/json_fwd.hpp>

namespace upline::eventstore {

/// Of an order that is there.
nlohmann::ordered_json order_json(const domain::OrderId& id, const domain::Order& order);

nlohmann::ordered_json product_json(const domain::ProductId& id, const domain::ListedProduct& product);

/// Every version.
nlohmann::ordered_json plan_json(const domain::PlanId& id, const domain::PublishedPlan& plan);

nlohmann::ordered_json policy_json(const domain::OpenedShop& shop);

}  // namespace upline::eventstore
