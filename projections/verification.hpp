// Whether everything that a shop says of itself is true: the log, the tables beside it, the vault, the identities of
// the books, and the read models.
#pragma once

#include "eventstore/event_store.hpp"
#include "eventstore/vault.hpp"
#include "projections/read_models.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace upline::projections {

struct Verification {
  domain::Position head{};
  bool readable{};  // to its end; otherwise books and views were not judged
  eventstore::Hash root{};
  std::uint64_t keys_compared{};                // 0 without a vault
  std::vector<std::string> log_findings{};      // hashes, tree, links, tables, vault
  std::vector<std::string> erasure_findings{};  // what the vault still holds of members who were erased
  std::vector<std::string> books_findings{};    // identities of the ledger specification
  std::vector<std::string> views_findings{};    // differences from a rebuild, and of the journal from the balances

  bool is_sound() const { return log_findings.empty() && books_findings.empty(); }
  bool all_is_well() const { return is_sound() && erasure_findings.empty() && views_findings.empty(); }
};

/// Reads the whole log twice: once by itself, once into fresh read models; once more where the first finds anything.
/// `vault` may be null. Others may go on writing meanwhile. Throws NewerStore of the log, and StoreBusy; damage is a
/// finding, and so is a view that cannot be used.
Verification verify(eventstore::EventStore& store, eventstore::Vault* vault, ReadModels& models,
                    const Progress& progress = {});

}  // namespace upline::projections
