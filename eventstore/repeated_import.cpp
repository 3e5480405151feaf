#include "eventstore/repeated_import.hpp"

#include <set>

namespace upline::eventstore {

std::vector<std::size_t> secrets_left_out(const Vault& vault, const domain::KeysImported& imported,
                                          std::span<const std::string> secrets) {
  std::set<domain::Fingerprint> expected;
  for (const auto& key : imported.keys) expected.insert(key.fingerprint);
  std::vector<std::size_t> left_out;
  for (std::size_t i = 0; i < secrets.size(); ++i) {
    if (expected.erase(vault.fingerprint(secrets[i])) == 0) left_out.push_back(i);
  }
  return left_out;
}

}  // namespace upline::eventstore
