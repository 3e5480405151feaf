#include "cli/queries.hpp"

#include "cli/progress.hpp"
#include "eventstore/exponents.hpp"

namespace upline::cli {

ExponentOf exponents_of(eventstore::EventStore& store) {
  return [exponent_of = eventstore::exponents_of(store)](const domain::Currency& currency) {
    return exponent_of(currency.code).digits;
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
