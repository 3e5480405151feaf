// A settlement turns available balances into payouts: opened, computed chunk by chunk, fixed, approved, exported, and
// then each payout paid or failed. Ledger specification, "Settlement".
#pragma once

#include "domain/event.hpp"
#include "domain/member.hpp"
#include "domain/policy.hpp"
#include "domain/rejection.hpp"
#include "domain/tax.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace upline::domain {

/// Lines that one command schedules: so that others write in between.
constexpr std::size_t lines_per_chunk_max = 10'000;
constexpr std::size_t export_format_bytes_max = 64;

struct SettlementTerms {
  Timestamp cutoff{};
  Minor minimum{};
  Minor fee{};
  std::string tax{};
  bool operator==(const SettlementTerms&) const = default;
};

// Commands. Whoever holds the pen dates them: settlements happen when they are recorded.

/// Begins an attempt, or finds the one that runs.
struct OpenSettlement {
  SettlementId settlement{};
  SettlementTerms terms{};
  std::string opened_by{};  // the request's actor; the handler fills it in
  Timestamp occurred_at{};
};

struct GrossLine {
  MemberId member{};
  Currency currency{};
  Minor gross{};
  bool operator==(const GrossLine&) const = default;
};

/// The next lines of an attempt that has `lines_before` of them.
struct SchedulePayouts {
  SettlementId settlement{};
  Attempt attempt{};
  std::uint64_t lines_before{};
  std::vector<GrossLine> lines{};
  Timestamp occurred_at{};
};

/// Every line is there. Where another settlement was fixed since this attempt's position, the attempt is abandoned.
struct FixSettlement {
  SettlementId settlement{};
  Attempt attempt{};
  std::uint64_t lines{};
  Timestamp occurred_at{};
};

struct AbandonSettlement {
  SettlementId settlement{};
  Attempt attempt{};
  std::string reason{};
  Timestamp occurred_at{};
};

struct ApproveSettlement {
  SettlementId settlement{};
  std::string approved_by{};  // the request's actor; the handler fills it in
  Timestamp occurred_at{};
};

/// A file of its payouts was written.
struct RecordExport {
  SettlementId settlement{};
  std::string format{};
  Digest digest{};
  std::uint64_t rows{};
  PayoutTotals totals{};
  Timestamp occurred_at{};
};

/// What is still being computed is abandoned.
struct CancelSettlement {
  SettlementId settlement{};
  std::string reason{};
  bool although_exported{};  // somebody knows that the bank never got the file
  Timestamp occurred_at{};
};

enum class PayoutResult : std::uint8_t { paid, failed, returned };

/// `paid`, `failed`, `returned`.
std::string_view name(PayoutResult result);
std::optional<PayoutResult> parse_payout_result(std::string_view text);

struct RecordPayoutResult {
  SettlementId settlement{};
  MemberId member{};
  Currency currency{};
  PayoutResult result{};
  std::string text{};          // a payment's reference, or why it failed or came back
  std::optional<Minor> net{};  // where the caller knows it, it must be the line's
  Timestamp occurred_at{};
};

// State

enum class SettlementStage : std::uint8_t { computing = 1, abandoned = 2, fixed = 3, approved = 4, cancelled = 5 };

/// `computing`, `abandoned`, `fixed`, `approved`, `cancelled`.
std::string_view name(SettlementStage stage);

struct RecordedFile {
  std::string format{};
  Digest digest{};
  std::uint64_t rows{};
  bool operator==(const RecordedFile&) const = default;
};

struct Settlement {
  SettlementTerms terms{};
  Attempt attempt{};
  Position through{};
  std::string opened_by{};
  SettlementStage stage{};
  std::uint64_t lines{};
  MemberId last_member{};
  Currency last_currency{};
  Digest digest{};
  PayoutTotals totals{};
  Position fixed_position{};  // 0: never
  std::string approved_by{};
  std::vector<RecordedFile> exports{};
  PayoutTotals paid{};  // also what was returned later
  PayoutTotals failed{};
  PayoutTotals returned{};
  bool operator==(const Settlement&) const = default;
};

/// Of a shop. A few hundred bytes each.
struct Settlements {
  std::map<SettlementId, Settlement> known{};
  bool operator==(const Settlements&) const = default;
};

std::uint64_t count_of(const PayoutTotals& totals);

/// Lines that are scheduled, or paid: 0 unless it is fixed and not cancelled.
std::uint64_t live_lines(const Settlement& settlement);

/// Lines without a result.
std::uint64_t open_lines(const Settlement& settlement);

/// The latest cutoff of a settlement with live lines, if there is one.
std::optional<Timestamp> latest_cutoff(const Settlements& settlements);

// Rules

/// What the terms leave of a gross sum, or nothing where the method is not for this currency. A net of 0 or less is
/// no payout.
std::optional<PayoutAmounts> amounts_of(const TaxMethod& tax, Minor fee, Minor gross, const Currency& currency);

/// Why a sum gets no line: it stays uncovered and is carried forward.
enum class LeftOut : std::uint8_t { below_zero, below_minimum, nothing_left, suspended };

/// `below_zero`, `below_minimum`, `nothing_left`, `suspended`.
std::string_view name(LeftOut reason);

/// Why this sum that no live line covers gets no line, or nothing where it gets one. `amounts` is amounts_of it, where
/// it is above 0.
std::optional<LeftOut> left_out(Minor gross, Minor minimum, const PayoutAmounts& amounts, Standing standing);

/// `alice,CNY,5000,800,100,4100` and a line feed: what a settlement's digest is taken over.
std::string line_text(const MemberId& member, const Currency& currency, const PayoutAmounts& amounts);

/// SHA-256 of the digest before and a line's text: computed outside, as the domain computes none.
using NextDigest = std::function<Digest(const Digest& before, std::string_view line_text)>;

/// Adds to a sum; false where it does not fit 64 bits.
bool add_to(PayoutTotals& totals, const Currency& currency, const PayoutAmounts& amounts);

using SettlementDecision = std::expected<NewEvents, Rejection>;

/// `head` is the newest position, that lines are computed at. Refusals come in the order: id, amount, tax method,
/// conflict, cutoff. No events: it is there already.
SettlementDecision open_settlement(const Settlements& state, const OpenSettlement& command, Position head);
SettlementDecision schedule_payouts(const Settlements& state, const SchedulePayouts& command, const NextDigest& next);
SettlementDecision fix_settlement(const Settlements& state, const FixSettlement& command);
SettlementDecision abandon_settlement(const Settlements& state, const AbandonSettlement& command);
SettlementDecision approve_settlement(const Settlements& state, const ApproveSettlement& command,
                                      const SettlementPolicy& policy);
SettlementDecision record_export(const Settlements& state, const RecordExport& command);
SettlementDecision cancel_settlement(const Settlements& state, const CancelSettlement& command);

/// What the log knows of a payout.
struct KnownPayout {
  std::optional<PayoutScheduled> line{};  // of the fixed attempt
  std::optional<PayoutPaid> paid{};
  std::optional<PayoutFailed> failed{};
  std::optional<PayoutReturned> returned{};
};

SettlementDecision record_payout_result(const Settlements& state, const RecordPayoutResult& command,
                                        const KnownPayout& payout);

/// Events of settlements and results of payouts; all others leave it as it is.
void follow(Settlements& state, const RecordedEvent& event);

/// The settlement that an event changes, if it changes one.
std::optional<SettlementId> settlement_of(const StreamId& stream, const Event& event);

}  // namespace upline::domain
