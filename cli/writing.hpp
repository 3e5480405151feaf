// What the verbs that change a shop share: when it happened, who did it, how a script repeats it safely, and how the
// answer is told.
#pragma once

#include "cli/context.hpp"
#include "cli/rows_out.hpp"
#include "domain/rejection.hpp"
#include "eventstore/command_handler.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace upline::cli {

/// A rule refused the command: `out_of_stock: There are not enough keys in stock. (game has 0 of 1)`.
class CommandRefused : public std::runtime_error {
 public:
  explicit CommandRefused(const domain::Rejection& rejection);
};

struct WriteOptions {
  ShopOptions shop;
  std::string at;  // empty: when it is recorded
  std::string command_id;
  std::string actor;  // empty: the login user
  Format format{Format::table};
};

/// `--data`, `--shop`, `--at`, `--command-id`, `--actor`, `--format`.
void add_write_options(CLI::App& verb, WriteOptions& options);

/// Without `--at`, for what cannot be dated.
void add_undated_write_options(CLI::App& verb, WriteOptions& options);

/// As those, and without `--format`, which there is the file's.
void add_file_write_options(CLI::App& verb, WriteOptions& options);

/// `--format table|json`: one thing is told in a sentence or as an object, never in rows.
void add_answer_format(CLI::App& verb, Format& format);

/// An option whose value goes into the log, or beside it: UTF-8.
CLI::Option* add_text(CLI::App& verb, const char* name, std::string& text, const char* what);

/// The options' time, and who asks. Throws UsageError.
template <class Command>
eventstore::Request request_of(Command command, const WriteOptions& options) {
  if (!options.at.empty()) command.occurred_at = parse_time("--at", options.at);
  return {.command = std::move(command), .dated = !options.at.empty()};
}

/// Who asks, for the log.
std::string actor_of(const WriteOptions& options);

/// Fills in the actor and the command id and hands the request to the shop's handler. Throws CommandRefused, after it
/// told a program, and what made the command fail.
eventstore::Outcome write(Context& context, eventstore::Shop& shop, eventstore::Request request,
                          const WriteOptions& options);

/// What holds now: a sentence for people, members of an object for programs.
struct Told {
  std::string sentence{};
  nlohmann::ordered_json more = nlohmann::ordered_json::object();
};

/// `Order o1 is cancelled. (#14)`, or the object with its position and outcome in front.
void tell(Context& context, eventstore::Shop& shop, const eventstore::Outcome& outcome, const WriteOptions& options,
          const Told& told);

/// `{"position":14,"outcome":"appended"}`; of what was there already, the position is the log's.
nlohmann::ordered_json outcome_json(eventstore::Shop& shop, const eventstore::Outcome& outcome);

/// `#14`, `#14-#17`, `#14, done before`, `nothing new`.
std::string outcome_text(const eventstore::Outcome& outcome);

void print_json(Context& context, const nlohmann::ordered_json& json);

/// Of the second of several commands that one verb makes, `deposit-7.default`; empty where there is no command id.
/// Throws UsageError where it becomes too long.
std::string command_id_for(const std::string& command_id, std::string_view part);

}  // namespace upline::cli
