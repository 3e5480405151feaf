// Erasing a person: the log says that a member was erased, then the vault loses everything of that member. Cut short in
// between, it is carried out again by whoever opens the vault next.
#pragma once

#include "domain/ids.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/vault.hpp"

#include <chrono>
#include <string>
#include <unordered_set>

namespace upline::eventstore {

struct ErasingOptions {
  std::chrono::milliseconds patience{10'000};  // for other processes that read the vault
  bool although_done{};                        // somebody asks, so it is looked at again
};

/// What was erased still lies in the vault, for a reason that may pass by.
class ErasureUnfinished : public StoreBusy {
 public:
  using StoreBusy::StoreBusy;
};

/// Destroys what the vault holds of all members that the log calls erased, and clears the vault's files of it, unless
/// that was done. Outside of the vault's transactions. Two look-ups where nothing is to be done, and about 10
/// microseconds for each member ever erased where something is. Throws what the vault throws, StoreBusy where another
/// process reads the vault for too long; repeating it is harmless.
void carry_out_erasures(EventStore& store, Vault& vault, const ErasingOptions& options = {});

/// False where the vault still holds something, or may hold it in its files, that carry_out_erasures() would destroy.
bool erasures_are_done(EventStore& store, Vault& vault);

bool is_erased(EventStore& store, const domain::MemberId& member);

/// All of them, for whoever goes through many members.
std::unordered_set<std::string> erased_members(EventStore& store);

}  // namespace upline::eventstore
