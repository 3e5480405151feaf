// Takes the pen, decides, appends: the one way into the log. A batch of commands is decided against the newest state,
// appended together, committed once, and only then answered.
#pragma once

#include "domain/command.hpp"
#include "eventstore/deciding.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/shop_state.hpp"
#include "eventstore/vault.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace upline::eventstore {

struct Request {
  domain::Command command{};
  std::string command_id{};  // optional; at most 64 characters, as an id
  Actor actor{};
  std::vector<std::string> secrets{};  // of ImportKeys, whose `keys` the handler fills in
};

enum class Answer : std::uint8_t {
  appended,       // first..last are the command's events
  already_there,  // the same content was there before: nothing was appended
  repeated,       // the same command id with the same content: first..last are the events of the first time
  rejected,
  failed,  // the world broke while this command was decided; `failure` says how
};

struct Outcome {
  Answer answer{};
  domain::Position first{};
  domain::Position last{};
  std::optional<domain::Rejection> rejection{};
  std::exception_ptr failure{};
  std::vector<std::size_t> duplicates{};  // of ImportKeys: which secrets were in the shop already, and were left out
};

/// Runs in the batch's transaction, after its events.
using BeforeCommit = std::function<void(Pen& pen, std::span<const Outcome> outcomes)>;

using Clock = std::function<domain::Timestamp()>;

/// The machine's clock, UTC.
domain::Timestamp system_clock_now();

/// Referral codes from libsodium's generator.
domain::ReferralCode random_referral_code();

struct HandlerOptions {
  Clock clock{system_clock_now};
  CodeSource propose_code{random_referral_code};
  std::chrono::milliseconds patience{60'000};  // for the pen
  std::size_t batch_max{512};                  // commands that submit() gathers into one commit
  std::size_t queue_max{4096};                 // commands that may wait in submit(); beyond, StoreBusy at once
};

class CommandHandler {
 public:
  /// `vault` may be null where no command imports keys.
  CommandHandler(EventStore& store, Vault* vault, HandlerOptions options = {});

  /// One batch, one commit. Each command stands alone: a refused or failing one takes nothing of another with it. Only
  /// a failing append or commit takes the batch, and throws. Not while another thread is in here or in submit().
  std::vector<Outcome> execute(std::span<const Request> requests, const BeforeCommit& before_commit = {});

  /// From any thread: waits for the commit that it shares with whoever else is submitting.
  Outcome submit(Request request);

  std::uint64_t commits() const { return commits_; }

 private:
  struct Waiting {
    Request request;
    std::optional<Outcome> outcome{};
    std::exception_ptr failure{};
  };

  Outcome handle(Pen& pen, const Request& request, domain::Timestamp now);
  std::optional<Outcome> answer_of_first_time(const Request& request);
  Outcome seal_and_append_keys(Pen& pen, const Request& request, domain::Timestamp now);
  Outcome append(Pen& pen, domain::NewEvents events, const Request& request, domain::Timestamp now);
  Outcome failed_alone() const;
  void commit_batch(std::unique_lock<std::mutex>& lock);

  EventStore& store_;
  Vault* vault_;
  HandlerOptions options_;
  ShopState state_;
  std::uint64_t commits_{};
  bool appending_{};

  std::mutex mutex_;
  std::condition_variable answered_;
  std::deque<Waiting*> queue_;
  bool leading_{};  // some thread is committing a batch for all
};

}  // namespace upline::eventstore
