#include "eventstore/command_handler.hpp"

#include "eventstore/claims.hpp"
#include "eventstore/command_digest.hpp"
#include "eventstore/event_codec.hpp"

#include <algorithm>
#include <set>
#include <utility>

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

bool is_storable(const std::string& secret) { return !secret.empty() && secret.size() <= secret_bytes_max; }

Outcome rejected(Rejection rejection) { return {.answer = Answer::rejected, .rejection = std::move(rejection)}; }

}  // namespace

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
  const auto pen = store_.take_pen(options_.patience);
  try {
    state_.catch_up();
    const auto before = store_.head().position;
    const auto now = options_.clock();
    std::vector<Outcome> outcomes;
    outcomes.reserve(requests.size());
    for (const auto& request : requests) outcomes.push_back(handle(*pen, request, now));
    if (store_.head().position == before && !before_commit) {
      if (vault_ != nullptr) vault_->rollback();
      return outcomes;
    }
    state_.write_snapshots(*pen);
    if (before_commit) before_commit(*pen, outcomes);
    if (vault_ != nullptr) vault_->commit();  // first: an event never names a missing row
    pen->commit();
    ++commits_;
    return outcomes;
  } catch (...) {
    state_.forget();
    if (vault_ != nullptr) vault_->rollback();
    throw;
  }
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
    if (auto checked = check_time(request.command, now); !checked) return rejected(std::move(checked.error()));
    if (!request.actor.empty() && !is_well_formed_id(request.actor)) return rejected({Reason::invalid_id, "actor"});
    if (!request.command_id.empty()) {
      if (!is_well_formed_id(request.command_id)) return rejected({Reason::invalid_id, "command id"});
      if (auto first_time = answer_of_first_time(request)) return *first_time;
    }
    if (std::holds_alternative<ImportKeys>(request.command)) return seal_and_append_keys(pen, request, now);
    auto decision = decide_on(state_, request.command, options_.propose_code);
    if (!decision) return rejected(std::move(decision.error()));
    events = std::move(*decision);
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
  auto command = request.command;
  if (auto* import = std::get_if<ImportKeys>(&command)) {
    for (const auto& secret : request.secrets) import->keys.push_back({vault_->fingerprint(secret), {}});
  }
  if (command_digest(command, first->salt) != first->command->digest) {
    return rejected({Reason::command_id_reused, request.command_id});
  }
  auto last = *claimed;
  for (auto next = store_.read_one({last.value + 1}); next && next->command == first->command;
       next = store_.read_one({last.value + 1})) {
    last = next->position;
  }
  return Outcome{.answer = Answer::repeated, .first = *claimed, .last = last};
}

Outcome CommandHandler::seal_and_append_keys(Pen& pen, const Request& request, Timestamp now) {
  if (vault_ == nullptr) throw std::logic_error("importing keys needs a vault");
  if (!std::ranges::all_of(request.secrets, is_storable)) return rejected({Reason::invalid_text, "secret"});
  auto command = std::get<ImportKeys>(request.command);
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

Outcome CommandHandler::append(Pen& pen, NewEvents events, const Request& request, Timestamp now) {
  if (events.empty()) return {.answer = Answer::already_there};
  appending_ = true;
  Outcome outcome{.answer = Answer::appended};
  std::optional<CommandMark> mark;
  for (auto& event : events) {
    const auto& format = format_of(event.event);
    const auto salt = fresh_salt();
    if (!mark && !request.command_id.empty()) {
      auto command = request.command;
      if (auto* import = std::get_if<ImportKeys>(&command)) {
        for (const auto& secret : request.secrets) import->keys.push_back({vault_->fingerprint(secret), {}});
      }
      mark = CommandMark{request.command_id, command_digest(command, salt)};
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
    if (outcome.first == Position{0}) {
      outcome.first = stored.position;
      if (mark) pen.claim(ClaimKind::command_id, claim_key(mark->id), stored.position);
    }
    outcome.last = stored.position;
    for_each_claim(event.event, [&](ClaimKind kind, ClaimKey key) { pen.claim(kind, key, stored.position); });
    state_.apply({stored.position, std::move(event.stream), stored.version, stored.occurred_at, stored.recorded_at,
                  std::move(event.event)});
  }
  return outcome;
}

Outcome CommandHandler::submit(Request request) {
  Waiting mine{.request = std::move(request)};
  std::unique_lock lock(mutex_);
  if (queue_.size() >= options_.queue_max) throw StoreBusy("the shop has too many commands waiting; try again");
  queue_.push_back(&mine);
  while (!mine.outcome && !mine.failure) {
    if (leading_) {
      answered_.wait(lock);
    } else {
      commit_batch(lock);
    }
  }
  if (mine.failure) std::rethrow_exception(mine.failure);
  return std::move(*mine.outcome);
}

/// The thread that finds nobody leading commits a batch for all who wait, itself among them or not.
void CommandHandler::commit_batch(std::unique_lock<std::mutex>& lock) {
  leading_ = true;
  std::vector<Waiting*> batch;
  std::vector<Request> requests;
  while (!queue_.empty() && batch.size() < options_.batch_max) {
    batch.push_back(queue_.front());
    requests.push_back(std::move(queue_.front()->request));
    queue_.pop_front();
  }
  lock.unlock();
  std::vector<Outcome> outcomes;
  std::exception_ptr failure;
  try {
    outcomes = execute(requests);
  } catch (...) {
    failure = std::current_exception();
  }
  lock.lock();
  leading_ = false;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (failure) {
      batch[i]->failure = failure;
    } else {
      batch[i]->outcome = std::move(outcomes[i]);
    }
  }
  answered_.notify_all();
}

}  // namespace upline::eventstore
