#include "api/shops.hpp"

#include "eventstore/shop.hpp"

#include <utility>

#include <fmt/format.h>

namespace upline::api {

Shops::Shops(const std::filesystem::path& data, const std::filesystem::path& vault_key,
             const ServedShopOptions& options, Authentication& authentication, Telemetry& telemetry) {
  const auto names = eventstore::shops_in(data);
  for (const auto& name : names) {
    try {
      const eventstore::ShopLocation location{data, name, vault_key};
      auto tokens = std::make_unique<ShopTokens>(location.folder());
      auto with = options;
      with.writing.observe = telemetry.writer_observer(name);
      served_.emplace(name, std::make_unique<ServedShop>(location, std::move(with)));
      authentication.add(name, std::move(tokens));
    } catch (const std::exception& error) {
      if (names.size() == 1) throw;
      not_open_.push_back(name);
      telemetry.warn(fmt::format("shop '{}' is not served: {}", name, error.what()));
    }
  }
  if (served_.empty()) {
    throw eventstore::ShopNotFound(fmt::format("there is no shop in {}; make one with: upline init", data.string()));
  }
}

ServedShop* Shops::find(std::string_view name) const {
  const auto found = served_.find(name);
  return found == served_.end() ? nullptr : found->second.get();
}

std::vector<ShopHealth> Shops::health(bool with_names) const {
  std::vector<ShopHealth> all;
  for (const auto& [name, shop] : served_) all.push_back({name, true, shop->writer().stats(), shop->projecting()});
  for (const auto& name : not_open_) all.push_back({.name = name});
  for (std::size_t i = 0; i < all.size() && !with_names; ++i) all[i].name = std::to_string(i + 1);
  return all;
}

std::vector<ShopReading> Shops::readings() const {
  std::vector<ShopReading> all;
  for (const auto& [name, shop] : served_) all.push_back(read_shop(name, *shop));
  return all;
}

std::vector<BreakerReading> Shops::breakers() const {
  std::vector<BreakerReading> all;
  for (const auto& [name, shop] : served_) {
    for (const auto& target : shop->webhooks().states()) all.push_back({name, target.target, target.breaker});
  }
  return all;
}

}  // namespace upline::api
