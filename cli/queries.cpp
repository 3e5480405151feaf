#include "cli/queries.hpp"

#include "cli/progress.hpp"
#include "eventstore/shop_state.hpp"

namespace upline::cli {

ExponentOf exponents_of(eventstore::EventStore& store) {
  eventstore::ShopState state(store);
  return [policy = state.policy()](const domain::Currency& currency) {
    const auto* shop = std::get_if<domain::OpenedShop>(&policy);
    const auto exponent = shop != nullptr ? domain::exponent_of(*shop, currency) : std::nullopt;
    return exponent ? exponent->digits : 0;
  };
}

std::unique_ptr<Books> open_books(Context& context, const ShopOptions& options) {
  auto shop = open_shop(options);
  projections::ReadModels models(shop->store(), shop->location().views());
  Progress progress(context, "bringing the views up to date");
  models.catch_up([&](domain::Position at, domain::Position head) { progress.show(at.value, head.value); });
  return std::unique_ptr<Books>(new Books{std::move(shop), std::move(models)});
}

}  // namespace upline::cli
