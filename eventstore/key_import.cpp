#include "eventstore/key_import.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace upline::eventstore {

namespace {

using namespace domain;

bool is_storable(const std::string& secret) { return !secret.empty() && secret.size() <= secret_bytes_max; }

struct Sifted {
  ImportKeys command{};                   // its keys are the new ones
  std::vector<std::size_t> fresh{};       // their places among the request's secrets
  std::vector<std::size_t> duplicates{};  // of keys of the shop, or earlier in the request
};

Sifted sift(const Request& request, EventStore& log, const Vault& vault, Timestamp now) {
  Sifted sifted{.command = std::get<ImportKeys>(request.command)};
  if (!request.dated) sifted.command.occurred_at = now;
  sifted.command.keys.clear();
  std::set<Fingerprint> seen;
  for (std::size_t i = 0; i < request.secrets.size(); ++i) {
    const auto print =
        request.sealed ? request.sealed->secrets[i].named.fingerprint : vault.fingerprint(request.secrets[i]);
    const bool is_new = seen.insert(print).second && !log.claimed(ClaimKind::key_fingerprint, print.bytes);
    (is_new ? sifted.fresh : sifted.duplicates).push_back(i);
    if (is_new) sifted.command.keys.push_back({print, {}});
  }
  return sifted;
}

/// Where nothing is left to import, that is the reason.
Rejection why_refused(Rejection decided, const Sifted& sifted) {
  const bool nothing_is_new = sifted.fresh.empty() && !sifted.duplicates.empty();
  if (!nothing_is_new || decided.reason != Reason::invalid_batch) return decided;
  return {Reason::duplicate_key, sifted.command.batch.value};
}

/// The new secrets, sealed under the key of their batch: here, or before.
std::vector<SealedSecret> sealed_secrets(const Sifted& sifted, const Request& request, Vault& vault) {
  const auto& [product, batch] = std::tie(sifted.command.product, sifted.command.batch);
  const bool is_ahead = request.sealed && vault.takes_over(product, batch, *request.sealed);
  std::vector<SealedSecret> sealed;
  sealed.reserve(sifted.fresh.size());
  for (const auto i : sifted.fresh) {
    sealed.push_back(is_ahead ? request.sealed->secrets[i] : vault.seal(product, batch, request.secrets[i]));
  }
  return sealed;
}

/// The events, which name the sealed keys.
NewEvents seal_keys(Sifted& sifted, const Request& request, ShopState& state, Vault& vault,
                    const CodeSource& propose_code) {
  auto& command = sifted.command;
  const auto sealed = sealed_secrets(sifted, request, vault);
  for (std::size_t i = 0; i < sealed.size(); ++i) command.keys[i] = sealed[i].named;
  auto events = decide_on(state, command, propose_code).value();
  vault.put(command.product, command.batch, std::get<KeysImported>(events.front().event).first, sealed);
  return events;
}

}  // namespace

KeyImport import_keys(const Request& request, ShopState& state, Vault& vault, const CodeSource& propose_code,
                      Timestamp now) {
  if (!std::ranges::all_of(request.secrets, is_storable)) return {refuse(Reason::invalid_text, "secret"), {}};
  auto sifted = sift(request, state.log(), vault, now);
  // Decided once before anything is sealed, so that a refused batch leaves nothing in the vault.
  const auto decision = decide_on(state, sifted.command, propose_code);
  if (!decision) {
    auto reason = why_refused(decision.error(), sifted);
    if (reason.reason != Reason::duplicate_key) sifted.duplicates.clear();
    return {std::unexpected(std::move(reason)), std::move(sifted.duplicates)};
  }
  state.load_for(*decision);
  auto events = seal_keys(sifted, request, state, vault, propose_code);
  return {std::move(events), std::move(sifted.duplicates)};
}

}  // namespace upline::eventstore
