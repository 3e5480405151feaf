// A question before money moves, or what cannot be undone: asked on a terminal, answered beforehand by --yes, and
// otherwise a refusal.
#pragma once

#include "cli/context.hpp"

#include <string>
#include <string_view>

namespace upline::cli {

/// Where nobody could be asked. Throws UsageError, before anything is done. `what` is what would happen.
void refuse_without_yes(bool yes, std::string_view what = "money would move");

/// Whether somebody sits there who could be asked.
bool is_on_terminal();

/// Prints the summary and the question on standard error; true for an answer that begins with y.
bool ask_on_terminal(Context& context, const std::string& summary, const std::string& question);

}  // namespace upline::cli
