#include "api/batch_commands.hpp"

#include "api/routes.hpp"

#include <map>
#include <stdexcept>
#include <string>

namespace upline::api {

namespace {

CommandRoute route_of(const BatchCommand& command) {
  const auto path = "/v1/shops/{shop}" + std::string(command.path);
  const auto& table = routes().routes();
  for (std::size_t place = 0; place < table.size(); ++place) {
    const auto& route = table[place];
    const bool is_write = std::holds_alternative<Write>(route.handler.action);
    if (is_write && route.method == "POST" && route.path == path) return {place, &route};
  }
  throw std::logic_error("no route takes the command " + std::string(command.name));
}

}  // namespace

CommandRoute find_command(std::string_view name) {
  static const auto by_name = [] {
    std::map<std::string_view, CommandRoute> found;
    for (const auto& command : batch_commands) found.emplace(command.name, route_of(command));
    return found;
  }();
  const auto command = by_name.find(name);
  return command == by_name.end() ? CommandRoute{} : command->second;
}

}  // namespace upline::api
