// `upline keys stock`, and `upline keys low` without a product: looking at stock without changing it.
#pragma once

#include "cli/context.hpp"
#include "cli/rows_out.hpp"

namespace upline::cli {

void add_keys_stock(CLI::App& keys, Context& context);

/// The products at or below the level that somebody set for them.
void list_low_stock(Context& context, const ShopOptions& shop, Format format);

}  // namespace upline::cli
