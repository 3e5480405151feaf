#include "eventstore/sqlite/vault_subject_keys.hpp"

#include "eventstore/sealed_bytes.hpp"
#include "eventstore/sqlite/bindings.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>
#include <sodium.h>

namespace upline::eventstore::sqlite {

namespace {

constexpr std::size_t cached_max = 4096;

void wipe(std::unordered_map<std::string, SecretKey>& keys) noexcept {
  for (auto& [subject, key] : keys) sodium_memzero(key.data(), key.size());
  keys.clear();
}

}  // namespace

VaultSubjectKeys::VaultSubjectKeys(Database& database, std::filesystem::path file, const SecretKey& master)
    : database_(database), file_(std::move(file)), master_(master) {}

VaultSubjectKeys::~VaultSubjectKeys() {
  sodium_memzero(master_.data(), master_.size());
  wipe(cached_);
  wipe(offered_);
}

namespace {

constexpr const char* select_subject = "SELECT sealed FROM subject_keys WHERE subject = ?1";

}  // namespace

std::optional<SecretKey> VaultSubjectKeys::stored(const std::string& subject) {
  auto& row = database_.statement(select_subject);
  const EndOfQuery end(row);
  row.bindNoCopy(1, subject);
  if (!row.executeStep()) return std::nullopt;
  const auto plain = open_bytes(master_, blob(row.getColumn(0)), view(subject));
  SecretKey key{};
  if (!plain || plain->size() != key.size()) {
    // This master key has opened the fingerprint key, so it is the right one.
    if (subject != fingerprint_subject) {
      throw DamagedStore(fmt::format("{}: the key of {} cannot be opened", file_.string(), subject));
    }
    throw VaultKeyError(fmt::format("{} was sealed with another vault key than the one given", file_.string()));
  }
  std::ranges::copy(*plain, key.begin());
  return key;
}

const SecretKey* VaultSubjectKeys::cached(const std::string& subject) const {
  const auto known = cached_.find(subject);
  return known == cached_.end() ? nullptr : &known->second;
}

const SecretKey* VaultSubjectKeys::find(const std::string& subject) {
  if (const auto* known = cached(subject)) return known;
  const auto key = stored(subject);
  return key ? &remember(subject, *key) : nullptr;
}

namespace {

constexpr const char* insert_subject = "INSERT INTO subject_keys (subject, sealed) VALUES (?1, ?2)";

}  // namespace

const SecretKey& VaultSubjectKeys::find_or_make(const std::string& subject) {
  if (const auto* known = find(subject)) return *known;
  SecretKey key{};
  randombytes_buf(key.data(), key.size());
  return make(subject, key);
}

const SecretKey& VaultSubjectKeys::find_or_make(const std::string& subject, const SecretKey& key) {
  const auto* known = find(subject);
  return known != nullptr ? *known : make(subject, key);
}

const SecretKey& VaultSubjectKeys::find_or_offer(const std::string& subject) {
  if (const auto* known = find(subject)) return *known;
  if (const auto offered = offered_.find(subject); offered != offered_.end()) return offered->second;
  if (offered_.size() >= cached_max) wipe(offered_);
  auto& key = offered_[subject];
  randombytes_buf(key.data(), key.size());
  return key;
}

const SecretKey& VaultSubjectKeys::make(const std::string& subject, const SecretKey& key) {
  const auto sealed = seal_bytes(master_, key, view(subject));
  auto& row = database_.statement(insert_subject);
  row.bindNoCopy(1, subject);
  bind_blob(row, 2, sealed);
  row.exec();
  return remember(subject, key);
}

const SecretKey& VaultSubjectKeys::remember(const std::string& subject, const SecretKey& key) {
  if (cached_.size() >= cached_max) forget_all();
  return cached_.emplace(subject, key).first->second;
}

void VaultSubjectKeys::forget(const std::string& subject) {
  const auto known = cached_.find(subject);
  if (known == cached_.end()) return;
  sodium_memzero(known->second.data(), known->second.size());
  cached_.erase(known);
}

void VaultSubjectKeys::forget_all() noexcept { wipe(cached_); }

}  // namespace upline::eventstore::sqlite
