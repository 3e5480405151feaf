// A line of a batch on its way: from a text to a command, and from what that came to, to a line of the answer.
#pragma once

#include "api/idempotency_key.hpp"
#include "api/job.hpp"

#include <cstddef>
#include <expected>
#include <optional>
#include <string>

namespace upline::api {

/// The command that a line means, and the route that takes it alone.
struct LineCommand {
  const Write* write{};
  RouteMatch match{};
  eventstore::Request command{};
};

/// Of the line in the body of `line`, which gets the method of that route. A refusal where the caller may not send it;
/// throws BadBody and Refused where the line is none. Asks nothing of the shop.
std::expected<LineCommand, Response> command_of_line(Request& line, const std::string& shop, const Caller& caller);

class BatchLine {
 public:
  /// `number` counts the lines of the body from 1, `text` is one of them.
  BatchLine(std::size_t number, std::string text);

  /// The command that the line means, where the batch's caller may give it. Nothing where the line is refused; its
  /// answer then says why.
  std::optional<eventstore::Request> command(const Job& batch);

  /// What became of the command. Lets go of the line's idempotency key.
  void came_to(eventstore::Outcome outcome);
  void refuse(Response why);

  /// Adds `{"line":3,"status":201,…}` with what the command's own route would have answered, and a line end.
  void add_answer(Reader& reader, Response& batch) const;

 private:
  std::optional<eventstore::Request> parse(const Job& batch);
  Response response(Reader& reader) const;

  std::size_t number_;
  const Caller* caller_{};  // the batch's
  Request request_;         // as the command's own route would have got it
  RouteMatch match_;
  const Write* write_{};
  KeysInFlight::Hold hold_;
  std::optional<eventstore::Outcome> outcome_;
  std::optional<Response> refusal_;
};

}  // namespace upline::api
