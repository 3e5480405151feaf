// What becomes of a line: paid, failed, or returned after it was paid.
#include "domain/overloaded.hpp"
#include "domain/settlement.hpp"

#include <utility>

namespace upline::domain {

namespace {

using Decision = SettlementDecision;

Decision refused(Reason reason, const RecordPayoutResult& c) {
  return refuse(reason, c.member.value + ", " + c.currency.code);
}

template <class Result>
Decision told(const RecordPayoutResult& c, Result result) {
  NewEvents events;
  events.push_back({account_stream(c.member), c.occurred_at, std::move(result)});
  return events;
}

/// A reference that comes later than the payment adds nothing; another one is a contradiction.
Decision pay(const RecordPayoutResult& c, const KnownPayout& known) {
  if (known.failed) return refused(Reason::conflict, c);
  if (known.paid) {
    const bool same = c.text.empty() || known.paid->reference == c.text;
    return same ? Decision{NewEvents{}} : refused(Reason::conflict, c);
  }
  const auto& line = *known.line;
  return told(c, PayoutPaid{line.settlement, line.attempt, line.currency, line.amounts,
                            c.text.empty() ? std::nullopt : std::optional(c.text)});
}

Decision fail(const RecordPayoutResult& c, const KnownPayout& known) {
  if (known.paid) return refused(Reason::conflict, c);
  if (known.failed) return known.failed->reason == c.text ? Decision{NewEvents{}} : refused(Reason::conflict, c);
  const auto& line = *known.line;
  return told(c, PayoutFailed{line.settlement, line.attempt, line.currency, line.amounts, c.text});
}

Decision give_back(const RecordPayoutResult& c, const KnownPayout& known) {
  if (!known.paid) return refused(Reason::payout_not_paid, c);
  if (known.returned) return known.returned->reason == c.text ? Decision{NewEvents{}} : refused(Reason::conflict, c);
  const auto& line = *known.line;
  return told(c, PayoutReturned{line.settlement, line.attempt, line.currency, line.amounts, c.text});
}

template <class E>
constexpr bool is_result =
    std::is_same_v<E, PayoutPaid> || std::is_same_v<E, PayoutFailed> || std::is_same_v<E, PayoutReturned>;

void open(Settlement& s, const SettlementOpened& e) {
  s = Settlement{.terms = {e.cutoff, e.minimum, e.fee, e.tax},
                 .attempt = e.attempt,
                 .through = e.through,
                 .opened_by = e.opened_by,
                 .stage = SettlementStage::computing};
}

void schedule(Settlement& s, const LinesScheduled& e) {
  s.lines = e.lines;
  s.last_member = e.last_member;
  s.last_currency = e.last_currency;
  s.digest = e.digest;
  s.totals = e.totals;
}

}  // namespace

Decision record_payout_result(const Settlements& state, const RecordPayoutResult& c, const KnownPayout& known) {
  const auto found = state.known.find(c.settlement);
  if (found == state.known.end()) return refuse(Reason::unknown_settlement, c.settlement.value);
  const auto stage = found->second.stage;
  if (stage == SettlementStage::cancelled) return refuse(Reason::settlement_cancelled, c.settlement.value);
  if (stage != SettlementStage::approved) return refuse(Reason::settlement_not_approved, c.settlement.value);
  if (!is_plain_text(c.text, reason_bytes_max)) return refuse(Reason::invalid_text, "reason");
  if (!known.line) return refused(Reason::unknown_payout, c);
  if (c.net && *c.net != known.line->amounts.net) return refused(Reason::payout_mismatch, c);
  if (c.result != PayoutResult::paid && c.text.empty()) return refused(Reason::reason_missing, c);
  switch (c.result) {
    case PayoutResult::paid:
      return pay(c, known);
    case PayoutResult::failed:
      return fail(c, known);
    case PayoutResult::returned:
      return give_back(c, known);
  }
  std::unreachable();
}

std::optional<SettlementId> settlement_of(const StreamId& stream, const Event& event) {
  if (stream.kind == StreamKind::settlement) return SettlementId{stream.id};
  return std::visit(
      []<class E>(const E& e) -> std::optional<SettlementId> {
        if constexpr (is_result<E>) {
          return e.settlement;
        } else {
          return std::nullopt;
        }
      },
      event);
}

void follow(Settlements& state, const RecordedEvent& event) {
  const auto id = settlement_of(event.stream, event.event);
  if (!id) return;
  auto& s = state.known[*id];
  std::visit(Overloaded{
                 [&](const SettlementOpened& e) { open(s, e); },
                 [&](const LinesScheduled& e) { schedule(s, e); },
                 [&](const SettlementFixed&) {
                   s.stage = SettlementStage::fixed;
                   s.fixed_position = event.position;
                 },
                 [&](const SettlementAbandoned&) { s.stage = SettlementStage::abandoned; },
                 [&](const SettlementApproved& e) {
                   s.stage = SettlementStage::approved;
                   s.approved_by = e.approved_by;
                 },
                 [&](const SettlementExported& e) { s.exports.push_back({e.format, e.digest, e.rows}); },
                 [&](const SettlementCancelled&) { s.stage = SettlementStage::cancelled; },
                 [&](const PayoutPaid& e) { add_to(s.paid, e.currency, e.amounts); },
                 [&](const PayoutFailed& e) { add_to(s.failed, e.currency, e.amounts); },
                 [&](const PayoutReturned& e) { add_to(s.returned, e.currency, e.amounts); },
                 [](const auto&) {},
             },
             event.event);
}

}  // namespace upline::domain
