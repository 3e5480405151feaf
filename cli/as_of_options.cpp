#include "cli/as_of_options.hpp"

#include "cli/context.hpp"
#include "eventstore/command_handler.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

void add_as_of_options(CLI::App& verb, AsOfOptions& options) {
  verb.add_option("--as-of", options.time, "Count what had occurred by then (RFC 3339; default: now)")
      ->type_name("TIME")
      ->check(check_not_empty);
  verb.add_option("--position", options.position, "Count what the log held up to this position")
      ->type_name("P")
      ->check(check_positive);
}

projections::AsOf as_of(const AsOfOptions& options, eventstore::EventStore& store) {
  if (options.position == 0) {
    return {.time = options.time.empty() ? eventstore::system_clock_now() : parse_time("--as-of", options.time)};
  }
  const domain::Position position{options.position};
  const auto event = store.read_one(position);
  if (!event) {
    throw NotFound(
        fmt::format("position {} is beyond the log, which ends at {}", position.value, store.head().position.value));
  }
  if (options.time.empty()) return projections::as_of_position(position, event->recorded_at);
  return {.position = position, .time = parse_time("--as-of", options.time)};
}

}  // namespace upline::cli
