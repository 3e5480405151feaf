#include "cli/order_audit_out.hpp"

#include "cli/rows_out.hpp"
#include "cli/wording.hpp"
#include "domain/overloaded.hpp"

#include <algorithm>
#include <map>
#include <ostream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

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
      : out_(out), audit_(audit), exponent_of_(exponent_of), exponent_(exponent_of(audit.placed.currency)) {}

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

  std::string money(domain::Minor amount, const domain::Currency& currency) const {
    return to_text(Money{amount, currency, exponent_of_(currency)});
  }

  std::string state() const {
    const auto name = state_name(facts_of(audit_));
    if (name == "placed") return "placed, not paid yet";
    if (name == "underpaid") return "placed, paid in part";
    if (name == "paid") return "paid, not delivered yet";
    if (name == "awaiting_stock") return "paid, waits for stock";
    if (name == "partially_refunded") return "delivered, refunded in part";
    if (name == "refunded") {
      return audit_.delivered_position ? "delivered, refunded in full" : "paid, refunded in full before delivery";
    }
    return std::string(name);
  }

  /// A line of what happened; they are told in the order of the log.
  void note(Position position, domain::Timestamp at, std::string_view what, const std::string& rest) {
    happened_.emplace(position,
                      fmt::format("  {}  {:<10} {}{}", format_rfc3339(at), what, position_text(position), rest));
  }

  void tell_sale() {
    const auto& placed = audit_.placed;
    say("Order {}: {}", audit_.order.value, state());
    say("  {} bought {} x {} ({}, {}) for {}", placed.member.value, placed.quantity.value, placed.product.value,
        audit_.product_title, position_text(audit_.product_position), money(placed.amount_due));
    note_placing();
    note_money();
    note_stock();
    for (const auto& [position, line] : happened_) out_ << line << '\n';
  }

  void note_placing() {
    const auto& placed = audit_.placed;
    if (audit_.bound_referrer) {
      note(
          audit_.bound_referrer->position, audit_.payments.front().occurred_at, "bound",
          fmt::format(" {} to {}, by this first purchase", placed.member.value, audit_.bound_referrer->referrer.value));
    }
    note(audit_.placed_position, audit_.placed_at, "placed",
         placed.expires_at ? fmt::format(", held until {}", format_rfc3339(*placed.expires_at)) : "");
    if (!audit_.ended) return;
    const auto& reason = audit_.ended->reason;
    note(audit_.ended->position, audit_.ended->occurred_at,
         audit_.ended->how == Ending::expired ? "expired" : "cancelled", reason.empty() ? "" : " (" + reason + ")");
  }

  void note_money() {
    for (const auto& payment : audit_.payments) note_payment(payment);
    for (const auto& [position, at, e] : audit_.mismatches) {
      note(position, at, "mismatch",
           fmt::format(" {} came again for {} of {}; nothing moved", e.payment.value, money(e.amount, e.currency),
                       e.order.value));
    }
    for (const auto& [position, at, e] : audit_.returns) {
      note(position, at, "returned",
           fmt::format(" {} through {} ({})", money(e.amount, e.currency), e.channel, e.id.value));
    }
    for (const auto& refund : audit_.refunds) {
      note(refund.position, refund.occurred_at,
           refund.kind == domain::RefundKind::chargeback ? "chargeback" : "refunded",
           fmt::format(" {} ({}{}{})", money(refund.amount), refund.refund.value, refund.reason.empty() ? "" : ": ",
                       refund.reason));
    }
  }

  /// The plain case, one payment of the amount due, needs no more words than its channel.
  void note_payment(const AuditedPayment& paid) {
    const auto& e = paid.payment;
    const bool pays = audit_.paid_position == paid.position;
    const bool is_plain = pays && paid.note == PaymentNote::none && e.amount == audit_.placed.amount_due;
    auto rest = is_plain ? std::string() : " " + money(e.amount, e.currency);
    if (!e.channel.empty()) rest += " through " + e.channel;
    if (e.payment) rest += " (" + e.payment->value + ")";
    rest += note_text(paid.note);
    if (pays && *audit_.paid_at != paid.occurred_at) rest += ", complete on " + format_rfc3339(*audit_.paid_at);
    note(paid.position, paid.occurred_at, pays ? "paid" : "payment", rest);
  }

  std::string note_text(PaymentNote note) const {
    switch (note) {
      case PaymentNote::none:
        return "";
      case PaymentNote::in_part:
        return ", less than the amount due";
      case PaymentNote::late:
        return ", after it had expired";
      case PaymentNote::second:
        return ", owed back: it was paid before";
      case PaymentNote::other_currency:
        return ", owed back: it is due in " + audit_.placed.currency.code;
      case PaymentNote::after_cancelling:
        return ", owed back: it was cancelled";
    }
    std::unreachable();
  }

  void note_stock() {
    if (audit_.waited) {
      note(audit_.waited->position, audit_.waited->occurred_at, "waits",
           " for stock" + (audit_.waited->ended_by ? ", until " + position_text(audit_.waited->ended_by) : ""));
    }
    if (audit_.delivered_at) {
      note(*audit_.delivered_position, *audit_.delivered_at, "delivered", keys(", key {} of {}", audit_.keys));
    }
    for (const auto& [position, at, e] : audit_.replaced) {
      note(position, at, "replaced", fmt::format(" key {} by {} ({})", e.old_key, e.new_key, e.reason));
    }
    if (audit_.revoked) {
      note(audit_.revoked->position, audit_.revoked->occurred_at, "revoked",
           keys(" key {} of {}", audit_.revoked->event.keys));
    }
  }

  std::string keys(fmt::format_string<std::string, const std::string&> text,
                   const std::vector<domain::KeyRange>& keys) const {
    std::vector<std::string> ranges;
    ranges.reserve(keys.size());
    for (const auto& range : keys) {
      ranges.push_back(range.count == 1 ? std::to_string(range.first)
                                        : fmt::format("{}-{}", range.first, range.first + range.count - 1));
    }
    return ranges.empty() ? ""
                          : fmt::format(text, fmt::format("{}", fmt::join(ranges, ", ")), audit_.placed.product.value);
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
    tell_what_is_owed();
  }

  void tell_what_is_owed() {
    std::vector<std::string> owed;
    for (const auto& [currency, amount] : owed_back(audit_)) {
      if (amount != domain::Minor{0}) owed.push_back(money(amount, currency));
    }
    if (!owed.empty()) say("Owed back to {}: {}.", audit_.placed.member.value, fmt::join(owed, ", "));
    const auto awaiting = awaiting_stock(facts_of(audit_));
    if (awaiting != domain::Minor{0}) say("Paid for what awaits stock: {}.", money(awaiting));
  }

  void tell_events() {
    if (audit_.rests_on.empty()) return;
    say("All of this rests on {}: {}.", counted(audit_.rests_on.size(), "event"), positions_text(audit_.rests_on));
  }

  std::ostream& out_;
  const OrderAudit& audit_;
  const ExponentOf& exponent_of_;
  int exponent_;
  std::map<Position, std::string> happened_{};
};

}  // namespace

void print_order_audit(std::ostream& out, const OrderAudit& audit, const ExponentOf& exponent_of) {
  OrderStory(out, audit, exponent_of).tell();
}

}  // namespace upline::cli
