// `upline member payee` and `upline member payees`: where payouts go.
#pragma once

#include "cli/context.hpp"

namespace upline::cli {

void add_member_payees(CLI::App& member, Context& context);

}  // namespace upline::cli
