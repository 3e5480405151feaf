#include "domain/settlement.hpp"

#include "domain/overloaded.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace upline::domain {

namespace {

using Decision = SettlementDecision;

NewEvents one_event(const SettlementId& id, Timestamp at, Event event) {
  NewEvents events;
  events.push_back({stream_of(id), at, std::move(event)});
  return events;
}

const Settlement* find(const Settlements& state, const SettlementId& id) {
  const auto known = state.known.find(id);
  return known == state.known.end() ? nullptr : &known->second;
}

Decision unknown(const SettlementId& id) { return refuse(Reason::unknown_settlement, id.value); }

Decision moved_on(const SettlementId& id, const Settlement& s) {
  return refuse(Reason::settlement_moved_on, id.value + " is " + std::string(name(s.stage)) + ", attempt " +
                                                 std::to_string(s.attempt.value) + ", " + std::to_string(s.lines) +
                                                 " lines");
}

Decision begin(const Settlements& state, const OpenSettlement& c, Attempt attempt, Position head) {
  if (c.terms.cutoff > c.occurred_at) return refuse(Reason::cutoff_in_future, format_rfc3339(c.terms.cutoff));
  const auto latest = latest_cutoff(state);
  if (latest && c.terms.cutoff < *latest) return refuse(Reason::cutoff_goes_back, format_rfc3339(*latest));
  return one_event(
      c.settlement, c.occurred_at,
      SettlementOpened{attempt, c.terms.cutoff, c.terms.minimum, c.terms.fee, c.terms.tax, head, c.opened_by});
}

/// The id of a settlement that was fixed behind this position.
const SettlementId* fixed_since(const Settlements& state, Position through) {
  for (const auto& [id, settlement] : state.known) {
    if (settlement.fixed_position > through) return &id;
  }
  return nullptr;
}

bool has_results(const Settlement& s) { return !s.paid.empty() || !s.failed.empty(); }

bool is_fixed(const Settlement& s) { return s.stage == SettlementStage::fixed || s.stage == SettlementStage::approved; }

std::expected<void, Rejection> check_reason(const std::string& reason, const char* what) {
  if (reason.empty()) return refuse(Reason::reason_missing, what);
  if (!is_plain_text(reason, reason_bytes_max)) return refuse(Reason::invalid_text, "reason");
  return {};
}

/// Of a settlement whose payouts may be made.
std::expected<void, Rejection> check_approved(const SettlementId& id, const Settlement& s) {
  if (s.stage == SettlementStage::cancelled) return refuse(Reason::settlement_cancelled, id.value);
  if (!is_fixed(s)) return refuse(Reason::settlement_not_fixed, id.value);
  if (s.stage != SettlementStage::approved) return refuse(Reason::settlement_not_approved, id.value);
  return {};
}

}  // namespace

std::string_view name(PayoutResult result) {
  switch (result) {
    case PayoutResult::paid:
      return "paid";
    case PayoutResult::failed:
      return "failed";
    case PayoutResult::returned:
      return "returned";
  }
  std::unreachable();
}

std::optional<PayoutResult> parse_payout_result(std::string_view text) {
  for (const auto result : {PayoutResult::paid, PayoutResult::failed, PayoutResult::returned}) {
    if (text == name(result)) return result;
  }
  return std::nullopt;
}

std::string_view name(SettlementStage stage) {
  switch (stage) {
    case SettlementStage::computing:
      return "computing";
    case SettlementStage::abandoned:
      return "abandoned";
    case SettlementStage::fixed:
      return "fixed";
    case SettlementStage::approved:
      return "approved";
    case SettlementStage::cancelled:
      return "cancelled";
  }
  std::unreachable();
}

std::uint64_t count_of(const PayoutTotals& totals) {
  std::uint64_t lines = 0;
  for (const auto& total : totals) lines += total.lines;
  return lines;
}

std::uint64_t live_lines(const Settlement& s) {
  return is_fixed(s) ? s.lines - count_of(s.failed) - count_of(s.returned) : 0;
}

std::uint64_t open_lines(const Settlement& s) {
  return is_fixed(s) ? s.lines - count_of(s.paid) - count_of(s.failed) : 0;
}

std::optional<Timestamp> latest_cutoff(const Settlements& settlements) {
  std::optional<Timestamp> latest;
  for (const auto& [id, settlement] : settlements.known) {
    if (live_lines(settlement) > 0 && (!latest || settlement.terms.cutoff > *latest)) latest = settlement.terms.cutoff;
  }
  return latest;
}

std::optional<PayoutAmounts> amounts_of(const TaxMethod& tax, Minor fee, Minor gross, const Currency& currency) {
  const auto withheld = tax_on(tax, gross, currency);
  if (!withheld) return std::nullopt;
  // Neither underflows: gross is not below 0, and both tax and fee are at least 0 and fit 63 bits.
  const Minor taxed{gross.value - withheld->value};
  return PayoutAmounts{gross, *withheld, fee, Minor{taxed.value - fee.value}};
}

std::string_view name(LeftOut reason) {
  switch (reason) {
    case LeftOut::below_zero:
      return "below_zero";
    case LeftOut::below_minimum:
      return "below_minimum";
    case LeftOut::nothing_left:
      return "nothing_left";
    case LeftOut::suspended:
      return "suspended";
  }
  std::unreachable();
}

std::optional<LeftOut> left_out(Minor gross, Minor minimum, const PayoutAmounts& amounts, Standing standing) {
  if (gross < Minor{0}) return LeftOut::below_zero;
  if (gross < std::max(minimum, Minor{1})) return LeftOut::below_minimum;
  if (standing == Standing::suspended) return LeftOut::suspended;
  if (amounts.net <= Minor{0}) return LeftOut::nothing_left;
  return std::nullopt;
}

std::string line_text(const MemberId& member, const Currency& currency, const PayoutAmounts& amounts) {
  std::string text;
  text.append(member.value).append(",").append(currency.code);
  for (const auto amount : {amounts.gross, amounts.tax, amounts.fee, amounts.net}) {
    text.append(",").append(std::to_string(amount.value));
  }
  return text.append("\n");
}

bool add_to(PayoutTotals& totals, const Currency& currency, const PayoutAmounts& amounts) {
  auto at = std::ranges::lower_bound(totals, currency, {}, &PayoutTotal::currency);
  if (at == totals.end() || at->currency != currency) at = totals.insert(at, PayoutTotal{.currency = currency});
  const auto add = [](Minor& sum, Minor amount) {
    const auto added = checked_sum(sum, amount);
    if (added) sum = *added;
    return added.has_value();
  };
  ++at->lines;
  return add(at->amounts.gross, amounts.gross) && add(at->amounts.tax, amounts.tax) &&
         add(at->amounts.fee, amounts.fee) && add(at->amounts.net, amounts.net);
}

Decision open_settlement(const Settlements& state, const OpenSettlement& c, Position head) {
  if (!is_well_formed_id(c.settlement.value)) return refuse(Reason::invalid_id, "settlement");
  if (c.terms.minimum < Minor{0}) return refuse(Reason::invalid_amount, "minimum");
  if (c.terms.fee < Minor{0}) return refuse(Reason::invalid_amount, "fee");
  if (!parse_tax_method(c.terms.tax)) return refuse(Reason::unknown_tax_method, "none, flat:<bp>, cn-labour-2018");
  const auto* known = find(state, c.settlement);
  if (known == nullptr) return begin(state, c, Attempt{1}, head);
  if (known->stage == SettlementStage::abandoned) return begin(state, c, Attempt{known->attempt.value + 1}, head);
  if (known->terms != c.terms) return refuse(Reason::conflict, c.settlement.value);
  return NewEvents{};
}

Decision schedule_payouts(const Settlements& state, const SchedulePayouts& c, const NextDigest& next) {
  const auto* known = find(state, c.settlement);
  if (known == nullptr) return unknown(c.settlement);
  const auto& s = *known;
  if (s.stage != SettlementStage::computing || s.attempt != c.attempt || s.lines != c.lines_before) {
    return moved_on(c.settlement, s);
  }
  if (c.lines.empty() || c.lines.size() > lines_per_chunk_max) return refuse(Reason::invalid_quantity, "lines");
  const auto tax = parse_tax_method(s.terms.tax).value();
  LinesScheduled sums{s.attempt, s.lines, s.last_member, s.last_currency, s.digest, s.totals};
  NewEvents events;
  events.reserve(c.lines.size() + 1);
  for (const auto& [member, currency, gross] : c.lines) {
    if (std::tie(member, currency) <= std::tie(sums.last_member, sums.last_currency)) {
      return refuse(Reason::conflict, member.value + " is out of order");
    }
    if (gross < std::max(s.terms.minimum, Minor{1})) return refuse(Reason::invalid_amount, member.value);
    const auto amounts = amounts_of(tax, s.terms.fee, gross, currency);
    if (!amounts) return refuse(Reason::tax_not_for_currency, s.terms.tax + ", " + currency.code);
    if (amounts->net <= Minor{0}) return refuse(Reason::invalid_amount, member.value);
    if (!add_to(sums.totals, currency, *amounts)) return refuse(Reason::amount_overflow, currency.code);
    ++sums.lines;
    sums.last_member = member;
    sums.last_currency = currency;
    sums.digest = next(sums.digest, line_text(member, currency, *amounts));
    events.push_back(
        {account_stream(member), c.occurred_at, PayoutScheduled{c.settlement, s.attempt, currency, *amounts}});
  }
  events.push_back({stream_of(c.settlement), c.occurred_at, std::move(sums)});
  return events;
}

Decision fix_settlement(const Settlements& state, const FixSettlement& c) {
  const auto* s = find(state, c.settlement);
  if (s == nullptr) return unknown(c.settlement);
  if (s->attempt != c.attempt || s->lines != c.lines) return moved_on(c.settlement, *s);
  if (is_fixed(*s)) return NewEvents{};
  if (s->stage != SettlementStage::computing) return moved_on(c.settlement, *s);
  if (const auto* other = fixed_since(state, s->through)) {
    return one_event(c.settlement, c.occurred_at, SettlementAbandoned{s->attempt, other->value + " was fixed first"});
  }
  return one_event(c.settlement, c.occurred_at, SettlementFixed{s->attempt, s->lines, s->digest, s->totals});
}

Decision abandon_settlement(const Settlements& state, const AbandonSettlement& c) {
  const auto* s = find(state, c.settlement);
  if (s == nullptr) return unknown(c.settlement);
  if (auto checked = check_reason(c.reason, "abandoning"); !checked) return std::unexpected(checked.error());
  if (s->attempt != c.attempt) return moved_on(c.settlement, *s);
  if (s->stage == SettlementStage::abandoned) return NewEvents{};
  if (s->stage != SettlementStage::computing) return moved_on(c.settlement, *s);
  return one_event(c.settlement, c.occurred_at, SettlementAbandoned{s->attempt, c.reason});
}

Decision approve_settlement(const Settlements& state, const ApproveSettlement& c, const SettlementPolicy& policy) {
  const auto* s = find(state, c.settlement);
  if (s == nullptr) return unknown(c.settlement);
  if (s->stage == SettlementStage::approved) return NewEvents{};
  if (s->stage == SettlementStage::cancelled) return refuse(Reason::settlement_cancelled, c.settlement.value);
  if (s->stage != SettlementStage::fixed) return refuse(Reason::settlement_not_fixed, c.settlement.value);
  if (policy.four_eyes && (c.approved_by.empty() || c.approved_by == s->opened_by)) {
    return refuse(Reason::four_eyes_needed, "opened by " + s->opened_by);
  }
  return one_event(c.settlement, c.occurred_at, SettlementApproved{c.approved_by});
}

Decision record_export(const Settlements& state, const RecordExport& c) {
  const auto* s = find(state, c.settlement);
  if (s == nullptr) return unknown(c.settlement);
  if (auto checked = check_approved(c.settlement, *s); !checked) return std::unexpected(checked.error());
  if (c.format.empty() || !is_plain_text(c.format, export_format_bytes_max)) {
    return refuse(Reason::invalid_text, "format");
  }
  if (c.rows > s->lines) return refuse(Reason::payout_mismatch, std::to_string(c.rows) + " rows");
  const RecordedFile file{c.format, c.digest, c.rows};
  if (std::ranges::find(s->exports, file) != s->exports.end()) return NewEvents{};
  return one_event(c.settlement, c.occurred_at, SettlementExported{c.format, c.digest, c.rows, c.totals});
}

Decision cancel_settlement(const Settlements& state, const CancelSettlement& c) {
  const auto* s = find(state, c.settlement);
  if (s == nullptr) return unknown(c.settlement);
  if (s->stage == SettlementStage::cancelled || s->stage == SettlementStage::abandoned) return NewEvents{};
  if (auto checked = check_reason(c.reason, "cancelling"); !checked) return std::unexpected(checked.error());
  if (s->stage == SettlementStage::computing) {
    return one_event(c.settlement, c.occurred_at, SettlementAbandoned{s->attempt, c.reason});
  }
  if (has_results(*s)) return refuse(Reason::payouts_have_results, c.settlement.value);
  // The bank may be paying them: what it covered would be paid again by the next settlement.
  if (!s->exports.empty() && !c.although_exported) {
    return refuse(Reason::settlement_exported, c.settlement.value + ", " + s->exports.back().format);
  }
  return one_event(c.settlement, c.occurred_at, SettlementCancelled{c.reason});
}

}  // namespace upline::domain
