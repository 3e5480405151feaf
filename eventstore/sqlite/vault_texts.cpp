#include "eventstore/sqlite/vault_texts.hpp"

#include "eventstore/sqlite/bindings.hpp"

namespace upline::eventstore::sqlite {

namespace {

constexpr const char* upsert =
    "INSERT INTO texts (name, subject, fingerprint, sealed) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (name) DO UPDATE SET subject = excluded.subject, fingerprint = excluded.fingerprint, "
    "sealed = excluded.sealed";

}  // namespace

void VaultTexts::put(const TextName& name, const SealedSecret& text) {
  auto& row = database_.statement(upsert);
  row.bindNoCopy(1, name.name);
  row.bindNoCopy(2, name.subject);
  bind_blob(row, 3, text.named.fingerprint.bytes);
  bind_blob(row, 4, text.ciphertext);
  row.exec();
}

namespace {

constexpr const char* select_text = "SELECT subject, fingerprint, sealed FROM texts WHERE name = ?1";

}  // namespace

std::optional<StoredText> VaultTexts::find(const std::string& name) {
  auto& row = database_.statement(select_text);
  const EndOfQuery end(row);
  row.bindNoCopy(1, name);
  if (!row.executeStep()) return std::nullopt;
  return StoredText{row.getColumn(0).getString(), bytes_of(row.getColumn(1)), bytes_of(row.getColumn(2))};
}

namespace {

constexpr const char* select_names = "SELECT name FROM texts WHERE name >= ?1 AND name < ?2 ORDER BY name";

}  // namespace

std::vector<std::string> VaultTexts::names(std::string_view prefix) {
  std::string behind(prefix);  // the first text that is behind all that begin like this
  ++behind.back();
  auto& row = database_.statement(select_names);
  const EndOfQuery end(row);
  bind_text(row, 1, prefix);
  bind_text(row, 2, behind);
  std::vector<std::string> names;
  while (row.executeStep()) names.push_back(row.getColumn(0).getString());
  return names;
}

namespace {

constexpr const char* delete_text = "DELETE FROM texts WHERE name = ?1";

}  // namespace

void VaultTexts::drop(const std::string& name) {
  auto& row = database_.statement(delete_text);
  bind_text(row, 1, name);
  row.exec();
}

}  // namespace upline::eventstore::sqlite
