#include "cli/rows_out.hpp"
#include "cli/verbs.hpp"
#include "cli/writing.hpp"
#include "eventstore/webhook_targets.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace upline::cli {

namespace {

using domain::Position;

struct Words {
  ShopOptions shop;
  std::string url;
  std::vector<std::string> types;
  bool allows_plain_http{};
  std::string id;
  std::uint64_t from{};
  std::uint64_t to{};
  Format format{Format::table};
};

/// A wish that makes no sense is wrong usage; one that clashes with what is there is refused.
template <class Work>
auto in_words(const Work& work) {
  try {
    return work();
  } catch (const eventstore::WebhookRefused& refused) {
    if (refused.code() == "webhook_exists" || refused.code() == "too_many_webhooks") throw NotFound(refused.what());
    throw UsageError(refused.what());
  }
}

void must_be_there(bool is_there, const std::string& id) {
  if (!is_there) throw NotFound(fmt::format("there is no webhook {}; see: upline webhook list", id));
}

void add(Context& context, const Words& words) {
  const auto shop = open_shop(words.shop);
  const auto added = in_words([&] {
    return eventstore::add_webhook(
        *shop, {.url = words.url, .types = words.types, .allows_plain_http = words.allows_plain_http},
        eventstore::system_clock_now());
  });
  if (words.format == Format::json) {
    const nlohmann::ordered_json json{{"webhook", added.id}, {"secret", added.secret}, {"after", added.after.value}};
    context.out << json.dump() << '\n';
    return;
  }
  context.out << fmt::format(
      "Webhook {} is sent what comes after position {}, while a server runs.\n"
      "Its secret, which is not shown again: {}\n",
      added.id, added.after.value, added.secret);
}

void remove(Context& context, const Words& words) {
  const auto shop = open_shop(words.shop);
  must_be_there(eventstore::remove_webhook(*shop, words.id), words.id);
  context.out << fmt::format("Webhook {} is removed, and its secret with it.\n", words.id);
}

void pause(Context& context, const Words& words) {
  const auto shop = open_shop(words.shop);
  const auto store = eventstore::open_webhooks(shop->location().folder());
  must_be_there(store->pause(words.id, "paused by the merchant"), words.id);
  context.out << fmt::format("Webhook {} is paused; what comes meanwhile is sent when it is resumed.\n", words.id);
}

void resume(Context& context, const Words& words) {
  const auto shop = open_shop(words.shop);
  must_be_there(eventstore::open_webhooks(shop->location().folder())->resume(words.id), words.id);
  context.out << fmt::format("Webhook {} is sent what waits, at once.\n", words.id);
}

void replay(Context& context, const Words& words) {
  const auto shop = open_shop(words.shop);
  const auto to = words.to == 0 ? std::nullopt : std::optional(Position{words.to});
  const auto came_to =
      in_words([&] { return eventstore::replay_webhook(*shop, words.id, {.first = {words.from}, .last = to}); });
  must_be_there(came_to != eventstore::Replay::unknown_webhook, words.id);
  const auto last = to.value_or(shop->store().head().position);
  context.out << fmt::format("Webhook {} is sent positions {} to {} again.\n", words.id, words.from, last.value);
}

std::string state_text(const eventstore::WebhookTarget& target) {
  if (!target.paused.empty()) return target.paused;
  return std::string(eventstore::state_of(target));
}

void list(Context& context, const Words& words) {
  const auto shop = open_shop(words.shop);
  const auto store = eventstore::open_webhooks(shop->location().folder());
  const auto head = shop->store().head().position;
  const auto rows = row_writer(words.format, context,
                               {{"webhook", "webhook"},
                                {"url", "address"},
                                {"types", "events"},
                                {"state", "state"},
                                {"delivered_up_to", "delivered to"},
                                {"behind", "behind"},
                                {"failing", "failing"},
                                {"last_error", "last error"}});
  for (const auto& target : store->targets()) {
    const auto backlog = store->backlog(target.id);
    const auto reached = eventstore::delivered_up_to(target, backlog);
    rows->row({target.id, FreeText{target.url},
               target.types.empty() ? std::string("all") : fmt::format("{}", fmt::join(target.types, ",")),
               state_text(target), static_cast<std::int64_t>(reached.value), head.value - reached.value,
               backlog.failing, target.last_error.empty() ? Cell(Absent{}) : Cell(FreeText{target.last_error})});
  }
  rows->end();
}

// The verbs' options

void add_adding(CLI::App& verb, Words& words) {
  verb.add_option("url", words.url, "Where events are sent")->required()->type_name("URL");
  verb.add_option("--types", words.types, "Types of events, as 'upline events' shows them, or all")
      ->required()
      ->delimiter(',')
      ->type_name("TYPES");
  verb.add_flag("--allow-plain-http", words.allows_plain_http,
                "Also where http:// leaves this machine: what is sent can be read on the way");
  add_answer_format(verb, words.format);
}

void add_id(CLI::App& verb, Words& words) {
  verb.add_option("webhook", words.id, "The webhook's id")->required()->type_name("WEBHOOK");
}

void add_replaying(CLI::App& verb, Words& words) {
  add_id(verb, words);
  verb.add_option("--from", words.from, "The first position")->required()->type_name("POSITION")->check(check_positive);
  verb.add_option("--to", words.to, "The last (default: the log's end)")->type_name("POSITION")->check(check_positive);
}

void add_listing(CLI::App& verb, Words& words) { add_format_option(verb, words.format); }

struct Verb {
  const char* name{};
  const char* what{};
  const char* footer{};
  void (*add_options)(CLI::App& verb, Words& words){};
  void (*run)(Context& context, const Words& words){};
};

constexpr Verb verbs[] = {
    {"add", "Register an address, and print the secret that signs what is sent there",
     "It gets what comes from now on; 'webhook replay' sends what was before.\n"
     "Examples:\n"
     "  upline webhook add https://shop.example/hooks --types KeysDelivered,OrderRefunded\n"
     "  upline webhook add http://127.0.0.1:9000/all --types all",
     add_adding, add},
    {"list", "List the webhooks: state, how far each has come, the last error",
     "Examples:\n"
     "  upline webhook list\n"
     "  upline webhook list --format json",
     add_listing, list},
    {"pause", "Send nothing for now",
     "Example:\n"
     "  upline webhook pause wh_0123456789abcdef",
     add_id, pause},
    {"resume", "Send what waits, at once, also what failed before",
     "Example:\n"
     "  upline webhook resume wh_0123456789abcdef",
     add_id, resume},
    {"replay", "Send a part of the log again",
     "Each delivery has the id that it had before, so a receiver that knows it may leave it out.\n"
     "Examples:\n"
     "  upline webhook replay wh_0123456789abcdef --from 1\n"
     "  upline webhook replay wh_0123456789abcdef --from 100 --to 200",
     add_replaying, replay},
    {"remove", "Forget an address, what it waits for, and its secret",
     "Example:\n"
     "  upline webhook remove wh_0123456789abcdef",
     add_id, remove},
};

}  // namespace

void add_webhook(CLI::App& app, Context& context) {
  auto* webhook = app.add_subcommand("webhook", "Events sent to other programs: addresses, state, replay");
  webhook->require_subcommand(1);
  webhook->footer(
      "A running 'upline serve' sends them, and takes up what is changed here at once; without it nothing is sent.\n"
      "Examples:\n"
      "  upline webhook add https://shop.example/hooks --types KeysDelivered,OrderRefunded\n"
      "  upline webhook list");
  for (const auto& verb : verbs) {
    auto words = std::make_shared<Words>();
    auto* added = webhook->add_subcommand(verb.name, verb.what);
    verb.add_options(*added, *words);
    add_shop_options(*added, words->shop);
    added->footer(verb.footer);
    added->callback([&context, words, run = verb.run] { run(context, *words); });
  }
}

}  // namespace upline::cli
