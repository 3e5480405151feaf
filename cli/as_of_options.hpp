// `--as-of TIME` and `--position P`: which part of the past a verb shows.
#pragma once

#include "eventstore/event_store.hpp"
#include "projections/as_of.hpp"

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace upline::cli {

struct AsOfOptions {
  std::string time{};
  std::uint64_t position{};  // 0: not given
};

void add_as_of_options(CLI::App& verb, AsOfOptions& options);

inline bool is_now(const AsOfOptions& options) { return options.time.empty() && options.position == 0; }

/// Without a time it is now, or the moment at which the position was recorded. Throws UsageError, and NotFound beyond
/// the log.
projections::AsOf as_of(const AsOfOptions& options, eventstore::EventStore& store);

}  // namespace upline::cli
