#include "eventstore/command_handler.hpp"

#include "domain/overloaded.hpp"
#include "eventstore/claims.hpp"
#include "eventstore/command_digest.hpp"
#include "eventstore/erasure.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/private_parts.hpp"
#include "eventstore/repeated_import.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <sodium.h>
#include <unistd.h>

namespace upline::eventstore {

namespace {

using namespace domain;

/// Random bytes fetched in blocks: one system call for 256 salts. A forked process starts a block of its own.
Salt fresh_salt() {
  thread_local std::array<Salt, 256> block;
  thread_local std::size_t next = block.size();
  thread_local ::pid_t owner = 0;
  if (next == block.size() || owner != ::getpid()) {
    randombytes_buf(block.data(), sizeof block);
    next = 0;
    owner = ::getpid();
  }
  return block[next++];
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

bool is_storable(const std::string& secret) { return !secret.empty() && secret.size() <= secret_bytes_max; }

/// What was recorded for review is a conflict all the same.
void say_mismatch(Outcome& outcome, const Event& event) {
  outcome.answer = Answer::rejected;
  outcome.rejection = Rejection{Reason::payment_mismatch, std::get<PaymentMismatched>(event).payment.value};
}

Outcome rejected(Rejection rejection) { return {.answer = Answer::rejected, .rejection = std::move(rejection)}; }

}  // namespace

std::string_view name(Answer answer) {
  switch (answer) {
    case Answer::appended:
      return "appended";
    case Answer::already_there:
      return "already_there";
    case Answer::repeated:
      return "repeated";
    case Answer::rejected:
      return "rejected";
    case Answer::failed:
      return "failed";
  }
  std::unreachable();
}

Timestamp system_clock_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

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
    : store_(store), vault_(vault), options_(std::move(options)), state_(store) {}

std::vector<Outcome> CommandHandler::execute(std::span<const Request> requests, const BeforeCommit& before_commit) {
  auto outcomes = write(requests, before_commit);
  destroy_erased(requests, outcomes);
  return outcomes;
}

namespace {

bool erases(const Request& request, const Outcome& outcome) {
  return std::holds_alternative<EraseMember>(request.command) && outcome.answer != Answer::rejected &&
         outcome.answer != Answer::failed;
}

/// Of the exception that is being handled.
std::exception_ptr not_destroyed_yet() {
  constexpr const char* told = "the erasure is recorded, but the vault could not be cleared yet, ask again: {}";
  try {
    throw;
  } catch (const StoreBusy& error) {
    return std::make_exception_ptr(ErasureUnfinished(fmt::format(told, error.what())));
  } catch (const StoreUnwritable& error) {
    return std::make_exception_ptr(ErasureUnfinished(fmt::format(told, error.what())));
  } catch (...) {
    return std::current_exception();
  }
}

constexpr Duration first_pause{microseconds_per_second};
constexpr Duration longest_pause{60 * microseconds_per_second};

}  // namespace

/// After the commit and without the pen: the event comes first. Whoever waits for this batch waits as long as the
/// handler's options allow for the vault's readers.
void CommandHandler::destroy_erased(std::span<const Request> requests, std::span<Outcome> outcomes) {
  if (vault_ == nullptr) return;
  const auto asked = !std::ranges::equal(requests, outcomes, std::not_fn(erases));
  if (!asked && !state_.may_have_erasures()) return;
  if (!asked && destroy_again_at_ && options_.clock() < *destroy_again_at_) return;
  try {
    carry_out_erasures(store_, *vault_, {.patience = options_.erasing_patience, .although_done = asked});
    state_.erasures_are_done();
    destroy_again_at_.reset();
    destroy_pause_ = first_pause;
    unfinished_erasure_ = nullptr;
  } catch (const std::exception&) {
    unfinished_erasure_ = not_destroyed_yet();
    destroy_again_at_ = options_.clock() + destroy_pause_;
    destroy_pause_ = {std::min(2 * destroy_pause_.microseconds, longest_pause.microseconds)};
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (!erases(requests[i], outcomes[i])) continue;
      outcomes[i].answer = Answer::failed;
      outcomes[i].failure = unfinished_erasure_;
    }
  }
}

std::vector<Outcome> CommandHandler::write(std::span<const Request> requests, const BeforeCommit& before_commit) {
  next_due_.reset();
  const auto pen = store_.take_pen(options_.patience);
  try {
    state_.catch_up();
    const auto before = store_.head().position;
    const auto now = options_.clock();
    carry_out_due(*pen, now);
    std::vector<Outcome> outcomes;
    outcomes.reserve(requests.size());
    for (const auto& request : requests) outcomes.push_back(handle(*pen, request, now));
    next_due_ = state_.agenda().next();
    if (next_due_ && *next_due_ <= now) next_due_.reset();
    if (store_.head().position == before && !before_commit) {
      if (vault_ != nullptr) vault_->rollback();
      return outcomes;
    }
    state_.write_snapshots(*pen);
    if (before_commit) before_commit(*pen, outcomes);
    commit(*pen);
    return outcomes;
  } catch (...) {
    state_.forget();
    if (vault_ != nullptr) vault_->rollback();
    throw;
  }
}

void CommandHandler::commit(Pen& pen) {
  const auto began = std::chrono::steady_clock::now();
  if (vault_ != nullptr) vault_->commit();  // first: an event never names a missing row
  pen.commit();
  commit_time_ = std::chrono::steady_clock::now() - began;
  ++commits_;
}

/// Expired reservations free their keys, and batches go on sale, each dated when it was due.
void CommandHandler::carry_out_due(Pen& pen, Timestamp now) {
  constexpr std::size_t at_once = 1000;
  for (bool carried_out = true; carried_out;) {
    carried_out = false;
    for (const auto& due : state_.agenda().due(now, at_once)) {
      auto events = due_events(due, now);
      if (events.empty()) continue;
      const auto at = events.front().occurred_at;
      append_events(pen, std::move(events), {.actor = own_actor}, now);
      serve_queues(pen, at, now);
      carried_out = true;
    }
  }
}

/// Nothing where a stream cannot be read: that is told to whoever asks for it, and stops nobody else.
NewEvents CommandHandler::due_events(const Due& due, Timestamp now) try {
  auto events =
      std::visit(Overloaded{
                     [&](const DueExpiry& d) { return expire(state_.order(d.order), d.order, now); },
                     [&](const DueRelease& d) {
                       const auto& [product, batch] = d.batch;
                       return on_stream(pool_stream(product), d.at, carry_out_schedule(state_.pool(product), batch));
                     },
                 },
                 due);
  state_.load_for(events);
  return events;
} catch (const DamagedStore&) {
  return {};
} catch (const NewerStore&) {
  return {};
}

/// Paid orders that wait for keys get those that the last events brought or freed, in the order of their payment.
void CommandHandler::serve_queues(Pen& pen, Timestamp at, Timestamp now) {
  for (const auto& id : state_.take_touched_pools()) {
    // First what is not to be sold any more, so that it serves nobody.
    for (auto leaving = carry_on_leaving(state_.pool(id)); !leaving.empty();
         leaving = carry_on_leaving(state_.pool(id))) {
      append_events(pen, on_stream(pool_stream(id), at, std::move(leaving)), {.actor = own_actor}, now);
    }
    for (auto events = next_delivery(id, at); !events.empty(); events = next_delivery(id, at)) {
      append_events(pen, std::move(events), {.actor = own_actor}, now);
    }
  }
  state_.take_touched_pools();
}

/// Of the first in the product's queue. Nothing where there are too few keys for it, and where a stream cannot be read:
/// whoever stands behind waits all the same.
NewEvents CommandHandler::next_delivery(const ProductId& id, Timestamp at) try {
  const auto* product = std::get_if<ListedProduct>(&state_.product(id));
  if (product == nullptr) return {};
  const auto order = next_to_deliver(state_.pool(id), product->added.fulfilment);
  if (!order) return {};
  auto events = decide_on(state_, DeliverOrder{.order = *order, .occurred_at = at}, options_.propose_code);
  if (!events) return {};
  state_.load_for(*events);
  return std::move(*events);
} catch (const DamagedStore&) {
  return {};
} catch (const NewerStore&) {
  return {};
}

Fingerprint CommandHandler::print(std::string_view kind, std::string_view text) const {
  if (vault_ == nullptr) throw std::logic_error("hashing what is private needs a vault");
  return vault_->fingerprint(std::string(kind).append(":").append(text));
}

/// The command as the caller sent it, with hashes in the place of what is private.
Command CommandHandler::as_asked(const Request& request) const {
  auto command = request.command;
  if (!request.dated || is_of_settlement(command)) date(command, no_time);
  if (auto* import = std::get_if<ImportKeys>(&command)) {
    import->keys.clear();
    for (const auto& secret : request.secrets) import->keys.push_back({vault_->fingerprint(secret), {}});
  } else if (auto* place = std::get_if<PlaceOrder>(&command)) {
    if (!request.address.empty()) place->address = print("address", request.address);
    if (!request.contact.empty()) place->contact = SealedText{vault_->fingerprint(request.contact), {}};
    if (!request.query_secret.empty()) place->query_secret = print("query secret", request.query_secret);
  } else if (auto* enrol = std::get_if<EnrolMember>(&command)) {
    if (!request.visitor.empty()) enrol->visitor = print("visitor", request.visitor);
  } else if (auto* click = std::get_if<RecordClick>(&command)) {
    click->visitor = print("visitor", request.visitor);
  } else if (auto* deliver = std::get_if<DeliverOrder>(&command)) {
    if (!request.text.empty()) deliver->text = SealedText{vault_->fingerprint(request.text), {}};
  } else if (auto* open = std::get_if<OpenSettlement>(&command)) {
    open->opened_by = request.actor;
  } else if (auto* approve = std::get_if<ApproveSettlement>(&command)) {
    approve->approved_by = request.actor;
  }
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
    if (std::holds_alternative<ImportKeys>(command)) return seal_and_append_keys(pen, request, now);
    auto decision = decide_on(state_, command, options_.propose_code);
    if (!decision) return rejected(std::move(decision.error()));
    events = std::move(*decision);
    state_.load_for(events);
    seal_texts(events, request);
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
  if (std::holds_alternative<PaymentMismatched>(event)) say_mismatch(outcome, event);
  return outcome;
}

Outcome CommandHandler::seal_and_append_keys(Pen& pen, const Request& request, Timestamp now) {
  if (vault_ == nullptr) throw std::logic_error("importing keys needs a vault");
  if (!std::ranges::all_of(request.secrets, is_storable)) return rejected({Reason::invalid_text, "secret"});
  auto command = std::get<ImportKeys>(request.command);
  if (!request.dated) command.occurred_at = now;
  command.keys.clear();
  std::vector<std::size_t> duplicates;
  std::vector<std::size_t> fresh;
  std::set<Fingerprint> seen;
  for (std::size_t i = 0; i < request.secrets.size(); ++i) {
    const auto print = vault_->fingerprint(request.secrets[i]);
    const bool is_new = seen.insert(print).second && !store_.claimed(ClaimKind::key_fingerprint, print.bytes);
    (is_new ? fresh : duplicates).push_back(i);
    if (is_new) command.keys.push_back({print, {}});
  }
  // Decided once before anything is sealed, so that a refused batch leaves nothing in the vault.
  auto decision = decide_on(state_, command, options_.propose_code);
  if (!decision && fresh.empty() && !duplicates.empty() && decision.error().reason == Reason::invalid_batch) {
    decision = refuse(Reason::duplicate_key, command.batch.value);
  }
  if (!decision) {
    auto outcome = rejected(std::move(decision.error()));
    if (outcome.rejection->reason == Reason::duplicate_key) outcome.duplicates = std::move(duplicates);
    return outcome;
  }
  state_.load_for(*decision);
  std::vector<SealedSecret> sealed;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    sealed.push_back(vault_->seal(command.product, command.batch, request.secrets[fresh[i]]));
    command.keys[i] = sealed.back().named;
  }
  auto events = decide_on(state_, command, options_.propose_code).value();
  vault_->put(command.product, command.batch, std::get<KeysImported>(events.front().event).first, sealed);
  auto outcome = append(pen, std::move(events), request, now);
  outcome.duplicates = std::move(duplicates);
  return outcome;
}

/// A row that an attempt left behind which was cut short before the log had it belongs to no order: it goes.
void CommandHandler::keep_lookup(const OrderId& order, const OrderPlaced& placed, const Request& request) {
  if (vault_ == nullptr) return;
  if (!placed.contact || request.query_secret.empty()) return vault_->drop_lookup(order);
  vault_->put_lookup(order, placed.member, {.contact = request.contact, .secret = request.query_secret});
}

/// Contacts and delivered texts go into the vault, and their digests into the events that name them.
void CommandHandler::seal_texts(NewEvents& events, const Request& request) {
  const auto seal = [&](const TextName& name, std::string_view text, std::optional<SealedText>& named) {
    const auto sealed = vault_->seal_text(name, text);
    vault_->put_text(name, sealed);
    named = sealed.named;
  };
  for (auto& event : events) {
    const OrderId order{event.stream.id};
    if (auto* placed = std::get_if<OrderPlaced>(&event.event)) {
      if (placed->contact) seal(contact_name(order, placed->member), request.contact, placed->contact);
      keep_lookup(order, *placed, request);
    } else if (auto* delivered = std::get_if<OrderDelivered>(&event.event); delivered != nullptr && delivered->text) {
      seal(delivery_name(order, terms_of(state_.order(order))->member), request.text, delivered->text);
    }
  }
}

Outcome CommandHandler::append(Pen& pen, NewEvents events, const Request& request, Timestamp now) {
  if (events.empty()) return {.answer = Answer::already_there};
  const auto at = events.back().occurred_at;
  const auto first = events.front().event;
  const auto span = append_events(pen, std::move(events), request, now);
  Outcome outcome{.answer = Answer::appended, .first = span.first, .last = span.last};
  if (std::holds_alternative<PaymentMismatched>(first)) say_mismatch(outcome, first);
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
    const auto stored = pen.append({.stream = to_text(event.stream),
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
                   [&](ClaimKind kind, ClaimKey key) { pen.claim(kind, key, stored.position); });
    state_.apply({stored.position, std::move(event.stream), stored.version, stored.occurred_at, stored.recorded_at,
                  std::move(event.event)});
  }
  return span;
}

}  // namespace upline::eventstore
