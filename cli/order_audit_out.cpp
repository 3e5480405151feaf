#include "cli/order_audit_out.hpp"

#include "cli/rows_out.hpp"
#include "cli/wording.hpp"
#include "domain/overloaded.hpp"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace upline::cli {

namespace {

using namespace projections;
using domain::format_rfc3339;

/// `#3, #4, #21617-#21622`: three or more in a row are said by the first and the last.
std::string positions_text(const std::vector<AuditedEvent>& events) {
  std::vector<std::string> texts;
  for (std::size_t first = 0; first < events.size();) {
    auto last = first;
    while (last + 1 < events.size() && events[last + 1].position.value == events[last].position.value + 1) ++last;
    if (last - first < 2) last = first;
    const auto from = position_text(events[first].position);
    texts.push_back(last == first ? from : fmt::format("{}-{}", from, position_text(events[last].position)));
    first = last + 1;
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

class OrderStory {
 public:
  OrderStory(std::ostream& out, const OrderAudit& audit, const ExponentOf& exponent_of)
      : out_(out), audit_(audit), exponent_(exponent_of(audit.placed.currency)) {}

  void tell() {
    tell_sale();
    tell_plan();
    tell_levels();
    tell_reversals();
    tell_sum();
    tell_events();
  }

 private:
  template <class... Args>
  void say(fmt::format_string<Args...> text, Args&&... args) {
    out_ << fmt::format(text, std::forward<Args>(args)...) << '\n';
  }

  std::string money(domain::Minor amount) const { return to_text(Money{amount, audit_.placed.currency, exponent_}); }

  std::string state() const {
    if (!audit_.delivered_position) return audit_.paid_position ? "paid, not delivered yet" : "placed, not paid yet";
    if (audit_.refunded == domain::Minor{0}) return "delivered";
    return audit_.refunded == audit_.placed.amount_due ? "delivered, refunded in full" : "delivered, refunded in part";
  }

  void tell_sale() {
    const auto& placed = audit_.placed;
    say("Order {}: {}", audit_.order.value, state());
    say("  {} bought {} x {} ({}, {}) for {}", placed.member.value, placed.quantity.value, placed.product.value,
        audit_.product_title, position_text(audit_.product_position), money(placed.amount_due));
    say("  {}  placed     {}", format_rfc3339(audit_.placed_at), position_text(audit_.placed_position));
    if (audit_.paid_at) {
      say("  {}  paid       {} through {}", format_rfc3339(*audit_.paid_at), position_text(audit_.paid_position),
          audit_.channel);
    }
    if (audit_.delivered_at) {
      say("  {}  delivered  {}{}", format_rfc3339(*audit_.delivered_at), position_text(audit_.delivered_position),
          keys());
    }
    for (const auto& refund : audit_.refunds) {
      say("  {}  refunded   {} {} ({}{}{})", format_rfc3339(refund.occurred_at), position_text(refund.position),
          money(refund.amount), refund.refund.value, refund.reason.empty() ? "" : ": ", refund.reason);
    }
  }

  std::string keys() const {
    std::vector<std::string> ranges;
    ranges.reserve(audit_.keys.size());
    for (const auto& range : audit_.keys) {
      ranges.push_back(range.count == 1 ? std::to_string(range.first)
                                        : fmt::format("{}-{}", range.first, range.first + range.count - 1));
    }
    return ranges.empty() ? "" : fmt::format(", key {} of {}", fmt::join(ranges, ", "), audit_.placed.product.value);
  }

  void tell_plan() {
    if (!audit_.plan) {
      return audit_.paid_position ? say("No plan applied, so nobody earned.") : say("Nobody earns before it is paid.");
    }
    const auto& plan = *audit_.plan;
    std::vector<std::string> rates;
    std::visit(domain::Overloaded{
                   [&](const domain::PercentRates& r) {
                     for (const auto rate : r.by_level) rates.push_back(percent_text(rate.value));
                   },
                   [&](const domain::FixedRates& r) {
                     for (const auto rate : r.by_level) rates.push_back(std::to_string(rate.value));
                     rates.back() += " minor units of " + r.currency.code + " per unit";
                   },
               },
               plan.terms.rates);
    say("Plan {} version {} ({}), {} ({}): {}; held for {}; pays out {} of a sale at most", plan.plan.value,
        plan.version.value, position_text(plan.published_by),
        plan.is_default ? "the shop's default" : "chosen for " + audit_.placed.product.value,
        position_text(plan.chosen_by), fmt::join(rates, ", "), domain::format_duration(plan.terms.hold),
        percent_text(plan.terms.payout_cap.value));
    if (audit_.withheld) say("The plan pays in {}, so nobody earned.", audit_.withheld->plan_currency.code);
  }

  std::string outcome(const AuditedLevel& level) const {
    switch (level.outcome) {
      case LevelOutcome::earned:
        return "earned " + position_text(level.position);
      case LevelOutcome::forfeited:
        return "forfeited " + position_text(level.position);
      case LevelOutcome::nothing:
        return "nothing";
      case LevelOutcome::waiting:
        return "waits for delivery";
    }
    std::unreachable();
  }

  void tell_levels() {
    if (!audit_.plan || audit_.withheld) return;
    if (audit_.levels.empty()) {
      return say("Nobody stood above {} ({}).", audit_.placed.member.value, position_text(audit_.chain_ends_with));
    }
    out_ << '\n';
    const auto rows = row_writer(Format::table, out_,
                                 {{"level", "level"},
                                  {"member", "member"},
                                  {"bound_by", "bound by"},
                                  {"standing", "standing"},
                                  {"rate", "rate"},
                                  {"base", "of"},
                                  {"outcome", "outcome"},
                                  {"amount", "amount"},
                                  {"rounded_off", "rounded off"},
                                  {"kept", "kept now"}});
    for (const auto& level : audit_.levels) {
      rows->row({std::int64_t{level.level.value}, level.member.value, position_text(level.bound_by),
                 fmt::format("{} {}", domain::name(level.standing), position_text(level.standing_by)),
                 rate_text(level.rate), Money{level.base, audit_.placed.currency, exponent_}, outcome(level),
                 Money{level.amount, audit_.placed.currency, exponent_},
                 fmt::format("0.{:04} minor", level.rounded_off_ten_thousandths),
                 Money{level.kept, audit_.placed.currency, exponent_}});
    }
    rows->end();
    tell_missing_levels();
  }

  void tell_missing_levels() {
    const auto all = domain::level_count(audit_.plan->terms);
    if (audit_.levels.size() < all) {
      say("Nobody stood above {} ({}), so {} of {} levels earned nothing.", audit_.levels.back().member.value,
          position_text(audit_.chain_ends_with), all - audit_.levels.size(), all);
    }
  }

  void tell_reversals() {
    if (std::ranges::all_of(audit_.levels, [](const AuditedLevel& level) { return level.reversals.empty(); })) return;
    out_ << '\n';
    const auto rows = row_writer(Format::table, out_,
                                 {{"level", "level"},
                                  {"member", "member"},
                                  {"refund", "for refund"},
                                  {"target", "may keep"},
                                  {"amount", "taken back"},
                                  {"position", "event"},
                                  {"available_at", "counts from"}});
    for (const auto& level : audit_.levels) {
      for (const auto& reversal : level.reversals) {
        rows->row({std::int64_t{level.level.value}, level.member.value, reversal.refund.value,
                   Money{reversal.target, audit_.placed.currency, exponent_},
                   Money{reversal.amount, audit_.placed.currency, exponent_}, position_text(reversal.position),
                   reversal.available_at ? format_rfc3339(*reversal.available_at) : std::string("-")});
      }
    }
    rows->end();
  }

  void tell_sum() {
    say("\nSold for {}, refunded {}; commissions earned {}, taken back {}, kept {}.", money(audit_.placed.amount_due),
        money(audit_.refunded), money(audit_.commission_earned),
        money({audit_.commission_earned.value - audit_.commission_kept.value}), money(audit_.commission_kept));
  }

  void tell_events() {
    if (audit_.rests_on.empty()) return;
    say("All of this rests on {}: {}.", counted(audit_.rests_on.size(), "event"), positions_text(audit_.rests_on));
  }

  std::ostream& out_;
  const OrderAudit& audit_;
  int exponent_;
};

using Json = nlohmann::ordered_json;

Json json_of(const std::optional<Position>& position) { return position ? Json(position->value) : Json(nullptr); }

Json json_of(const std::optional<domain::Timestamp>& time) {
  return time ? Json(format_rfc3339(*time)) : Json(nullptr);
}

Json plan_json(const AuditedPlan& plan) {
  Json json{{"plan", plan.plan.value},
            {"version", plan.version.value},
            {"position", json_of(plan.published_by)},
            {"chosen_as", plan.is_default ? "default of the shop" : "plan of the product"},
            {"chosen_by_position", json_of(plan.chosen_by)}};
  std::visit(domain::Overloaded{
                 [&](const domain::PercentRates& r) {
                   for (const auto rate : r.by_level) json["rates_bp"].push_back(rate.value);
                 },
                 [&](const domain::FixedRates& r) {
                   json["currency"] = r.currency.code;
                   for (const auto rate : r.by_level) json["minor_per_unit"].push_back(rate.value);
                 },
             },
             plan.terms.rates);
  json["payout_cap_bp"] = plan.terms.payout_cap.value;
  json["hold"] = domain::format_duration(plan.terms.hold);
  return json;
}

Json level_json(const AuditedLevel& level) {
  const bool fixed = level.rate.kind == domain::RateKind::fixed_minor;
  Json json{{"level", level.level.value},
            {"member_id", level.member.value},
            {"bound_by_position", json_of(level.bound_by)},
            {"standing", domain::name(level.standing)},
            {"standing_position", json_of(level.standing_by)},
            {"outcome", name(level.outcome)},
            {"position", json_of(level.position)},
            {fixed ? "minor_per_unit" : "rate_bp", level.rate.value},
            {"base_minor", level.base.value},
            {"amount_minor", level.amount.value},
            {"rounded_off_ten_thousandths", level.rounded_off_ten_thousandths},
            {"available_at", json_of(level.available_at)},
            {"kept_minor", level.kept.value}};
  if (level.forfeit_reason) json["forfeit_reason"] = domain::name(*level.forfeit_reason);
  json["reversals"] = Json::array();
  for (const auto& reversal : level.reversals) {
    json["reversals"].push_back({{"position", json_of(reversal.position)},
                                 {"refund_id", reversal.refund.value},
                                 {"target_minor", reversal.target.value},
                                 {"amount_minor", reversal.amount.value},
                                 {"available_at", json_of(reversal.available_at)}});
  }
  return json;
}

}  // namespace

void print_order_audit(std::ostream& out, const OrderAudit& audit, const ExponentOf& exponent_of) {
  OrderStory(out, audit, exponent_of).tell();
}

Json order_audit_json(const OrderAudit& audit) {
  Json json{{"order_id", audit.order.value},
            {"member_id", audit.placed.member.value},
            {"product_id", audit.placed.product.value},
            {"product_title", audit.product_title},
            {"product_position", json_of(audit.product_position)},
            {"quantity", audit.placed.quantity.value},
            {"amount_minor", audit.placed.amount_due.value},
            {"currency", audit.placed.currency.code},
            {"placed", {{"position", audit.placed_position.value}, {"at", format_rfc3339(audit.placed_at)}}},
            {"paid", {{"position", json_of(audit.paid_position)}, {"at", json_of(audit.paid_at)}}},
            {"channel", audit.channel},
            {"delivered", {{"position", json_of(audit.delivered_position)}, {"at", json_of(audit.delivered_at)}}}};
  json["keys"] = Json::array();
  for (const auto& range : audit.keys) json["keys"].push_back({{"first", range.first}, {"count", range.count}});
  json["plan"] = audit.plan ? plan_json(*audit.plan) : Json(nullptr);
  if (audit.withheld) json["withheld"] = {{"plan_currency", audit.withheld->plan_currency.code}};
  json["levels"] = Json::array();
  for (const auto& level : audit.levels) json["levels"].push_back(level_json(level));
  json["chain_ends_with_position"] = json_of(audit.chain_ends_with);
  json["refunds"] = Json::array();
  for (const auto& refund : audit.refunds) {
    json["refunds"].push_back({{"position", refund.position.value},
                               {"refund_id", refund.refund.value},
                               {"amount_minor", refund.amount.value},
                               {"reason", refund.reason},
                               {"at", format_rfc3339(refund.occurred_at)}});
  }
  json["refunded_minor"] = audit.refunded.value;
  json["commission_earned_minor"] = audit.commission_earned.value;
  json["commission_kept_minor"] = audit.commission_kept.value;
  json["rests_on"] = Json::array();
  for (const auto& event : audit.rests_on) {
    json["rests_on"].push_back(
        {{"position", event.position.value}, {"stream", domain::to_text(event.stream)}, {"type", event.type}});
  }
  return json;
}

}  // namespace upline::cli
