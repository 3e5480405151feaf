#include "cli/writing.hpp"

#include "cli/wording.hpp"
#include "domain/ids.hpp"
#include "domain/utf8.hpp"

#include <array>
#include <exception>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

namespace upline::cli {

namespace {

using eventstore::Answer;
using eventstore::Outcome;
using Json = nlohmann::ordered_json;

std::string check_utf8(const std::string& text) { return domain::is_utf8(text) ? "" : "the text is not UTF-8"; }

std::string sentence_of(const domain::Rejection& rejection) {
  std::string text(domain::sentence(rejection.reason));
  if (!rejection.detail.empty()) text += fmt::format(" ({})", rejection.detail);
  return text;
}

void add_who_asks(CLI::App& verb, WriteOptions& options) {
  verb.add_option("--command-id", options.command_id, "Asked again under this id, it is not done again")
      ->type_name("ID")
      ->check(check_not_empty);
  verb.add_option("--actor", options.actor, "Who asks, for the log (default: the login name)")
      ->type_name("NAME")
      ->check(check_not_empty);
}

void add_common_options(CLI::App& verb, WriteOptions& options) {
  add_who_asks(verb, options);
  add_answer_format(verb, options.format);
}

/// The name of whoever is logged in, or `cli`.
std::string login_name() {
  std::array<char, 4096> buffer{};
  ::passwd entry{};
  ::passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return "cli";
  const std::string name = found->pw_name;
  return domain::is_well_formed_id(name) ? name : "cli";
}

}  // namespace

CommandRefused::CommandRefused(const domain::Rejection& rejection)
    : std::runtime_error(fmt::format("{}: {}", domain::code(rejection.reason), sentence_of(rejection))) {}

void add_write_options(CLI::App& verb, WriteOptions& options) {
  add_shop_options(verb, options.shop);
  verb.add_option("--at", options.at, "When it happened (RFC 3339; default: now, as it is recorded)")
      ->type_name("TIME")
      ->check(check_not_empty);
  add_common_options(verb, options);
}

void add_undated_write_options(CLI::App& verb, WriteOptions& options) {
  add_shop_options(verb, options.shop);
  add_common_options(verb, options);
}

void add_file_write_options(CLI::App& verb, WriteOptions& options) {
  add_shop_options(verb, options.shop);
  add_who_asks(verb, options);
}

void add_answer_format(CLI::App& verb, Format& format) {
  const auto parse = [&format](const std::string& text) {
    if (text != "table" && text != "json") {
      throw CLI::ValidationError("--format", "'" + text + "' is not table or json");
    }
    format = text == "json" ? Format::json : Format::table;
  };
  verb.add_option_function<std::string>("--format", parse, "For people (the default) or for programs")
      ->type_name("table|json");
}

CLI::Option* add_text(CLI::App& verb, const char* name, std::string& text, const char* what) {
  return verb.add_option(name, text, what)->type_name("TEXT")->check(check_utf8);
}

std::string actor_of(const WriteOptions& options) { return options.actor.empty() ? login_name() : options.actor; }

Outcome write(Context& context, eventstore::Shop& shop, eventstore::Request request, const WriteOptions& options) {
  request.actor = actor_of(options);
  if (request.command_id.empty()) request.command_id = options.command_id;
  auto outcome = shop.handler().execute({&request, 1}).front();
  if (outcome.answer == Answer::failed) std::rethrow_exception(outcome.failure);
  if (outcome.answer != Answer::rejected) return outcome;
  if (options.format == Format::json) {
    auto json = outcome_json(shop, outcome);
    json["code"] = domain::code(outcome.rejection->reason);
    json["detail"] = sentence_of(*outcome.rejection);
    print_json(context, json);
    context.out.flush();
  }
  throw CommandRefused(*outcome.rejection);
}

void tell(Context& context, eventstore::Shop& shop, const Outcome& outcome, const WriteOptions& options,
          const Told& told) {
  if (options.format == Format::json) {
    auto json = outcome_json(shop, outcome);
    json.update(told.more);
    print_json(context, json);
  } else {
    context.out << fmt::format("{} ({})\n", told.sentence, outcome_text(outcome));
  }
}

Json outcome_json(eventstore::Shop& shop, const Outcome& outcome) {
  const bool has_events = outcome.last > domain::Position{0};
  const auto position = has_events ? outcome.last : shop.store().head().position;
  return {{"position", position.value}, {"outcome", name(outcome.answer)}};
}

std::string outcome_text(const Outcome& outcome) {
  if (outcome.last == domain::Position{0}) return "nothing new";
  auto text = position_text(outcome.first);
  if (outcome.last != outcome.first) text += "-" + position_text(outcome.last);
  return outcome.answer == Answer::repeated ? text + ", done before" : text;
}

void print_json(Context& context, const Json& json) {
  context.out << json.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
}

std::string command_id_for(const std::string& command_id, std::string_view part) {
  if (command_id.empty()) return {};
  auto id = fmt::format("{}.{}", command_id, part);
  if (id.size() > domain::id_length_max) {
    throw UsageError(
        fmt::format("--command-id is too long: '{}' would have more than {} characters", id, domain::id_length_max));
  }
  return id;
}

}  // namespace upline::cli
