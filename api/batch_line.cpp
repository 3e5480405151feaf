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

std::expected<LineCommand, Response> command_of_line(Request& line, const std::string& shop, const Caller& caller) {
  JsonBody body(line.body);
  const auto [place, route] = route_of(body);
  line.method = route->method;
  LineCommand parsed{.write = std::get_if<Write>(&route->handler.action),
                     .match = {place, path_of(route->path, shop, body), {}}};
  if (auto refused = api::refuse(caller, *route, parsed.match.path)) return std::unexpected(std::move(*refused));
  const auto key = body.optional_text("idempotency_key");
  parsed.command = parsed.write->command({line, parsed.match, caller}, body);
  body.finish();
  if (key) parsed.command.command_id = checked_idempotency_key(*key, "idempotency_key");
  return parsed;
}

BatchLine::BatchLine(std::size_t number, std::string text) : number_(number) { request_.body = std::move(text); }

std::optional<eventstore::Request> BatchLine::command(const Job& batch) try { return parse(batch); } catch (...) {
  refuse(answer_of(std::current_exception()));
  return std::nullopt;
}

std::optional<eventstore::Request> BatchLine::parse(const Job& batch) {
  caller_ = &batch.caller;
  auto parsed = command_of_line(request_, batch.match.path["shop"], batch.caller);
  if (!parsed) {
    refuse(std::move(parsed.error()));
    return std::nullopt;
  }
  write_ = parsed->write;
  match_ = std::move(parsed->match);
  auto command = std::move(parsed->command);
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

void BatchLine::add_answer(Reader& reader, Response& batch) const {
  const auto response = this->response(reader);
  if (batch.trouble.empty()) batch.trouble = response.trouble;
  auto& line = batch.body += fmt::format("{{\"line\":{},", number_);
  // A problem says its status itself.
  if (response.content_type != "application/problem+json") line += fmt::format("\"status\":{},", response.status);
  if (response.header(replayed_header) != nullptr) line += "\"replayed\":true,";
  line += response.body.substr(1);
}

}  // namespace upline::api
