// `upline member erase`: the end of what is known of a person.
#pragma once

#include "cli/context.hpp"

namespace upline::cli {

void add_member_erase(CLI::App& member, Context& context);

}  // namespace upline::cli
