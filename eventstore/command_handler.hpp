// Takes the pen, decides, appends: the one way into the log. A batch of commands is decided against the newest state,
// appended together, committed once, and only then answered.
#pragma once

#include "domain/command.hpp"
#include "eventstore/deciding.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/shop_state.hpp"
#include "eventstore/vault.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace upline::eventstore {

constexpr std::size_t private_text_bytes_max = 4096;

/// A command, and beside it what must not stand in the log: the handler gives the command keyed hashes of it, and the
/// vault the texts.
struct Request {
  domain::Command command{};
  std::string command_id{};  // optional; at most 64 characters, as an id
  Actor actor{};
  std::vector<std::string> secrets{};  // of ImportKeys, whose `keys` the handler fills in
  bool dated{true};                    // false: the command has no time of its own; it happens when it is recorded
  std::string address{};               // of PlaceOrder
  std::string visitor{};               // of EnrolMember and RecordClick
  std::string contact{};               // of PlaceOrder
  std::string query_secret{};          // of PlaceOrder with a contact: what the buyer finds the order again with
  std::string text{};                  // of DeliverOrder
};

enum class Answer : std::uint8_t {
  appended,       // first..last are the command's events
  already_there,  // the same content was there before: nothing was appended
  repeated,       // the same command id with the same content: first..last are the events of the first time
  rejected,       // where first is not 0, that the command came is recorded all the same (payment_mismatch)
  failed,         // the world broke while this command was decided; `failure` says how
};

/// `appended`, `already_there`, `repeated`, `rejected`, `failed`.
std::string_view name(Answer answer);

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
  std::chrono::milliseconds patience{60'000};          // for the pen
  std::chrono::milliseconds erasing_patience{10'000};  // for the vault's readers, where somebody is erased
};

class CommandHandler {
 public:
  /// `vault` may be null where no command imports keys.
  CommandHandler(EventStore& store, Vault* vault, HandlerOptions options = {});

  /// One batch, one commit. What is due by now (expiries, scheduled releases) is carried out first, so an empty batch
  /// is a sweep. Each command stands alone: a refused or failing one takes nothing of another with it. Only a failing
  /// append or commit takes the batch, and throws. One thread at a time; Writer shares a handler among many.
  /// Who was erased, here or by another process, is then destroyed in the vault; where that is not possible now, it is
  /// tried again with later batches, and the EraseMember commands of this one fail, though they are recorded.
  std::vector<Outcome> execute(std::span<const Request> requests, const BeforeCommit& before_commit = {});

  /// When something is due next, as of the last batch. What that batch could not carry out is not waited for.
  std::optional<domain::Timestamp> next_due() const { return next_due_; }

  domain::Timestamp now() const { return options_.clock(); }

  std::uint64_t commits() const { return commits_; }

  /// Why what was erased still lies in the vault; null where nothing does, as of the last batch.
  std::exception_ptr unfinished_erasure() const { return unfinished_erasure_; }

  /// How long the last commit took, from the first byte to the disk's word that all is there.
  std::chrono::nanoseconds commit_time() const { return commit_time_; }

 private:
  struct Span {
    domain::Position first{};
    domain::Position last{};
  };

  std::vector<Outcome> write(std::span<const Request> requests, const BeforeCommit& before_commit);
  void destroy_erased(std::span<const Request> requests, std::span<Outcome> outcomes);
  Outcome handle(Pen& pen, const Request& request, domain::Timestamp now);
  std::optional<Outcome> answer_of_first_time(const Request& request);
  domain::Command as_asked(const Request& request) const;
  Outcome seal_and_append_keys(Pen& pen, const Request& request, domain::Timestamp now);
  void seal_texts(domain::NewEvents& events, const Request& request);
  void keep_lookup(const domain::OrderId& order, const domain::OrderPlaced& placed, const Request& request);
  Outcome append(Pen& pen, domain::NewEvents events, const Request& request, domain::Timestamp now);
  Span append_events(Pen& pen, domain::NewEvents events, const Request& request, domain::Timestamp now);
  void carry_out_due(Pen& pen, domain::Timestamp now);
  domain::NewEvents due_events(const domain::Due& due, domain::Timestamp now);
  domain::NewEvents next_delivery(const domain::ProductId& product, domain::Timestamp at);
  void serve_queues(Pen& pen, domain::Timestamp at, domain::Timestamp now);
  domain::Fingerprint print(std::string_view kind, std::string_view text) const;
  Outcome failed_alone() const;
  void commit(Pen& pen);

  EventStore& store_;
  Vault* vault_;
  HandlerOptions options_;
  ShopState state_;
  std::optional<domain::Timestamp> next_due_;
  std::optional<domain::Timestamp> destroy_again_at_{};  // after it failed
  domain::Duration destroy_pause_{domain::microseconds_per_second};
  std::exception_ptr unfinished_erasure_{};
  std::uint64_t commits_{};
  std::chrono::nanoseconds commit_time_{};
  bool appending_{};  // what fails now leaves half an append behind
};

}  // namespace upline::eventstore
