#include "eventstore/command_handler.hpp"

#include "eventstore/claims.hpp"
#include "eventstore/command_digest.hpp"
#include "eventstore/due_work.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/key_import.hpp"
#include "eventstore/private_parts.hpp"
#include "eventstore/repeated_import.hpp"
#include "eventstore/sealing.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <pthread.h>
#include <sodium.h>

namespace upline::eventstore {

namespace {

using namespace domain;

thread_local std::array<Salt, 256> salts;
thread_local std::size_t next_salt = salts.size();

/// Random bytes fetched in blocks: one system call for 256 salts. A forked process starts a block of its own.
Salt fresh_salt() {
  static const bool is_renewed_by_fork = ::pthread_atfork(nullptr, nullptr, [] { next_salt = salts.size(); }) == 0;
  if (next_salt == salts.size() || !is_renewed_by_fork) {
    randombytes_buf(salts.data(), sizeof salts);
    next_salt = 0;
  }
  return salts.at(next_salt++);
}

/// The name under which the shop itself appends what is due.
constexpr const char* own_actor = "upline";

/// The time of recording, for a command that has none of its own.
void date(Command& command, Timestamp at) {
  std::visit(
      [&](auto& c) {
        c.occurred_at = at;
        if constexpr (requires { c.dated; }) c.dated = false;
      },
      command);
}

/// A settlement happens when it is recorded, whatever the caller says.
bool is_of_settlement(const Command& command) {
  return std::visit([](const auto& c) { return requires { c.settlement; }; }, command);
}

/// Stands in a command's content where the caller named no time.
constexpr Timestamp no_time{INT64_MIN};

/// What was recorded for review is a conflict all the same.
void say_mismatch(Outcome& outcome, const PaymentId& payment) {
  outcome.answer = Answer::rejected;
  outcome.rejection = Rejection{Reason::payment_mismatch, payment.value};
}

std::optional<PaymentId> mismatched_payment(const Event& event) {
  const auto* mismatched = std::get_if<PaymentMismatched>(&event);
  return mismatched == nullptr ? std::nullopt : std::optional(mismatched->payment);
}

/// Whose order a command's events are about.
std::optional<OrderId> order_of(const NewEvents& events) {
  const auto own =
      std::ranges::find(events, StreamKind::order, [](const NewEvent& event) { return event.stream.kind; });
  return own == events.end() ? std::nullopt : std::optional(OrderId{own->stream.id});
}

/// A purchase is a first one by what the state knows of its buyer: it has asked, or seen the enrolment.
void claim(Pen& pen, ClaimKind kind, ClaimKey key, Position position) {
  if (kind == ClaimKind::first_purchase) {
    pen.claim_free(kind, key, position);
  } else {
    pen.claim(kind, key, position);
  }
}

Outcome rejected(Rejection rejection) { return {.answer = Answer::rejected, .rejection = std::move(rejection)}; }

}  // namespace

ReferralCode random_referral_code() {
  std::uint64_t number{};  // so far beyond the number of codes that its remainder favours none
  randombytes_buf(&number, sizeof number);
  ReferralCode code;
  for (std::size_t i = 0; i < referral_code_length; ++i) {
    code.value.push_back(referral_code_symbols[number % referral_code_symbols.size()]);
    number /= referral_code_symbols.size();
  }
  return code;
}

CommandHandler::CommandHandler(EventStore& store, Vault* vault, HandlerOptions options)
    : store_(store),
      vault_(vault),
      options_(std::move(options)),
      state_(store),
      members_ahead_(store),
      erasures_(store, vault, state_, options_.clock, options_.erasing_patience) {}

CommandHandler::~CommandHandler() {
  constexpr std::chrono::milliseconds patience{100};
  if (commits_ == 0 || state_.events_behind_stored() == 0) return;
  try {
    const auto pen = store_.take_pen(patience);
    state_.catch_up();
    state_.store(*pen);
    pen->commit();
  } catch (const std::exception&) {
    // Nothing is lost: the next process reads the log.
  }
}

std::vector<Outcome> CommandHandler::execute(std::span<const Request> requests, const BeforeCommit& before_commit) {
  auto outcomes = write(requests, before_commit);
  erasures_.carry_out(requests, outcomes);
  return outcomes;
}

std::vector<Outcome> CommandHandler::write(std::span<const Request> requests, const BeforeCommit& before_commit) {
  auto batch = begin();
  try {
    std::vector<Outcome> outcomes;
    outcomes.reserve(requests.size());
    for (const auto& request : requests) outcomes.push_back(decide(batch, request));
    write_out(batch, outcomes, before_commit);
    return outcomes;
  } catch (...) {
    undo(batch);
    throw;
  }
}

void CommandHandler::write_out(Batch& batch, std::span<const Outcome> outcomes, const BeforeCommit& before_commit) {
  if (before_commit) before_commit(*batch.pen, outcomes);
  seal(batch);
  if (!has_appended(batch) && !before_commit) return;
  const auto began = std::chrono::steady_clock::now();
  batch.pen->commit();
  count_commit(std::chrono::steady_clock::now() - began);
}

Batch CommandHandler::begin(Pen* before) {
  next_due_.reset();
  Batch batch{.pen = before == nullptr ? store_.take_pen(options_.patience) : store_.take_pen_behind(*before)};
  try {
    state_.catch_up();
    if (options_.reads_members_ahead) members_ahead_.supply(state_);
    batch.after = store_.head().position;
    batch.at = options_.clock();
    carry_out_due(*batch.pen, batch.at);
    return batch;
  } catch (...) {
    undo(batch);
    throw;
  }
}

Outcome CommandHandler::decide(Batch& batch, const Request& request) { return handle(*batch.pen, request, batch.at); }

void CommandHandler::seal(Batch& batch) {
  next_due_ = state_.agenda().next();
  if (next_due_ && *next_due_ <= batch.at) next_due_.reset();
  if (has_appended(batch)) {
    state_.store(*batch.pen, options_.states_every);
    if (vault_ != nullptr) vault_->commit();  // in front of the log: an event never names a missing row
  } else if (vault_ != nullptr) {
    vault_->rollback();
  }
}

void CommandHandler::undo(Batch& batch) noexcept {
  batch.pen.reset();
  state_.forget();
  if (vault_ != nullptr) vault_->rollback();
}

void CommandHandler::count_commit(std::chrono::nanoseconds took) {
  commit_time_ = took;
  ++commits_;
}

/// Expired reservations free their keys, and batches go on sale, each dated when it was due.
void CommandHandler::carry_out_due(Pen& pen, Timestamp now) {
  constexpr std::size_t at_once = 1000;
  for (bool carried_out = true; carried_out;) {
    carried_out = false;
    for (const auto& due : state_.agenda().due(now, at_once)) {
      auto events = due_events(state_, due, now);
      if (events.empty()) continue;
      const auto at = events.front().occurred_at;
      append_events(pen, std::move(events), {.actor = own_actor}, now);
      serve_queues(pen, at, now);
      carried_out = true;
    }
  }
}

/// Paid orders that wait for keys get those that the last events brought or freed, in the order of their payment.
void CommandHandler::serve_queues(Pen& pen, Timestamp at, Timestamp now) {
  for (const auto& id : state_.take_touched_pools()) {
    // First what is not to be sold any more, so that it serves nobody.
    for (auto leaving = carry_on_leaving(state_.pool(id)); !leaving.empty();
         leaving = carry_on_leaving(state_.pool(id))) {
      append_events(pen, on_stream(pool_stream(id), at, std::move(leaving)), {.actor = own_actor}, now);
    }
    for (auto events = next_delivery(state_, id, at, options_.propose_code); !events.empty();
         events = next_delivery(state_, id, at, options_.propose_code)) {
      append_events(pen, std::move(events), {.actor = own_actor}, now);
    }
  }
  state_.take_touched_pools();
}

/// The command as the caller sent it, with hashes in the place of what is private.
Command CommandHandler::as_asked(const Request& request) const {
  auto command = request.command;
  if (!request.dated || is_of_settlement(command)) date(command, no_time);
  hash_private_parts(command, request, vault_);
  if (auto* open = std::get_if<OpenSettlement>(&command)) open->opened_by = request.actor;
  if (auto* approve = std::get_if<ApproveSettlement>(&command)) approve->approved_by = request.actor;
  return command;
}

/// Of the exception that is being handled, unless it left half an append behind.
Outcome CommandHandler::failed_alone() const {
  if (appending_) throw;
  return {.answer = Answer::failed, .failure = std::current_exception()};
}

/// Deciding may fail for this command alone. Appending may not: what is half in the transaction takes the whole batch.
Outcome CommandHandler::handle(Pen& pen, const Request& request, Timestamp now) {
  NewEvents events;
  appending_ = false;
  try {
    if (auto checked = check_private(request); !checked) return rejected(std::move(checked.error()));
    std::optional<Command> prepared;
    const bool is_settling = is_of_settlement(request.command);
    if (!request.dated || is_settling || has_private_parts(request)) prepared = as_asked(request);
    if (is_settling) {
      date(*prepared, std::max(now, store_.head().recorded_at));
    } else if (!request.dated) {
      date(*prepared, now);
    }
    const auto& command = prepared ? *prepared : request.command;
    if (!request.actor.empty() && !is_well_formed_id(request.actor)) return rejected({Reason::invalid_id, "actor"});
    if (auto checked = check_time(command, now); !checked) return rejected(std::move(checked.error()));
    if (!request.command_id.empty()) {
      if (!is_well_formed_id(request.command_id)) return rejected({Reason::invalid_id, "command id"});
      if (auto first_time = answer_of_first_time(request)) return *first_time;
    }
    if (std::holds_alternative<ImportKeys>(command)) return append_keys(pen, request, now);
    auto decision = decide_on(state_, command, options_.propose_code);
    if (!decision) return rejected(std::move(decision.error()));
    events = std::move(*decision);
    state_.load_for(events);
    if (vault_ != nullptr) seal_texts(events, request, state_, *vault_);
  } catch (const DamagedStore&) {
    return failed_alone();
  } catch (const NewerStore&) {
    return failed_alone();
  } catch (const VaultKeyError&) {
    return failed_alone();
  }
  return append(pen, std::move(events), request, now);
}

std::optional<Outcome> CommandHandler::answer_of_first_time(const Request& request) {
  const auto claimed = store_.claimed(ClaimKind::command_id, claim_key(request.command_id));
  if (!claimed) return std::nullopt;
  const auto first = store_.read_one(*claimed);
  if (!first || !first->command) throw DamagedStore("a command id's claim names no event of that command");
  if (command_digest(as_asked(request), first->salt) != first->command->digest) {
    return rejected({Reason::command_id_reused, request.command_id});
  }
  auto last = *claimed;
  for (auto next = store_.read_one({last.value + 1}); next && next->command == first->command;
       next = store_.read_one({last.value + 1})) {
    last = next->position;
  }
  const auto event = decode(*first).event;
  Outcome outcome{.answer = Answer::repeated, .first = *claimed, .last = last};
  if (const auto* imported = std::get_if<KeysImported>(&event)) {
    outcome.duplicates = secrets_left_out(*vault_, *imported, request.secrets);
  }
  if (const auto payment = mismatched_payment(event)) say_mismatch(outcome, *payment);
  return outcome;
}

Outcome CommandHandler::append_keys(Pen& pen, const Request& request, Timestamp now) {
  if (vault_ == nullptr) throw std::logic_error("importing keys needs a vault");
  auto import = import_keys(request, state_, *vault_, options_.propose_code, now);
  auto outcome = import.decision ? append(pen, std::move(*import.decision), request, now)
                                 : rejected(std::move(import.decision.error()));
  outcome.duplicates = std::move(import.duplicates);
  return outcome;
}

Outcome CommandHandler::append(Pen& pen, NewEvents events, const Request& request, Timestamp now) {
  if (events.empty()) return {.answer = Answer::already_there};
  const auto at = events.back().occurred_at;
  const auto mismatched = mismatched_payment(events.front().event);
  // A mismatch is recorded with the order that the payment belongs to, which is not the one that was asked for.
  const auto order = request.tells_order && !mismatched ? order_of(events) : std::nullopt;
  const auto span = append_events(pen, std::move(events), request, now);
  Outcome outcome{.answer = Answer::appended, .first = span.first, .last = span.last};
  if (order) outcome.left = OrderLeft{*order, state_.order(*order)};
  if (mismatched) say_mismatch(outcome, *mismatched);
  serve_queues(pen, at, now);
  return outcome;
}

CommandHandler::Span CommandHandler::append_events(Pen& pen, NewEvents events, const Request& request, Timestamp now) {
  appending_ = true;
  Span span;
  std::optional<CommandMark> mark;
  for (auto& event : events) {
    const auto& format = format_of(event.event);
    const auto salt = fresh_salt();
    if (!mark && !request.command_id.empty()) {
      mark = CommandMark{request.command_id, command_digest(as_asked(request), salt)};
    }
    const auto& stored = pen.append({.stream = to_text(event.stream),
                                     .known_head = state_.known_head(event.stream),
                                     .type = format.type,
                                     .schema = format.schema,
                                     .occurred_at = event.occurred_at,
                                     .command = mark,
                                     .actor = request.actor,
                                     .salt = salt,
                                     .payload = encode_payload(event.event)},
                                    now);
    if (span.first == Position{0}) {
      span.first = stored.position;
      if (mark) pen.claim(ClaimKind::command_id, claim_key(mark->id), stored.position);
    }
    span.last = stored.position;
    for_each_claim(event.stream, event.event,
                   [&](ClaimKind kind, ClaimKey key) { claim(pen, kind, key, stored.position); });
    state_.apply({stored.position, std::move(event.stream), stored.version, stored.occurred_at, stored.recorded_at,
                  std::move(event.event)});
  }
  return span;
}

}  // namespace upline::eventstore
