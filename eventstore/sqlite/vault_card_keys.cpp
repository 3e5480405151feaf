#include "eventstore/sqlite/vault_card_keys.hpp"

#include "eventstore/sqlite/bindings.hpp"

namespace upline::eventstore::sqlite {

namespace {

constexpr const char* upsert =
    "INSERT INTO card_keys (product, ordinal, subject, fingerprint, sealed, binding) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
    "ON CONFLICT (product, ordinal) DO UPDATE SET subject = excluded.subject, fingerprint = excluded.fingerprint, "
    "sealed = excluded.sealed, binding = excluded.binding";

}  // namespace

void VaultCardKeys::put(const domain::ProductId& product, std::uint64_t ordinal, const std::string& subject,
                        const SealedSecret& key, View binding) {
  auto& row = database_.statement(upsert);
  row.bindNoCopy(1, product.value);
  row.bind(2, signed_of(ordinal));
  row.bindNoCopy(3, subject);
  bind_blob(row, 4, key.named.fingerprint.bytes);
  bind_blob(row, 5, key.ciphertext);
  bind_blob(row, 6, binding);
  row.exec();
}

namespace {

constexpr const char* select_range =
    "SELECT subject, fingerprint, sealed, binding FROM card_keys WHERE product = ?1 AND ordinal BETWEEN ?2 AND ?3 "
    "ORDER BY ordinal";

}  // namespace

std::vector<StoredKey> VaultCardKeys::find(const domain::ProductId& product, const domain::KeyRange& range) {
  auto& row = database_.statement(select_range);
  const EndOfQuery end(row);
  row.bindNoCopy(1, product.value);
  row.bind(2, signed_of(range.first));
  row.bind(3, signed_of(range.first + range.count - 1));
  std::vector<StoredKey> keys;
  while (row.executeStep()) {
    keys.push_back({row.getColumn(0).getString(), bytes_of(row.getColumn(1)), bytes_of(row.getColumn(2)),
                    bytes_of(row.getColumn(3))});
  }
  return keys;
}

}  // namespace upline::eventstore::sqlite
