// The shop that the measurements sell from: one product of card keys, and a chain of three above every buyer.
#pragma once

#include "eventstore/shop.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace upline::bench {

using Requests = std::vector<eventstore::Request>;

/// Fills an empty shop: members m0, m1 ... and that many released keys. Throws where a command is not accepted.
void fill_card_shop(eventstore::Shop& shop, int buyers, int keys);

/// m<buyer> orders one card as o<order>, which costs 9.99 CNY.
eventstore::Request place(int order, int buyer);
eventstore::Request pay(int order);

/// Throws unless the command brought new events.
void must_append(const eventstore::Outcome& outcome);

/// One batch. The position of its last event.
domain::Position run(eventstore::Shop& shop, const Requests& requests);

/// A shop of its own in a folder that goes away with it.
class ScratchShop {
 public:
  explicit ScratchShop(const std::filesystem::path& scratch);
  ~ScratchShop();
  ScratchShop(const ScratchShop&) = delete;
  ScratchShop& operator=(const ScratchShop&) = delete;

  const eventstore::ShopLocation& location() const { return location_; }

 private:
  eventstore::ShopLocation location_;
};

}  // namespace upline::bench
