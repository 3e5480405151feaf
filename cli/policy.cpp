#include "cli/change_verb.hpp"
#include "cli/rows_out.hpp"
#include "cli/verbs.hpp"
#include "domain/command.hpp"
#include "eventstore/state_json.hpp"
#include "eventstore/stream_states.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::cli {

namespace {

using namespace domain;

struct Words {
  WriteOptions write;
  std::string name;
  std::string value;
  std::string reason;
};

std::int64_t whole_number(const Words& words) {
  std::int64_t number{};
  const auto* end = words.value.data() + words.value.size();
  const auto [stop, error] = std::from_chars(words.value.data(), end, number);
  if (error != std::errc{} || stop != end) {
    throw UsageError(fmt::format("{} '{}' is no whole number", words.name, words.value));
  }
  return number;
}

Duration span(const Words& words) {
  const auto duration = parse_duration(words.value);
  if (!duration) {
    throw UsageError(fmt::format("{} '{}' is no span of time such as 30d, 12h or 10m", words.name, words.value));
  }
  return *duration;
}

bool yes_or_no(const Words& words) {
  if (words.value == "yes") return true;
  if (words.value == "no") return false;
  throw UsageError(fmt::format("{} '{}' is not yes or no", words.name, words.value));
}

BindingRule binding_rule(const Words& words) {
  const auto rule = parse_binding_rule(words.value);
  if (!rule) throw UsageError(fmt::format("binds '{}' is not at-enrolment or at-first-purchase", words.value));
  return *rule;
}

ChangeLevelLimit max_levels(const Words& words) { return {.max_levels = whole_number(words), .reason = words.reason}; }

ChooseDefaultPlan default_plan(const Words& words) {
  if (!words.reason.empty()) throw UsageError("a default plan is chosen without a reason: leave --reason out");
  return {.plan = {words.value}};
}

/// A setting, and the command that changes it.
struct Setting {
  const char* name;
  eventstore::Request (*request)(const Words&);
};

constexpr std::array settings{
    Setting{"max-levels", [](const Words& w) { return request_of(max_levels(w), w.write); }},
    Setting{"default-plan", [](const Words& w) { return request_of(default_plan(w), w.write); }},
    Setting{"binds",
            [](const Words& w) {
              return request_of(ChangeReferralPolicy{.binds = binding_rule(w), .reason = w.reason}, w.write);
            }},
    Setting{"click-window",
            [](const Words& w) {
              return request_of(ChangeReferralPolicy{.click_window = span(w), .reason = w.reason}, w.write);
            }},
    Setting{"link-needs-purchase",
            [](const Words& w) {
              return request_of(ChangeReferralPolicy{.link_needs_purchase = yes_or_no(w), .reason = w.reason}, w.write);
            }},
    Setting{"reserve-for",
            [](const Words& w) {
              return request_of(ChangeReservationPolicy{.reserve_for = span(w), .reason = w.reason}, w.write);
            }},
    Setting{"open-per-buyer",
            [](const Words& w) {
              return request_of(ChangeReservationPolicy{.open_per_buyer = whole_number(w), .reason = w.reason},
                                w.write);
            }},
    Setting{"open-per-address",
            [](const Words& w) {
              return request_of(ChangeReservationPolicy{.open_per_address = whole_number(w), .reason = w.reason},
                                w.write);
            }},
    Setting{"four-eyes",
            [](const Words& w) {
              return request_of(ChangeSettlementPolicy{.four_eyes = yes_or_no(w), .reason = w.reason}, w.write);
            }},
};

std::string names(std::string_view separator) {
  std::string all;
  for (const auto& setting : settings) all += (all.empty() ? "" : std::string(separator)) + setting.name;
  return all;
}

/// The names in two lines, as one would be too long for a terminal.
std::string names_to_choose_from() {
  auto all = names("|");
  all.insert(all.find("link-"), "\n    ");
  return all;
}

void add_set_options(CLI::App& verb, Words& words) {
  verb.add_option("name", words.name, "Which setting")->required()->type_name(names_to_choose_from());
  verb.add_option("value", words.value, "What it is from now on")->required()->type_name("VALUE");
  add_text(verb, "--reason", words.reason, "Why; every change but that of the default plan needs one");
}

eventstore::Request set(const Words& words) {
  for (const auto& setting : settings) {
    if (words.name == setting.name) return setting.request(words);
  }
  throw UsageError(fmt::format("there is no setting '{}'; there are: {}", words.name, names(", ")));
}

OpenedShop policy_of(eventstore::Shop& shop) {
  const auto policy = eventstore::read_policy(shop.store());
  const auto* opened = std::get_if<OpenedShop>(&policy);
  if (opened == nullptr) throw NotFound("the shop is not open yet; run upline init again");
  return *opened;
}

Told told_setting(eventstore::Shop& shop, const Words& words) {
  return {fmt::format("{} is {}.", words.name, words.value), {{"policy", eventstore::policy_json(policy_of(shop))}}};
}

constexpr ChangeVerb<Words> setting_change{
    "set",
    "Change a setting, with a reason that the log keeps",
    "How many levels a plan may have is limited by law in some places: max-levels is 2 until you raise it.\n"
    "Examples:\n"
    "  upline policy set max-levels 3 --reason 'agreed with our lawyer on 3 May'\n"
    "  upline policy set default-plan standard\n"
    "  upline policy set binds at-first-purchase --reason 'links shared before the first order'\n"
    "  upline policy set click-window 14d --reason 'shorter campaigns'\n"
    "  upline policy set link-needs-purchase yes --reason 'only customers refer'\n"
    "  upline policy set reserve-for 15m --reason 'slow gateway'\n"
    "  upline policy set open-per-buyer 5 --reason 'resellers'\n"
    "  upline policy set four-eyes yes --reason 'whoever opens a settlement does not approve it'",
    add_set_options,
    set,
    told_setting};

struct ShowOptions {
  ShopOptions shop;
  Format format{Format::table};
};

void print_policy(Context& context, const OpenedShop& policy) {
  const auto rows = row_writer(Format::table, context, {{"setting", "setting"}, {"value", "value"}});
  const auto add = [&](const char* name, std::string value) { rows->row({std::string(name), std::move(value)}); };
  add("currency", policy.currency.code);
  for (const auto& [code, exponent] : policy.declared) {
    add("declared", fmt::format("{} with {} decimals", code, exponent.digits));
  }
  add("max-levels", std::to_string(policy.max_levels));
  add("default-plan", policy.default_plan ? policy.default_plan->value : "-");
  add("binds", std::string(name(policy.referral.binds)));
  add("click-window", format_duration(policy.referral.click_window));
  add("link-needs-purchase", policy.referral.link_needs_purchase ? "yes" : "no");
  add("reserve-for", format_duration(policy.reservation.reserve_for));
  add("open-per-buyer", std::to_string(policy.reservation.open_per_buyer));
  add("open-per-address", std::to_string(policy.reservation.open_per_address));
  add("four-eyes", policy.settlement.four_eyes ? "yes" : "no");
  rows->end();
}

void show(Context& context, const ShowOptions& options) {
  const auto shop = open_shop(options.shop);
  const auto policy = policy_of(*shop);
  if (options.format == Format::json) return print_json(context, eventstore::policy_json(policy));
  print_policy(context, policy);
}

void add_show(CLI::App& policy, Context& context) {
  auto options = std::make_shared<ShowOptions>();
  auto* verb = policy.add_subcommand("show", "Show the settings");
  add_shop_options(*verb, options->shop);
  add_answer_format(*verb, options->format);
  verb->footer(
      "Example:\n"
      "  upline policy show");
  verb->callback([&context, options] { show(context, *options); });
}

}  // namespace

void add_policy(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("policy", "The shop's own rules: levels, links, reservations");
  verb->require_subcommand(1);
  verb->footer(
      "Examples:\n"
      "  upline policy show\n"
      "  upline policy set reserve-for 15m --reason 'slow gateway'");
  add_show(*verb, context);
  add_change(*verb, context, setting_change);
}

}  // namespace upline::cli
