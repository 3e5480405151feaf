#include "cli/progress.hpp"
#include "cli/queries.hpp"
#include "cli/verbs.hpp"
#include "cli/wording.hpp"
#include "projections/verification.hpp"

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

/// The rest of a shop can be verified without the key of its vault.
eventstore::Vault* vault_of(eventstore::Shop& shop, std::string& why_not) {
  try {
    return &shop.vault_as_it_is();
  } catch (const eventstore::VaultKeyError& error) {
    why_not = error.what();
    return nullptr;
  }
}

std::string alarm(const Context& context, const char* text) {
  return context.colour ? fmt::format("\x1b[1;31m{}\x1b[0m", text) : text;
}

void say(Context& context, const char* what, const std::vector<std::string>& findings, const std::string& well) {
  context.out << fmt::format("{:<6} {}\n", what, findings.empty() ? well : alarm(context, "NOT right:"));
  for (const auto& finding : findings) context.out << fmt::format("       {}\n", finding);
}

const char* advice(const projections::Verification& result) {
  if (!result.is_sound()) return "upline: this shop is damaged; keep it as it is, and restore a backup beside it\n";
  if (!result.erasure_findings.empty()) {
    return "upline: the log is sound, but erasing somebody was cut short; finish it by: upline member erase, for the "
           "same member\n";
  }
  return "upline: the log is sound, but the views are not what it says; run: upline rebuild\n";
}

void verify(Context& context, const ShopOptions& options) {
  const auto shop = open_shop(options);
  projections::ReadModels models(shop->store(), shop->location().views());
  std::string no_vault;
  auto* vault = vault_of(*shop, no_vault);
  Progress progress(context, "verifying");
  const auto result =
      projections::verify(shop->store(), vault, models,
                          [&](domain::Position at, domain::Position head) { progress.show(at.value, head.value); });
  say(context, "log", result.log_findings,
      fmt::format("{}: hashes, tree, order, links and tables are right", counted(result.head.value, "event")));
  if (vault == nullptr) {
    context.out << fmt::format("vault  not compared: {}\n", no_vault);
  } else if (result.log_findings.empty()) {
    context.out << fmt::format("vault  {} compared: as imported\n", counted(result.keys_compared, "card key"));
  }
  if (!result.erasure_findings.empty()) say(context, "erased", result.erasure_findings, {});
  if (result.readable) {
    say(context, "books", result.books_findings, "every identity holds at every position");
    say(context, "views", result.views_findings, "are what a rebuild makes of the log");
  } else {
    context.out << "books  not judged, nor are the views: the log cannot be read to its end\n";
  }
  context.out << fmt::format("root   {}\n", eventstore::to_hex(result.root));
  if (result.all_is_well()) return;
  context.err << advice(result);
  context.exit_code = damaged;
}

}  // namespace

void add_verify(CLI::App& app, Context& context) {
  auto options = std::make_shared<ShopOptions>();
  auto* verb = app.add_subcommand("verify", "Check the log, the vault, the books and the views");
  add_shop_options(*verb, *options);
  verb->footer(
      "Recomputes every hash, replays the identities of the books, and compares the views with a rebuild. Exits with "
      "4\n"
      "where something is not as it must be.\n"
      "Example:\n"
      "  upline verify --shop demo");
  verb->callback([&context, options] { verify(context, *options); });
}

}  // namespace upline::cli
