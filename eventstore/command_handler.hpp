// Takes the pen, decides, appends: the one way into the log. A batch of commands is decided against the newest state,
// appended together, committed once, and only then answered.
#pragma once

#include "domain/command.hpp"
#include "eventstore/clock.hpp"
#include "eventstore/deciding.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/members_ahead.hpp"
#include "eventstore/pending_erasures.hpp"
#include "eventstore/request.hpp"
#include "eventstore/shop_state.hpp"
#include "eventstore/vault.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace upline::eventstore {

/// Runs in the batch's transaction, after its events.
using BeforeCommit = std::function<void(Pen& pen, std::span<const Outcome> outcomes)>;

/// Referral codes from libsodium's generator.
domain::ReferralCode random_referral_code();

/// What is decided and appended, and not committed yet.
struct Batch {
  std::unique_ptr<Pen> pen{};
  domain::Position after{};  // the end of the log that it goes on from
  domain::Timestamp at{};    // when all that has no time of its own happens
};

struct HandlerOptions {
  Clock clock{system_clock_now};
  CodeSource propose_code{random_referral_code};
  std::chrono::milliseconds patience{60'000};          // for the pen
  std::chrono::milliseconds erasing_patience{10'000};  // for the vault's readers, where somebody is erased
  /// Events between two storings of the states that grow with the shop. Who opens a shop after a process that was
  /// killed, or beside one that lives, reads as many at the most, at about 3 microseconds each.
  std::uint64_t states_every{8192};
  /// For who is there for many commands: members are read before they are asked for.
  bool reads_members_ahead{};
};

class CommandHandler {
 public:
  /// `vault` may be null where no command imports keys.
  CommandHandler(EventStore& store, Vault* vault, HandlerOptions options = {});

  /// Stores the states, so that the next process need not read the log.
  ~CommandHandler();
  CommandHandler(const CommandHandler&) = delete;
  CommandHandler& operator=(const CommandHandler&) = delete;

  /// One batch, one commit. What is due by now (expiries, scheduled releases) is carried out first, so an empty batch
  /// is a sweep. Each command stands alone: a refused or failing one takes nothing of another with it. Only a failing
  /// append or commit takes the batch, and throws. One thread at a time; Writer shares a handler among many.
  /// Who was erased, here or by another process, is then destroyed in the vault; where that is not possible now, it is
  /// tried again with later batches, and the EraseMember commands of this one fail, though they are recorded.
  std::vector<Outcome> execute(std::span<const Request> requests, const BeforeCommit& before_commit = {});

  // By pieces, for a writer that decides one batch while those before are on their way to the disk. All but the pens'
  // commit_aside() on one thread.

  /// Takes the pen, or one behind that of a batch that is not committed yet, and carries out what is due.
  Batch begin(Pen* before = nullptr);
  /// What it throws takes the whole batch: undo() it.
  Outcome decide(Batch& batch, const Request& request);
  /// True where there is something to commit.
  bool has_appended(const Batch& batch) { return store_.head().position != batch.after; }
  /// Makes it ready for its commit: what it has put into the vault is durable behind this.
  void seal(Batch& batch);
  /// Forgets a batch that is not to be committed, or could not be, with those behind it.
  void undo(Batch& batch) noexcept;
  /// Somebody else waits for the pen: the next batch is to begin anew.
  bool is_pen_wanted() { return store_.is_pen_wanted(); }
  /// An erasure is to be carried out now, which takes a batch of its own: execute().
  bool has_erasures() { return erasures_.are_due(); }
  /// A commit aside went well.
  void count_commit(std::chrono::nanoseconds took);

  /// When something is due next, as of the last batch. What that batch could not carry out is not waited for.
  std::optional<domain::Timestamp> next_due() const { return next_due_; }

  domain::Timestamp now() const { return options_.clock(); }

  std::uint64_t commits() const { return commits_; }

  /// Why what was erased still lies in the vault; null where nothing does, as of the last batch.
  std::exception_ptr unfinished_erasure() const { return erasures_.failure(); }

  /// How long the last commit took, from the first byte to the disk's word that all is there.
  std::chrono::nanoseconds commit_time() const { return commit_time_; }

 private:
  struct Span {
    domain::Position first{};
    domain::Position last{};
  };

  std::vector<Outcome> write(std::span<const Request> requests, const BeforeCommit& before_commit);
  void write_out(Batch& batch, std::span<const Outcome> outcomes, const BeforeCommit& before_commit);
  Outcome handle(Pen& pen, const Request& request, domain::Timestamp now);
  std::optional<Outcome> answer_of_first_time(const Request& request);
  domain::Command as_asked(const Request& request) const;
  Outcome append_keys(Pen& pen, const Request& request, domain::Timestamp now);
  Outcome append(Pen& pen, domain::NewEvents events, const Request& request, domain::Timestamp now);
  Span append_events(Pen& pen, domain::NewEvents events, const Request& request, domain::Timestamp now);
  void carry_out_due(Pen& pen, domain::Timestamp now);
  void serve_queues(Pen& pen, domain::Timestamp at, domain::Timestamp now);
  Outcome failed_alone() const;

  EventStore& store_;
  Vault* vault_;
  HandlerOptions options_;
  ShopState state_;
  MembersAhead members_ahead_;
  PendingErasures erasures_;
  std::optional<domain::Timestamp> next_due_;
  std::uint64_t commits_{};
  std::chrono::nanoseconds commit_time_{};
  bool appending_{};  // what fails now leaves half an append behind
};

}  // namespace upline::eventstore
