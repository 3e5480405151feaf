#include "api/batch_line.hpp"

#include "api/authorization.hpp"
#include "api/batch_commands.hpp"
#include "api/strict_json.hpp"
#include "api/writing.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

namespace upline::api {

namespace {

CommandRoute route_of(JsonBody& body) {
  const auto name = body.text("command");
  const auto found = find_command(name);
  if (found.route == nullptr) {
    throw BadBody(fmt::format("'{}' is no command; place_order and enrol_member are two.", shortened(name)), "command");
  }
  return found;
}

/// The parameters of a path, from the fields of the same names.
Parameters path_of(std::string_view path, const std::string& shop, JsonBody& body) {
  std::vector<Parameter> parameters;
  for (auto at = path.find('{'); at != std::string_view::npos; at = path.find('{', at + 1)) {
    const std::string name(path.substr(at + 1, path.find('}', at) - at - 1));
    parameters.push_back({name, name == "shop" ? shop : body.text(name.c_str())});
  }
  return Parameters(std::move(parameters));
}

}  // namespace

BatchLine::BatchLine(std::size_t number, std::string text) : number_(number) { request_.body = std::move(text); }

std::optional<eventstore::Request> BatchLine::command(const Job& batch) try { return parse(batch); } catch (...) {
  refuse(answer_of(std::current_exception()));
  return std::nullopt;
}

std::optional<eventstore::Request> BatchLine::parse(const Job& batch) {
  JsonBody body(request_.body);
  const auto [place, route] = route_of(body);
  request_.method = route->method;
  match_ = {place, path_of(route->path, batch.match.path["shop"], body), {}};
  caller_ = &batch.caller;
  if (auto refused = api::refuse(batch.caller, *route, match_.path)) {
    refuse(std::move(*refused));
    return std::nullopt;
  }
  write_ = std::get_if<Write>(&route->handler.action);
  const auto key = body.optional_text("idempotency_key");
  auto command = write_->command({request_, match_, batch.caller}, body);
  body.finish();
  if (key) command.command_id = checked_idempotency_key(*key, "idempotency_key");
  command.actor = actor_of(batch);
  hold_ = hold_or_refuse(batch.shop.keys_in_flight(), command.command_id, "idempotency_key");
  return command;
}

void BatchLine::came_to(eventstore::Outcome outcome) {
  hold_.reset();
  outcome_ = std::move(outcome);
}

void BatchLine::refuse(Response why) {
  hold_.reset();
  refusal_ = std::move(why);
}

Response BatchLine::response(Reader& reader) const {
  if (refusal_) return *refusal_;
  return answer_with([&] { return answer_command(*write_, reader, {request_, match_, *caller_}, *outcome_); });
}

std::string BatchLine::answer(Reader& reader) const {
  const auto response = this->response(reader);
  // A problem says its status itself.
  const bool is_problem = response.content_type == "application/problem+json";
  return is_problem ? fmt::format("{{\"line\":{},{}", number_, response.body.substr(1))
                    : fmt::format("{{\"line\":{},\"status\":{},{}", number_, response.status, response.body.substr(1));
}

}  // namespace upline::api
