// What a query needs of a shop.
#pragma once

#include "eventstore/shop.hpp"
#include "projections/read_models.hpp"

namespace upline::api {

/// Connections of their own to log, vault and views. One thread at a time.
struct Reader {
  explicit Reader(const eventstore::ShopLocation& location) : shop(location), models(shop.store(), location.views()) {}

  eventstore::EventStore& log() { return shop.store(); }
  eventstore::Vault& vault() { return shop.vault(); }

  eventstore::Shop shop;
  projections::ReadModels models;
};

}  // namespace upline::api
