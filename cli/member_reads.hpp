// `upline member show|list`: looking at members without changing them.
#pragma once

#include "cli/context.hpp"

namespace upline::cli {

void add_member_reads(CLI::App& member, Context& context);

}  // namespace upline::cli
