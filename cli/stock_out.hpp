// A product's keys, in numbers.
#pragma once

#include "domain/key_pool.hpp"
#include "eventstore/event_store.hpp"

#include <string>

namespace upline::cli {

/// The pool as it is committed.
domain::KeyPool read_pool(eventstore::EventStore& store, const domain::ProductId& product);

/// `7 keys for sale, 2 waiting for release`.
std::string stock_text(const domain::KeyPool& pool);

}  // namespace upline::cli
