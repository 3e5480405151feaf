// `upline order show|keys|list`: looking at orders without changing them.
#pragma once

#include "cli/context.hpp"

namespace upline::cli {

void add_order_reads(CLI::App& order, Context& context);

}  // namespace upline::cli
