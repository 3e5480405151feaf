#include "cli/queries.hpp"
#include "cli/rows_out.hpp"
#include "cli/verbs.hpp"
#include "cli/wording.hpp"
#include "cli/writing.hpp"
#include "domain/command.hpp"
#include "domain/overloaded.hpp"
#include "domain/text.hpp"
#include "eventstore/state_json.hpp"
#include "eventstore/stream_states.hpp"

#include <algorithm>
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

using namespace domain;

// Publishing

struct PublishOptions {
  WriteOptions write;
  std::string plan;
  std::string rates_bp;
  std::string rates_minor;
  std::string currency;
  std::string hold;
  std::int64_t cap_bp{basis_points_whole};
  bool is_default{};
};

/// `1000,500`: whole numbers with commas between them.
std::vector<std::int64_t> parse_numbers(const char* option, std::string_view text) {
  std::vector<std::int64_t> numbers;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    const auto number = whole_number<std::int64_t>(text.substr(at, end - at));
    if (!number) {
      throw UsageError(fmt::format("{} '{}' is no list of whole numbers such as 1000,500", option, text));
    }
    numbers.push_back(*number);
    at = end + 1;
  }
  return numbers;
}

BasisPoints basis_points(const char* option, std::int64_t value) {
  if (value < 0 || value > basis_points_whole) {
    throw UsageError(fmt::format("{} {}: basis points are from 0 to {}", option, value, basis_points_whole));
  }
  return {static_cast<std::int32_t>(value)};
}

Rates rates_of(const PublishOptions& options) {
  if (options.rates_bp.empty() == options.rates_minor.empty()) {
    throw UsageError("a plan has either --rates-bp, or --rates-minor with --currency");
  }
  if (options.rates_minor.empty()) {
    if (!options.currency.empty()) throw UsageError("--currency belongs to --rates-minor");
    PercentRates rates;
    for (const auto rate : parse_numbers("--rates-bp", options.rates_bp)) {
      rates.by_level.push_back(basis_points("--rates-bp", rate));
    }
    return rates;
  }
  if (options.currency.empty()) throw UsageError("--rates-minor needs --currency");
  FixedRates rates{.currency = {options.currency}};
  for (const auto rate : parse_numbers("--rates-minor", options.rates_minor)) rates.by_level.push_back({rate});
  return rates;
}

PlanTerms terms_of(const PublishOptions& options) {
  const auto hold = parse_duration(options.hold);
  if (!hold) throw UsageError(fmt::format("--hold '{}' is no span of time such as 7d, 12h or 0s", options.hold));
  return {.rates = rates_of(options), .payout_cap = basis_points("--cap-bp", options.cap_bp), .hold = *hold};
}

/// `10%, 5%`, `100, 50 minor CNY a unit`.
std::string rates_text(const PlanTerms& terms) {
  std::vector<std::string> texts;
  return std::visit(Overloaded{
                        [&](const PercentRates& rates) {
                          for (const auto rate : rates.by_level) texts.push_back(percent_text(rate.value));
                          return fmt::format("{}", fmt::join(texts, ", "));
                        },
                        [&](const FixedRates& rates) {
                          for (const auto rate : rates.by_level) texts.push_back(std::to_string(rate.value));
                          return fmt::format("{} minor {} a unit", fmt::join(texts, ", "), rates.currency.code);
                        },
                    },
                    terms.rates);
}

std::string published_sentence(const PlanId& id, const PublishedPlan& plan) {
  const auto& terms = plan.versions.at(plan.latest);
  return fmt::format("Plan {} version {} is in force: {}; held for {}.", id.value, plan.latest.value, rates_text(terms),
                     format_duration(terms.hold));
}

void publish(Context& context, const PublishOptions& options) {
  const PlanId id{options.plan};
  const auto default_id = command_id_for(options.write.command_id, "default");
  auto request = request_of(PublishPlan{.plan = id, .terms = terms_of(options)}, options.write);
  const auto shop = open_shop(options.write.shop);
  const auto published = write(context, *shop, std::move(request), options.write);
  const auto plan = std::get<PublishedPlan>(eventstore::read_plan(shop->store(), id));
  const Told told{published_sentence(id, plan), {{"plan", eventstore::plan_json(id, plan)}}};
  if (!options.is_default) return tell(context, *shop, published, options.write, told);
  auto choice = request_of(ChooseDefaultPlan{.plan = id}, options.write);
  choice.command_id = default_id;
  const auto chosen = write(context, *shop, std::move(choice), options.write);
  if (options.write.format == Format::table) {
    tell(context, *shop, published, options.write, told);
    tell(context, *shop, chosen, options.write, {fmt::format("Plan {} is the shop's default.", id.value)});
    return;
  }
  auto json = outcome_json(*shop, chosen.last > published.last ? chosen : published);
  json["outcome"] = name(published.answer);
  json["default_outcome"] = name(chosen.answer);
  json.update(told.more);
  print_json(context, json);
}

// Looking at them

struct ShowOptions {
  ShopOptions shop;
  std::string plan;
  Format format{Format::table};
};

PublishedPlan known_plan(eventstore::EventStore& store, const PlanId& id) {
  auto plan = eventstore::read_plan(store, id);
  if (std::holds_alternative<NoPlan>(plan)) throw NotFound("there is no plan " + id.value + " in this shop");
  return std::get<PublishedPlan>(std::move(plan));
}

void show(Context& context, const ShowOptions& options) {
  const auto shop = open_shop(options.shop);
  const PlanId id{options.plan};
  const auto plan = known_plan(shop->store(), id);
  if (options.format == Format::json) return print_json(context, eventstore::plan_json(id, plan));
  const auto rows = row_writer(
      Format::table, context,
      {{"version", "version"}, {"rates", "rates by level"}, {"hold", "held for"}, {"payout_cap", "pays out at most"}});
  for (const auto& [version, terms] : plan.versions) {
    rows->row({std::uint64_t{version.value}, rates_text(terms), format_duration(terms.hold),
               percent_text(terms.payout_cap.value)});
  }
  rows->end();
}

struct ListOptions {
  ShopOptions shop;
  Format format{Format::table};
};

bool is_default_plan(const Policy& policy, const PlanId& id) {
  const auto* shop = std::get_if<OpenedShop>(&policy);
  return shop != nullptr && shop->default_plan == id;
}

void list_as_json(Context& context, eventstore::EventStore& store, const Policy& policy) {
  auto plans = nlohmann::ordered_json::array();
  for (const auto& id : ids_of<PlanId>(store, "plan/")) {
    plans.push_back(eventstore::plan_json(id, known_plan(store, id)));
    plans.back()["default"] = is_default_plan(policy, id);
  }
  print_json(context, {{"plans", std::move(plans)}});
}

void list(Context& context, const ListOptions& options) {
  const auto shop = open_shop(options.shop);
  const auto policy = eventstore::read_policy(shop->store());
  if (options.format == Format::json) return list_as_json(context, shop->store(), policy);
  const auto rows = row_writer(Format::table, context,
                               {{"plan", "plan"},
                                {"latest", "version"},
                                {"rates", "rates by level"},
                                {"hold", "held for"},
                                {"payout_cap", "pays out at most"},
                                {"default", "default"}});
  for (const auto& id : ids_of<PlanId>(shop->store(), "plan/")) {
    const auto plan = known_plan(shop->store(), id);
    const auto& terms = plan.versions.at(plan.latest);
    rows->row({id.value, std::uint64_t{plan.latest.value}, rates_text(terms), format_duration(terms.hold),
               percent_text(terms.payout_cap.value), std::string(is_default_plan(policy, id) ? "yes" : "")});
  }
  rows->end();
}

void add_publish(CLI::App& plan, Context& context) {
  auto options = std::make_shared<PublishOptions>();
  auto* verb = plan.add_subcommand("publish", "Publish a plan, or a new version of it, for payments from now on");
  verb->add_option("plan", options->plan, "The plan's id")->required()->type_name("PLAN");
  auto* percent = verb->add_option("--rates-bp", options->rates_bp,
                                   "What each level earns, level 1 first, in hundredths of a percent")
                      ->type_name("N,N,...")
                      ->check(check_not_empty);
  verb->add_option("--rates-minor", options->rates_minor, "The same as fixed minor units of --currency a unit sold")
      ->type_name("N,N,...")
      ->check(check_not_empty)
      ->excludes(percent);
  verb->add_option("--currency", options->currency, "The currency of --rates-minor")->type_name("CODE");
  verb->add_option("--hold", options->hold, "How long a commission is pending: 7d, 12h, 0s")
      ->required()
      ->type_name("SPAN");
  verb->add_option("--cap-bp", options->cap_bp, "What a sale may pay out in all (default 10000: all of it)")
      ->type_name("N");
  verb->add_flag("--default", options->is_default, "Make it the plan of products that have none of their own");
  add_write_options(*verb, options->write);
  verb->footer(
      "Past commissions keep the version that they were computed with.\n"
      "Examples:\n"
      "  upline plan publish standard --rates-bp 1000,500 --hold 7d --default\n"
      "  upline plan publish fixed --rates-minor 200,100 --currency CNY --hold 7d --cap-bp 3000");
  verb->callback([&context, options] { publish(context, *options); });
}

void add_show(CLI::App& plan, Context& context) {
  auto options = std::make_shared<ShowOptions>();
  auto* verb = plan.add_subcommand("show", "Show every version of a plan");
  verb->add_option("plan", options->plan, "The plan's id")->required()->type_name("PLAN");
  add_shop_options(*verb, options->shop);
  add_answer_format(*verb, options->format);
  verb->footer(
      "Example:\n"
      "  upline plan show standard");
  verb->callback([&context, options] { show(context, *options); });
}

void add_list(CLI::App& plan, Context& context) {
  auto options = std::make_shared<ListOptions>();
  auto* verb = plan.add_subcommand("list", "List the plans as they are in force");
  add_shop_options(*verb, options->shop);
  add_answer_format(*verb, options->format);
  verb->footer(
      "Example:\n"
      "  upline plan list");
  verb->callback([&context, options] { list(context, *options); });
}

}  // namespace

void add_plan(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("plan", "What referrers earn: publish commission plans");
  verb->require_subcommand(1);
  verb->footer(
      "A product follows another plan than the default by: upline product plan\n"
      "Examples:\n"
      "  upline plan publish standard --rates-bp 1000,500 --hold 7d --default\n"
      "  upline plan list");
  add_publish(*verb, context);
  add_show(*verb, context);
  add_list(*verb, context);
}

}  // namespace upline::cli
