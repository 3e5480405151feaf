#include "domain/books_settlements.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace upline::domain {

namespace {

using Finding = std::optional<std::string>;

constexpr auto not_computing = "the settlement's lines are not being computed";

}  // namespace

Finding BookedSettlements::check_dated(const RecordedEvent& recorded) {
  if (recorded.occurred_at == recorded.recorded_at) return std::nullopt;
  return "an event of a settlement is not dated when it was recorded";
}

std::optional<Timestamp> BookedSettlements::latest_cutoff() const {
  std::optional<Timestamp> latest;
  for (const auto& [id, settlement] : settlements_) {
    if (settlement.live > 0 && (!latest || settlement.opened.cutoff > *latest)) latest = settlement.opened.cutoff;
  }
  return latest;
}

bool BookedSettlements::was_fixed_since(Position through) const {
  return std::ranges::any_of(settlements_, [&](const auto& known) { return known.second.fixed_position > through; });
}

Finding BookedSettlements::open(const RecordedEvent& recorded, const SettlementOpened& event) {
  if (auto found = check_dated(recorded)) return found;
  auto& settlement = of(recorded);
  const bool is_new = settlement.stage == SettlementStage{};
  if (!is_new && settlement.stage != SettlementStage::abandoned) return "the settlement is open already";
  if (event.attempt.value != settlement.opened.attempt.value + 1) return "the attempt does not follow the one before";
  if (event.through.value + 1 != recorded.position.value) return "the lines are not computed at the position in front";
  if (event.minimum < Minor{0} || event.fee < Minor{0}) return "the minimum or the fee is below 0";
  if (!parse_tax_method(event.tax)) return "the tax method is unknown";
  if (event.cutoff > recorded.recorded_at) return "the cutoff is in the future";
  if (const auto latest = latest_cutoff(); latest && event.cutoff < *latest) {
    return "the cutoff is before that of the latest live settlement";
  }
  settlement = Booked{.opened = event, .stage = SettlementStage::computing};
  propose(settlement);
  return std::nullopt;
}

/// Every sum that no live line covers, and that the terms pay.
void BookedSettlements::propose(Booked& settlement) {
  const auto& terms = settlement.opened;
  const auto tax = parse_tax_method(terms.tax).value();
  accounts_.each_free_sum(terms.cutoff, [&](Name member, Name currency, Minor gross) {
    if (gross <= Minor{0}) return;
    const Currency code{std::string(names_.text(currency))};
    const auto amounts = amounts_of(tax, terms.fee, gross, code);
    const auto standing = members_.is_suspended(member) ? Standing::suspended : Standing::active;
    const auto unknown_tax = PayoutAmounts{.gross = gross, .net = gross};
    if (left_out(gross, terms.minimum, amounts.value_or(unknown_tax), standing)) return;
    // Where the method is not for this currency no line may follow; one without amounts equals none.
    settlement.lines.push_back({member, currency, amounts.value_or(PayoutAmounts{})});
  });
  std::ranges::sort(settlement.lines, {},
                    [&](const Line& line) { return std::pair(names_.text(line.member), names_.text(line.currency)); });
}

Finding BookedSettlements::schedule(const RecordedEvent& recorded, const PayoutScheduled& event) {
  if (auto found = check_dated(recorded)) return found;
  const auto id = names_.number_of(event.settlement.value);
  auto& s = settlements_[id];
  if (s.stage != SettlementStage::computing || s.opened.attempt != event.attempt) return not_computing;
  if (s.scheduled == s.lines.size()) return "the settlement has a line more than there are sums to pay";
  const auto& line = s.lines[s.scheduled];
  const auto member = names_.text(line.member);
  if (member != recorded.stream.id || names_.text(line.currency) != event.currency.code) {
    return "the next line belongs to " + std::string(member) + ", " + std::string(names_.text(line.currency));
  }
  if (line.amounts != event.amounts) {
    return "the line pays " + std::to_string(event.amounts.gross.value) + " gross, " +
           std::to_string(event.amounts.net.value) + " net, where " + std::to_string(line.amounts.gross.value) +
           " gross, " + std::to_string(line.amounts.net.value) + " net are due";
  }
  ++s.scheduled;
  if (!add_to(s.totals, event.currency, event.amounts)) return "the settlement's sums do not fit 64 bits";
  chunk_of_ = id;
  return std::nullopt;
}

bool BookedSettlements::continues_chunk(const RecordedEvent& recorded) const {
  const auto id = names_.text(*chunk_of_);
  if (const auto* line = std::get_if<PayoutScheduled>(&recorded.event)) return line->settlement.value == id;
  return std::holds_alternative<LinesScheduled>(recorded.event) && recorded.stream.id == id;
}

Finding BookedSettlements::check_sums(const Booked& settlement, Attempt attempt, std::uint64_t lines,
                                      const PayoutTotals& totals) const {
  if (settlement.stage != SettlementStage::computing || settlement.opened.attempt != attempt) return not_computing;
  if (lines != settlement.scheduled) return "the number of lines is wrong";
  if (totals != settlement.totals) return "the sums are not those of the lines";
  return std::nullopt;
}

Finding BookedSettlements::close_chunk(const RecordedEvent& recorded, const LinesScheduled& event) {
  if (auto found = check_dated(recorded)) return found;
  auto& s = of(recorded);
  if (!chunk_of_) return "no lines stand in front of their sums";
  if (auto found = check_sums(s, event.attempt, event.lines, event.totals)) return found;
  const auto& last = s.lines[s.scheduled - 1];
  if (names_.text(last.member) != event.last_member.value || names_.text(last.currency) != event.last_currency.code) {
    return "the newest line is another one";
  }
  s.digest = event.digest;
  chunk_of_.reset();
  return std::nullopt;
}

Finding BookedSettlements::fix(const RecordedEvent& recorded, const SettlementFixed& event) {
  if (auto found = check_dated(recorded)) return found;
  auto& s = of(recorded);
  if (auto found = check_sums(s, event.attempt, event.lines, event.totals)) return found;
  if (event.digest != s.digest) return "the digest is not that of the lines";
  if (s.scheduled != s.lines.size()) return "the settlement is fixed with lines missing";
  if (was_fixed_since(s.opened.through)) return "another settlement was fixed since the lines were computed";
  s.stage = SettlementStage::fixed;
  s.fixed_position = recorded.position;
  s.live = s.lines.size();
  for (const auto& line : s.lines) {
    const auto transaction = payout_scheduled(names_.text(line.member), line.amounts, names_.text(line.currency));
    if (auto found = accounts_.schedule(line.member, line.currency, line.amounts.gross, transaction)) return found;
  }
  return std::nullopt;
}

Finding BookedSettlements::abandon(const RecordedEvent& recorded, const SettlementAbandoned& event) {
  if (auto found = check_dated(recorded)) return found;
  auto& s = of(recorded);
  if (s.stage != SettlementStage::computing || s.opened.attempt != event.attempt) return not_computing;
  s.stage = SettlementStage::abandoned;
  s.lines.clear();
  return std::nullopt;
}

Finding BookedSettlements::approve(const RecordedEvent& recorded, const SettlementApproved& event) {
  if (auto found = check_dated(recorded)) return found;
  auto& s = of(recorded);
  if (s.stage != SettlementStage::fixed) return "the settlement that is approved is not fixed";
  if (four_eyes_ && (event.approved_by.empty() || event.approved_by == s.opened.opened_by)) {
    return "the shop wants four eyes, and who opened the settlement approved it";
  }
  s.stage = SettlementStage::approved;
  return std::nullopt;
}

Finding BookedSettlements::export_lines(const RecordedEvent& recorded, const SettlementExported& event) {
  if (auto found = check_dated(recorded)) return found;
  const auto& s = of(recorded);
  if (s.stage != SettlementStage::approved) return "the settlement that is exported is not approved";
  if (event.rows > s.lines.size()) return "the file has more rows than the settlement has lines";
  return std::nullopt;
}

Finding BookedSettlements::cancel(const RecordedEvent& recorded) {
  if (auto found = check_dated(recorded)) return found;
  auto& s = of(recorded);
  const bool is_fixed = s.stage == SettlementStage::fixed || s.stage == SettlementStage::approved;
  if (!is_fixed || s.has_results) return "the settlement that is cancelled is not fixed, or has results";
  s.stage = SettlementStage::cancelled;
  for (auto& line : s.lines) {
    const auto transaction = payout_unscheduled(names_.text(line.member), line.amounts, names_.text(line.currency));
    if (auto found = end_line(s, line, Fate::failed, transaction)) return found;
  }
  s.lines.clear();
  return std::nullopt;
}

/// The line of an approved settlement that a result is of, where its content is the same.
template <class Result>
BookedSettlements::Line* BookedSettlements::line_of(const RecordedEvent& recorded, const Result& event) {
  const auto known = settlements_.find(names_.number_of(event.settlement.value));
  if (known == settlements_.end() || known->second.stage != SettlementStage::approved) return nullptr;
  auto& lines = known->second.lines;
  const std::pair<std::string_view, std::string_view> key(recorded.stream.id, event.currency.code);
  const auto at = std::ranges::lower_bound(lines, key, {}, [&](const Line& line) {
    return std::pair(names_.text(line.member), names_.text(line.currency));
  });
  const bool is_it = at != lines.end() && names_.text(at->member) == key.first &&
                     names_.text(at->currency) == key.second && at->amounts == event.amounts &&
                     known->second.opened.attempt == event.attempt;
  known->second.has_results = true;
  return is_it ? &*at : nullptr;
}

Finding BookedSettlements::end_line(Booked& settlement, Line& line, Fate fate, const Transaction& transaction) {
  const bool was_paid = line.fate == Fate::paid;
  line.fate = fate;
  --settlement.live;
  return accounts_.unschedule(line.member, line.currency, line.amounts.gross, was_paid, transaction);
}

Finding BookedSettlements::pay(const RecordedEvent& recorded, const PayoutPaid& event) {
  if (auto found = check_dated(recorded)) return found;
  auto* line = line_of(recorded, event);
  if (line == nullptr || line->fate != Fate::scheduled) return "what is paid is no payout that waits for it";
  line->fate = Fate::paid;
  return accounts_.pay(line->member, line->currency, line->amounts.gross, postings(recorded, {}));
}

Finding BookedSettlements::fail(const RecordedEvent& recorded, const PayoutFailed& event) {
  if (auto found = check_dated(recorded)) return found;
  auto* line = line_of(recorded, event);
  if (line == nullptr || line->fate != Fate::scheduled) return "what fails is no payout that waits for its payment";
  return end_line(settlements_[names_.number_of(event.settlement.value)], *line, Fate::failed, postings(recorded, {}));
}

Finding BookedSettlements::give_back(const RecordedEvent& recorded, const PayoutReturned& event) {
  if (auto found = check_dated(recorded)) return found;
  auto* line = line_of(recorded, event);
  if (line == nullptr || line->fate != Fate::paid) return "what is returned is no payout that was paid";
  return end_line(settlements_[names_.number_of(event.settlement.value)], *line, Fate::returned,
                  postings(recorded, {}));
}

}  // namespace upline::domain
