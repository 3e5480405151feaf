// What a route does: a read asks the log and the read models; a write makes a command, and answers once it is
// committed. There is no other way into the domain than the command handler.
#pragma once

#include "api/access.hpp"
#include "api/caller.hpp"
#include "api/http.hpp"
#include "api/json_body.hpp"
#include "api/problem.hpp"
#include "api/router.hpp"
#include "api/served_shop.hpp"
#include "eventstore/command_handler.hpp"
#include "projections/as_of.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace upline::api {

/// A client's mistake, or a thing that is not there: what the handler throws is the answer.
class Refused : public std::runtime_error {
 public:
  explicit Refused(Problem problem) : std::runtime_error(problem.detail), problem_(std::move(problem)) {}
  const Problem& problem() const { return problem_; }

 private:
  Problem problem_;
};

/// One request on its way through a handler.
struct Call {
  const Request& request;
  const RouteMatch& match;
  const Caller& caller;

  const std::string& path(std::string_view name) const { return match.path[name]; }
  template <class Id>
  Id id(std::string_view name) const {
    return Id{path(name)};
  }
  const std::string* query(std::string_view name) const { return match.query.find(name); }

  /// A number from the query within its bounds. Throws Refused.
  std::size_t number(std::string_view name, std::size_t otherwise, std::size_t most) const;
  /// An id from the query, if it was given. Throws Refused.
  template <class Id>
  std::optional<Id> optional_id(std::string_view name) const {
    auto text = id_text(name);
    return text ? std::optional(Id{std::move(*text)}) : std::nullopt;
  }
  /// A time with an offset from the query, if it was given. Throws Refused.
  std::optional<domain::Timestamp> optional_time(std::string_view name) const;
  /// `as_of` of the query: a position or a time; without it the present.
  projections::AsOf as_of(Reader& reader) const;
  /// The position in `as_of`, where it is one.
  std::optional<domain::Position> past_position() const;

 private:
  std::optional<std::string> id_text(std::string_view name) const;
};

using Read = Response (*)(Reader& reader, const Call& call);

struct Write {
  /// Parses the request. Throws BadBody and Refused. On an I/O thread where the body is small: never waits, reads no
  /// store.
  eventstore::Request (*command)(const Call& call, JsonBody& body);
  /// Answers what the command came to, as AnswerOutcome of writing.hpp: by default its position and outcome.
  Response (*answer)(Reader& reader, const Call& call, const eventstore::Outcome& outcome);
};

/// A read that also tells of what is no event, such as the writer's queue. It waits for its position as any read; what
/// it says changes without the log, so it has no entity tag and no past.
using LiveRead = Response (*)(ServedShop& shop, Reader& reader, const Call& call);

/// Answers for the shop as it is served: its settings, the stream of its events.
using ShopRead = Response (*)(ServedShop& shop, const Call& call);

struct Job;
class WorkerPool;

/// What is more than one command, or comes from somebody who has no token: checks and answers the whole job itself, on
/// a worker's thread, and like Write gives its answer when all is committed. Throws what is wrong with the request.
struct JobWrite {
  void (*submit)(const std::shared_ptr<Job>& job, WorkerPool& workers);
  /// Of a route that asks for no token: the refusal of whoever does not show who it is. Asked on a worker's thread,
  /// before the request takes any room.
  std::optional<Response> (*refuse)(const Job& job){};
};

/// What an answer's entity tag says, by which a client asks whether there is anything new.
enum class Caching : std::uint8_t {
  by_position,  // the answer changes with the log only
  by_time,      // unless `as_of` names a moment, it changes without an event as well: what is pending becomes available
  never,        // secrets
};

struct Endpoint {
  std::variant<Read, LiveRead, Write, ShopRead, JobWrite> action{};
  Roles roles;
  Importance importance{};
  std::vector<std::string_view> query{};  // the names that its query may have, beside those of every read
  Caching caching{Caching::by_position};  // of reads
};

Response json_response(const nlohmann::ordered_json& json, unsigned status = 200);

/// `{"position": 7, "outcome": "appended"}`, with 201 where something was appended.
nlohmann::ordered_json outcome_json(Reader& reader, const eventstore::Outcome& outcome);
unsigned status_of(const eventstore::Outcome& outcome);
Response answer_outcome(Reader& reader, const Call& call, const eventstore::Outcome& outcome);

/// 404 for what is unknown, 422 for what is malformed, 409 for what the shop's state does not allow.
Problem problem_of(const domain::Rejection& rejection);

/// Throws Refused: 404.
[[noreturn]] void refuse_unknown(std::string code, std::string detail);

}  // namespace upline::api
