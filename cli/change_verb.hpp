// A verb that asks one thing of the shop: what the words become, and what holds afterwards.
#pragma once

#include "cli/context.hpp"
#include "cli/writing.hpp"

#include <memory>

#include <CLI/CLI.hpp>

namespace upline::cli {

/// `Words` holds what the caller wrote, with the WriteOptions in its member `write`.
template <class Words>
struct ChangeVerb {
  const char* name{};
  const char* what{};
  const char* examples{};
  void (*add_options)(CLI::App& verb, Words& words){};
  eventstore::Request (*request)(const Words& words){};
  Told (*told)(eventstore::Shop& shop, const Words& words){};
};

template <class Words>
void add_change(CLI::App& parent, Context& context, const ChangeVerb<Words>& change) {
  auto words = std::make_shared<Words>();
  auto* verb = parent.add_subcommand(change.name, change.what);
  change.add_options(*verb, *words);
  add_write_options(*verb, words->write);
  verb->footer(change.examples);
  verb->callback([&context, words, change] {
    auto request = change.request(*words);
    const auto shop = open_shop(words->write.shop);
    const auto outcome = write(context, *shop, std::move(request), words->write);
    tell(context, *shop, outcome, words->write, change.told(*shop, *words));
  });
}

}  // namespace upline::cli
