// A question before money moves: asked on a terminal, answered beforehand by --yes, and otherwise a refusal.
#pragma once

#include "cli/context.hpp"

#include <string>

namespace upline::cli {

/// Where nobody could be asked. Throws UsageError, before anything moves.
void refuse_without_yes(bool yes);

/// Prints the summary and the question on standard error; true for an answer that begins with y.
bool ask_on_terminal(Context& context, const std::string& summary, const std::string& question);

}  // namespace upline::cli
