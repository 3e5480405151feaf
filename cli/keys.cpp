#include "cli/change_verb.hpp"
#include "cli/keys_import.hpp"
#include "cli/keys_reads.hpp"
#include "cli/stock_out.hpp"
#include "cli/verbs.hpp"
#include "cli/wording.hpp"
#include "domain/command.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

using namespace domain;

struct Words {
  WriteOptions write;
  std::string product;
  std::string batch;
  std::string release_at;
  std::string reason;
};

void add_batch(CLI::App& verb, Words& words) {
  verb.add_option("product", words.product, "The product's id")->required()->type_name("PRODUCT");
  verb.add_option("--batch", words.batch, "Which of its batches")->required()->type_name("BATCH");
}

void add_reasoned_batch(CLI::App& verb, Words& words) {
  add_batch(verb, words);
  add_text(verb, "--reason", words.reason, "Why")->required();
}

eventstore::Request withdraw(const Words& words) {
  return request_of(WithdrawKeys{.product = {words.product}, .batch = {words.batch}, .reason = words.reason},
                    words.write);
}

eventstore::Request revoke(const Words& words) {
  return request_of(RevokeKeys{.product = {words.product}, .batch = {words.batch}, .reason = words.reason},
                    words.write);
}

Told told_batch(eventstore::Shop& shop, const Words& words, const char* what) {
  const auto pool = read_pool(shop.store(), {words.product});
  return {fmt::format("Batch {} of {} {}; {}.", words.batch, words.product, what, stock_text(pool)),
          {{"product", words.product},
           {"batch", words.batch},
           {"unreleased", pool.unreleased},
           {"available", pool.released}}};
}

Told told_withdrawn(eventstore::Shop& shop, const Words& words) {
  return told_batch(shop, words, "is taken from sale");
}

Told told_revoked(eventstore::Shop& shop, const Words& words) { return told_batch(shop, words, "is revoked"); }

constexpr std::array changes{
    ChangeVerb<Words>{"withdraw", "Take a batch from sale; it can be released again",
                      "Keys that an open order holds stay with it.\n"
                      "Example:\n"
                      "  upline keys withdraw game --batch 2026-05 --reason 'price under review'",
                      add_reasoned_batch, withdraw, told_withdrawn},
    ChangeVerb<Words>{"revoke", "Let a bad batch never go on sale (again)",
                      "Keys that were sold are replaced or refunded with their orders.\n"
                      "Example:\n"
                      "  upline keys revoke game --batch 2026-05 --reason 'the supplier sold them twice'",
                      add_reasoned_batch, revoke, told_revoked},
};

// Releasing: `--at` is when the batch goes on sale, not when somebody said so.

eventstore::Request release_request(const Words& words) {
  std::optional<Timestamp> at;
  if (!words.release_at.empty()) at = parse_time("--at", words.release_at);
  return request_of(ReleaseKeys{.product = {words.product}, .batch = {words.batch}, .at = at}, words.write);
}

Told told_release(eventstore::Shop& shop, const Words& words) {
  const auto pool = read_pool(shop.store(), {words.product});
  const auto scheduled = pool.scheduled.find({words.batch});
  if (scheduled == pool.scheduled.end()) return told_batch(shop, words, "is for sale");
  const auto at = format_rfc3339(scheduled->second);
  auto told = told_batch(shop, words, ("goes on sale at " + at).c_str());
  told.more["release_at"] = at;
  return told;
}

void add_release(CLI::App& keys, Context& context) {
  auto words = std::make_shared<Words>();
  auto* verb = keys.add_subcommand("release", "Put a batch on sale, now or later");
  add_batch(*verb, *words);
  verb->add_option("--at", words->release_at, "When it goes on sale (RFC 3339; default: now)")
      ->type_name("TIME")
      ->check(check_not_empty);
  add_undated_write_options(*verb, words->write);
  verb->footer(
      "Whoever writes next after that time, such as a running server, carries it out.\n"
      "Examples:\n"
      "  upline keys release game --batch 2026-05\n"
      "  upline keys release game --batch 2026-06 --at 2026-06-01T00:00:00+08:00");
  verb->callback([&context, words] {
    auto request = release_request(*words);
    const auto shop = open_shop(words->write.shop);
    const auto outcome = write(context, *shop, std::move(request), words->write);
    tell(context, *shop, outcome, words->write, told_release(*shop, *words));
  });
}

// The level at which stock is low

struct LowOptions {
  WriteOptions write;
  std::string product;
  std::optional<std::int64_t> level;
  bool none{};
};

void set_level(Context& context, const LowOptions& options) {
  if (!options.level && !options.none) throw UsageError("name the level with --level N, or drop it with --none");
  const auto shop = open_shop(options.write.shop);
  const auto outcome = write(
      context, *shop, request_of(SetLowStockLevel{.product = {options.product}, .keys = options.level}, options.write),
      options.write);
  const auto when = options.level
                        ? fmt::format("at {} for sale", counted(static_cast<std::uint64_t>(*options.level), "key"))
                        : std::string("never");
  tell(context, *shop, outcome, options.write,
       {fmt::format("Stock of {} counts as low {}.", options.product, when),
        {{"product", options.product},
         {"low_stock_level", options.level ? nlohmann::ordered_json(*options.level) : nullptr}}});
}

void low(Context& context, const LowOptions& options) {
  if (!options.product.empty()) return set_level(context, options);
  if (options.level || options.none) throw UsageError("name the product that --level and --none are about");
  list_low_stock(context, options.write.shop, options.write.format);
}

void add_low(CLI::App& keys, Context& context) {
  auto options = std::make_shared<LowOptions>();
  auto* verb = keys.add_subcommand("low", "List what runs out, or say of a product when it does");
  verb->add_option("product", options->product, "The product to set a level for")
      ->type_name("PRODUCT")
      ->check(check_not_empty);
  auto* level = verb->add_option("--level", options->level, "Low with so many keys for sale, or fewer")->type_name("N");
  verb->add_flag("--none", options->none, "Never low")->excludes(level);
  add_write_options(*verb, options->write);
  verb->footer(
      "Examples:\n"
      "  upline keys low\n"
      "  upline keys low game --level 20\n"
      "  upline keys low game --none");
  verb->callback([&context, options] { low(context, *options); });
}

}  // namespace

void add_keys(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("keys", "Card keys: import, release, withdraw, revoke, stock");
  verb->require_subcommand(1);
  verb->footer(
      "Examples:\n"
      "  upline keys import game keys.txt --batch 2026-05 --release\n"
      "  upline keys stock");
  add_keys_import(*verb, context);
  add_release(*verb, context);
  for (const auto& change : changes) add_change(*verb, context, change);
  add_keys_stock(*verb, context);
  add_low(*verb, context);
}

}  // namespace upline::cli
