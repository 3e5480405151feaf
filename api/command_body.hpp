// From a body to the request of the command handler: the part that all commands share.
#pragma once

#include "api/json_body.hpp"
#include "domain/time.hpp"
#include "eventstore/command_handler.hpp"

#include <utility>

namespace upline::api {

/// The body's occurred_at dates the command; without one it happens when it is recorded.
template <class Command>
eventstore::Request request_of(Command command, JsonBody& body) {
  const auto occurred_at = body.optional_time("occurred_at");
  command.occurred_at = occurred_at.value_or(domain::Timestamp{});
  constexpr bool is_to_an_order = requires { command.order; };
  return {.command = std::move(command), .dated = occurred_at.has_value(), .tells_order = is_to_an_order};
}

}  // namespace upline::api
