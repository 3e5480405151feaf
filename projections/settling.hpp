// Carries a settlement from its opening to the event that fixes its lines: chunk by chunk, so that others write in
// between, and from wherever an interrupted run came to.
#pragma once

#include "domain/settlement.hpp"
#include "eventstore/command_handler.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/settlement_lines.hpp"
#include "projections/read_models.hpp"

#include <cstddef>
#include <expected>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace upline::projections {

/// Hands one command to whoever writes the shop, and waits for the answer.
using Execute = std::function<eventstore::Outcome(eventstore::Request)>;

/// What no live line covers, and why it gets no line.
struct LeftOutSum {
  std::string_view member{};
  std::string_view currency{};
  domain::Minor gross{};
  domain::LeftOut reason{};
};

/// A line as it would be. The texts are borrowed for the visit.
struct ProposedLine {
  std::string_view member{};
  std::string_view currency{};
  domain::PayoutAmounts amounts{};
};

struct ProposalVisitor {
  // Each answers whether the walk goes on.
  std::function<bool(const ProposedLine&)> line{};
  std::function<bool(const LeftOutSum&)> left_out{};
  /// A sum of 0, of which there is nothing to tell: for whoever bounds how far the walk goes.
  std::function<bool(std::string_view member, std::string_view currency)> nothing{};
};

/// What the terms make of the log up to `through`, behind a line, in the order of member (bytewise), then currency.
/// Refused where the tax method is not for a currency that would be paid. Constant memory. The read models must have
/// come that far.
std::expected<void, domain::Rejection> propose_lines(const Payouts& payouts, const domain::SettlementTerms& terms,
                                                     domain::Position through, const eventstore::LineCursor& after,
                                                     const ProposalVisitor& visitor);

struct SettlingOptions {
  std::size_t lines_per_chunk{1000};
  /// Asked once all lines are there, before they count; false abandons them.
  std::function<bool(const domain::Settlement&)> confirm{};
  Progress progress{};
  /// Called for each sum that the lines are looked for in, also where it gets none: what it throws ends the walk.
  std::function<void()> at_sum{};
  /// Called in front of each command: a test's way to be killed anywhere.
  std::function<void()> before_command{};
};

/// The settlement as it stands afterwards: fixed, or further on, or abandoned by `confirm` or by somebody else. Where
/// another settlement is fixed first, its lines are computed again behind that one. Any number of processes may do this
/// at once, also with the same id; each carries on what is there. Throws what deciding, reading and writing throw.
std::expected<domain::Settlement, domain::Rejection> settle(eventstore::EventStore& log, ReadModels& models,
                                                            const Execute& execute, domain::OpenSettlement command,
                                                            const eventstore::Actor& actor,
                                                            const SettlingOptions& options = {});

/// The same for one that is opened already: what somebody abandoned meanwhile is not begun anew.
std::expected<domain::Settlement, domain::Rejection> carry_on(eventstore::EventStore& log, ReadModels& models,
                                                              const Execute& execute, domain::OpenSettlement command,
                                                              const eventstore::Actor& actor,
                                                              const SettlingOptions& options = {});

}  // namespace upline::projections
