// Behind every batch: who was erased, here or by another process, is destroyed in the vault. Where that is not possible
// now, it is tried again with later batches, after pauses that grow.
#pragma once

#include "domain/time.hpp"
#include "eventstore/clock.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/request.hpp"
#include "eventstore/shop_state.hpp"
#include "eventstore/vault.hpp"

#include <chrono>
#include <exception>
#include <optional>
#include <span>

namespace upline::eventstore {

class PendingErasures {
 public:
  /// `vault` may be null: nothing of anybody lies there then. `patience` is for the vault's readers.
  PendingErasures(EventStore& store, Vault* vault, ShopState& state, Clock clock, std::chrono::milliseconds patience);

  /// After the commit and without the pen: the event comes first. Whoever waits for this batch waits as long as the
  /// patience allows. Where it fails, so do the batch's EraseMember commands, though they are recorded.
  void carry_out(std::span<const Request> requests, std::span<Outcome> outcomes);

  /// There may be some to carry out, and it is time to try.
  bool are_due() const;

  /// Why what was erased still lies in the vault; null where nothing does, as of the last batch.
  std::exception_ptr failure() const { return failure_; }

 private:
  void destroy(bool asked);
  void try_again_later();

  EventStore& store_;
  Vault* vault_;
  ShopState& state_;
  Clock clock_;
  std::chrono::milliseconds patience_;
  std::optional<domain::Timestamp> again_at_{};  // after it failed
  domain::Duration pause_;
  std::exception_ptr failure_{};
};

}  // namespace upline::eventstore
