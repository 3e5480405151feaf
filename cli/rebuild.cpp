#include "cli/progress.hpp"
#include "cli/queries.hpp"
#include "cli/verbs.hpp"
#include "cli/wording.hpp"
#include "eventstore/giving_way.hpp"

#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

void rebuild(Context& context, const ShopOptions& options) {
  eventstore::give_way();  // to whoever serves the shop meanwhile
  const auto shop = open_shop(options);
  projections::ReadModels models(shop->store(), shop->location().views());
  Progress progress(context, "rebuilding");
  models.rebuild([&](domain::Position at, domain::Position head) { progress.show(at.value, head.value); });
  context.out << fmt::format("Rebuilt the views from {} in {:.1f} s.\n",
                             counted(shop->store().head().position.value, "event"), progress.seconds());
}

}  // namespace

void add_rebuild(CLI::App& app, Context& context) {
  auto options = std::make_shared<ShopOptions>();
  auto* verb = app.add_subcommand("rebuild", "Fill every view anew from the log");
  add_shop_options(*verb, *options);
  verb->footer(
      "Readers keep the old answers until it is done; cut short, it changes nothing. It fills the new views on cores\n"
      "that nobody else wants, so beside a server that needs them all it waits for quieter times.\n"
      "The views follow the log by themselves, so this is for curiosity and for doubt.\n"
      "Example:\n"
      "  upline rebuild --shop demo");
  verb->callback([&context, options] { rebuild(context, *options); });
}

}  // namespace upline::cli
