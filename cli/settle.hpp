// The verbs behind `upline settle`, each in a file of its own where it is more than a few lines.
#pragma once

#include "cli/context.hpp"

namespace upline::cli {

void add_settle_open(CLI::App& settle, Context& context);
void add_settle_export(CLI::App& settle, Context& context);
void add_settle_result(CLI::App& settle, Context& context);
void add_settle_show(CLI::App& settle, Context& context);
void add_settle_list(CLI::App& settle, Context& context);

}  // namespace upline::cli
