// `upline keys import`: a file of card keys, one a line, into a product's pool.
#pragma once

#include "cli/context.hpp"

namespace upline::cli {

void add_keys_import(CLI::App& keys, Context& context);

}  // namespace upline::cli
