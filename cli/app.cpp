#include "cli/app.hpp"

#include "cli/context.hpp"
#include "cli/verbs.hpp"
#include "cli/writing.hpp"
#include "eventstore/import/importer.hpp"
#include "eventstore/import/input_error.hpp"

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>
#include <unistd.h>

namespace upline::cli {

namespace {

int fail(std::ostream& err, int code, const char* what) {
  err << "upline: " << what << '\n';
  return code;
}

/// no-color.org: an empty NO_COLOR says nothing.
bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool is_unwritable(const std::error_code& code) {
  return code == std::errc::permission_denied || code == std::errc::operation_not_permitted ||
         code == std::errc::read_only_file_system || code == std::errc::no_space_on_device;
}

/// One sentence and one exit code for each thing that can go wrong.
int explain(std::ostream& err, const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const eventstore::import::PlanRefused& e) {
    return fail(err, refused, e.what());
  } catch (const CommandRefused& e) {
    return fail(err, refused, e.what());
  } catch (const NotFound& e) {
    return fail(err, refused, e.what());
  } catch (const UsageError& e) {
    return fail(err, usage, e.what());
  } catch (const eventstore::ShopNotFound& e) {
    return fail(err, usage, e.what());
  } catch (const eventstore::import::InputError& e) {
    return fail(err, usage, e.what());
  } catch (const eventstore::VaultKeyError& e) {
    return fail(err, usage, e.what());
  } catch (const eventstore::NewerStore& e) {
    return fail(err, usage, e.what());
  } catch (const eventstore::StoreBusy& e) {
    return fail(err, busy, e.what());
  } catch (const eventstore::StoreUnwritable& e) {
    return fail(err, unwritable, e.what());
  } catch (const eventstore::DamagedStore& e) {
    return fail(err, damaged, e.what());
  } catch (const std::system_error& e) {
    return fail(err, is_unwritable(e.code()) ? unwritable : damaged, e.what());
  } catch (const std::exception& e) {
    return fail(err, damaged, e.what());
  }
}

void add_verbs(CLI::App& app, Context& context) {
  add_init(app, context);
  add_import(app, context);
  add_product(app, context);
  add_keys(app, context);
  add_plan(app, context);
  add_policy(app, context);
  add_member(app, context);
  add_order(app, context);
  add_settle(app, context);
  add_balances(app, context);
  add_statement(app, context);
  add_tree(app, context);
  add_report(app, context);
  add_export(app, context);
  add_audit(app, context);
  add_inventory(app, context);
  add_events(app, context);
  add_stats(app, context);
  add_verify(app, context);
  add_rebuild(app, context);
  add_token(app, context);
  add_webhook(app, context);
  add_gateway(app, context);
  add_serve(app, context);
  add_completion(app, context);
}

/// CLI11 would only say that a subcommand is required.
void refuse_unknown_verb(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  std::string known;
  for (const auto* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (verb->get_name() == argv[1]) return;
    known += (known.empty() ? "" : ", ") + verb->get_name();
  }
  throw UsageError("there is no verb '" + std::string(argv[1]) + "'; there are: " + known);
}

/// `upline audit order`: the words that were understood as verbs.
std::string verbs_given(const CLI::App* app) {
  auto path = app->get_name();
  for (auto given = app->get_subcommands(); !given.empty(); given = given.front()->get_subcommands()) {
    path += " " + given.front()->get_name();
  }
  return path;
}

std::string explain_words(const CLI::App* app, const CLI::Error& error) {
  const auto verbs = verbs_given(app);
  auto what = std::string(error.what());
  if (what == CLI::RequiredError::Subcommand(1).what()) what = "a verb is missing";
  if (const auto words = app->remaining(true); !words.empty()) {
    what = "not understood:";
    for (const auto& word : words) what += " " + word;
  }
  return "upline: " + what + "; see '" + verbs + " --help'\n";
}

}  // namespace

int run(int argc, char** argv, std::ostream& out, std::ostream& err) {
  Context context{.out = out,
                  .err = err,
                  .colour = ::isatty(STDOUT_FILENO) != 0 && !is_set("NO_COLOR"),
                  .shows_progress = ::isatty(STDERR_FILENO) != 0};
  CLI::App app("Upline keeps the books of a card-key shop whose buyers bring other buyers.", "upline");
  app.require_subcommand(1);
  app.set_version_flag("--version", "upline " UPLINE_VERSION);
  app.set_help_all_flag("--help-all", "Help for every verb");
  app.footer(
      "Exit codes: 0 done, 1 refused by a rule, 2 wrong usage, 3 input had rejected rows, 4 the store is damaged,\n"
      "5 busy, 6 no room or no right to write.\n'upline VERB --help' shows examples.");
  add_verbs(app, context);
  app.failure_message(explain_words);
  try {
    refuse_unknown_verb(app, argc, argv);
    app.parse(argc, argv);
    if (!out.flush()) return fail(err, usage, "the output could not be written; is the disk full?");
    return context.exit_code;
  } catch (const CLI::Success& success) {
    return app.exit(success, out, err);
  } catch (const CLI::ParseError& error) {
    app.exit(error, out, err);
    return usage;
  } catch (...) {
    return explain(err, std::current_exception());
  }
}

}  // namespace upline::cli
