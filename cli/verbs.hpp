// The verbs of `upline`, each in the file of its name.
#pragma once

#include "cli/context.hpp"

namespace upline::cli {

void add_init(CLI::App& app, Context& context);
void add_import(CLI::App& app, Context& context);
void add_product(CLI::App& app, Context& context);
void add_keys(CLI::App& app, Context& context);
void add_plan(CLI::App& app, Context& context);
void add_policy(CLI::App& app, Context& context);
void add_member(CLI::App& app, Context& context);
void add_order(CLI::App& app, Context& context);
void add_settle(CLI::App& app, Context& context);
void add_balances(CLI::App& app, Context& context);
void add_statement(CLI::App& app, Context& context);
void add_tree(CLI::App& app, Context& context);
void add_report(CLI::App& app, Context& context);
void add_export(CLI::App& app, Context& context);
void add_audit(CLI::App& app, Context& context);
void add_inventory(CLI::App& app, Context& context);
void add_events(CLI::App& app, Context& context);
void add_verify(CLI::App& app, Context& context);
void add_rebuild(CLI::App& app, Context& context);
void add_stats(CLI::App& app, Context& context);
void add_token(CLI::App& app, Context& context);
void add_webhook(CLI::App& app, Context& context);
void add_gateway(CLI::App& app, Context& context);
void add_serve(CLI::App& app, Context& context);
void add_completion(CLI::App& app, Context& context);

}  // namespace upline::cli
