// What the verbs that answer questions share: a shop opened with its read models up to date.
#pragma once

#include "cli/context.hpp"
#include "cli/order_audit_out.hpp"
#include "eventstore/event_store.hpp"
#include "projections/read_models.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace upline::cli {

/// Decimals of every currency that the shop knows, for printing; 0 for one that it does not.
ExponentOf exponents_of(eventstore::EventStore& store);

/// The ids behind a prefix of stream names such as `plan/`, in bytewise order.
template <class Id>
std::vector<Id> ids_of(eventstore::EventStore& store, std::string_view prefix) {
  std::vector<Id> ids;
  for (const auto& stream : store.stream_names(prefix)) ids.push_back({stream.substr(prefix.size())});
  return ids;
}

struct Books {
  std::unique_ptr<eventstore::Shop> shop;
  projections::ReadModels models;

  eventstore::EventStore& store() { return shop->store(); }
};

/// Opens the shop and brings its read models up to the head of the log, showing progress where that takes long.
std::unique_ptr<Books> open_books(Context& context, const ShopOptions& options);

}  // namespace upline::cli
