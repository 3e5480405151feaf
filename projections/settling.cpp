#include "projections/settling.hpp"

#include <exception>
#include <string>
#include <utility>

namespace upline::projections {

using namespace domain;
using eventstore::Answer;
using eventstore::LineCursor;
using eventstore::Request;

namespace {

/// Runs that lose against another settlement: each loss means that another was fixed, so this bound is never met.
constexpr int attempts_max = 100;

class Settler {
 public:
  Settler(eventstore::EventStore& log, ReadModels& models, const Execute& execute, OpenSettlement command,
          const eventstore::Actor& actor, const SettlingOptions& options)
      : log_(log), models_(models), execute_(execute), command_(std::move(command)), actor_(actor), options_(options) {}

  std::expected<Settlement, Rejection> run(bool is_opened) {
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
      if (!std::exchange(is_opened, false)) {
        if (auto opened = ask(command_); !opened) return std::unexpected(std::move(opened.error()));
      }
      const auto state = carry_to_its_end();
      if (!state) return std::unexpected(state.error());
      if (state->stage != SettlementStage::abandoned || !was_overtaken_) return *state;
      was_overtaken_ = false;
    }
    return refuse(Reason::settlement_moved_on, command_.settlement.value);
  }

 private:
  /// Whatever others do to the same settlement meanwhile: its newest state says what is left to do.
  std::expected<Settlement, Rejection> carry_to_its_end() {
    for (;;) {
      const auto state = eventstore::read_settlement(log_, command_.settlement);
      if (!state) return refuse(Reason::unknown_settlement, command_.settlement.value);
      if (state->stage != SettlementStage::computing) return *state;
      auto done = schedule_and_fix(*state);
      if (!done && done.error().reason != Reason::settlement_moved_on) return std::unexpected(std::move(done.error()));
    }
  }

  std::expected<void, Rejection> schedule_and_fix(const Settlement& state) {
    models_.catch_up_to(state.through, options_.progress);
    auto scheduled = schedule(state);
    if (!scheduled && scheduled.error().reason == Reason::tax_not_for_currency) {
      const AbandonSettlement abandon{command_.settlement, state.attempt, "the tax method is not for every currency"};
      if (auto abandoned = ask(abandon); !abandoned) return abandoned;
    }
    if (!scheduled) return scheduled;
    const auto computed = eventstore::read_settlement(log_, command_.settlement);
    if (!computed || computed->attempt != state.attempt || computed->stage != SettlementStage::computing) return {};
    if (options_.confirm && !options_.confirm(*computed)) {
      return ask(AbandonSettlement{command_.settlement, state.attempt, "declined by who opened it"});
    }
    auto fixed = ask(FixSettlement{command_.settlement, state.attempt, computed->lines});
    was_overtaken_ = fixed.has_value();  // where it is abandoned now, that was because another was fixed first
    return fixed;
  }

  std::expected<void, Rejection> schedule(const Settlement& state) {
    SchedulePayouts chunk{command_.settlement, state.attempt, state.lines};
    std::expected<void, Rejection> asked;
    const auto flush = [&] {
      if (chunk.lines.empty()) return true;
      asked = ask(chunk);
      chunk.lines_before += chunk.lines.size();
      chunk.lines.clear();
      return asked.has_value();
    };
    const auto goes_on = [&] {
      if (options_.at_sum) options_.at_sum();
      return true;
    };
    const ProposalVisitor visitor{
        .line =
            [&](const ProposedLine& line) {
              goes_on();
              chunk.lines.push_back({{std::string(line.member)}, {std::string(line.currency)}, line.amounts.gross});
              return chunk.lines.size() < options_.lines_per_chunk || flush();
            },
        .left_out = [&](const LeftOutSum&) { return goes_on(); },
        .nothing = [&](std::string_view, std::string_view) { return goes_on(); }};
    const auto payouts = models_.payouts();
    auto proposed =
        propose_lines(payouts, state.terms, state.through, {state.last_member, state.last_currency}, visitor);
    if (!proposed) return proposed;
    if (asked) flush();
    return asked;
  }

  std::expected<void, Rejection> ask(Command command) {
    if (options_.before_command) options_.before_command();
    const auto outcome = execute_(Request{.command = std::move(command), .actor = actor_, .dated = false});
    if (outcome.answer == Answer::failed) std::rethrow_exception(outcome.failure);
    if (outcome.answer == Answer::rejected) return std::unexpected(*outcome.rejection);
    return {};
  }

  eventstore::EventStore& log_;
  ReadModels& models_;
  const Execute& execute_;
  OpenSettlement command_;
  const eventstore::Actor& actor_;
  const SettlingOptions& options_;
  bool was_overtaken_{};
};

}  // namespace

std::expected<void, Rejection> propose_lines(const Payouts& payouts, const SettlementTerms& terms, Position through,
                                             const LineCursor& after, const ProposalVisitor& visitor) {
  const auto tax = parse_tax_method(terms.tax);
  if (!tax) return refuse(Reason::unknown_tax_method, terms.tax);
  std::expected<void, Rejection> result;
  payouts.free_sums(through, terms.cutoff, after.member.value, after.currency.code, [&](const FreeSum& sum) {
    if (sum.gross == Minor{0}) return !visitor.nothing || visitor.nothing(sum.member, sum.currency);
    const Currency currency{std::string(sum.currency)};
    const auto amounts =
        sum.gross < Minor{0} ? std::optional(PayoutAmounts{}) : amounts_of(*tax, terms.fee, sum.gross, currency);
    const auto reason =
        left_out(sum.gross, terms.minimum, amounts.value_or(PayoutAmounts{.net = sum.gross}), sum.standing);
    if (reason) {
      return !visitor.left_out || visitor.left_out({sum.member, sum.currency, sum.gross, *reason});
    }
    if (amounts) return visitor.line({sum.member, sum.currency, *amounts});
    result = refuse(Reason::tax_not_for_currency, terms.tax + ", " + currency.code);
    return false;
  });
  return result;
}

std::expected<Settlement, Rejection> settle(eventstore::EventStore& log, ReadModels& models, const Execute& execute,
                                            OpenSettlement command, const eventstore::Actor& actor,
                                            const SettlingOptions& options) {
  return Settler(log, models, execute, std::move(command), actor, options).run(false);
}

std::expected<Settlement, Rejection> carry_on(eventstore::EventStore& log, ReadModels& models, const Execute& execute,
                                              OpenSettlement command, const eventstore::Actor& actor,
                                              const SettlingOptions& options) {
  return Settler(log, models, execute, std::move(command), actor, options).run(true);
}

}  // namespace upline::projections
