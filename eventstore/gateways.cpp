#include "eventstore/gateways.hpp"

#include "domain/ids.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/hex.hpp"

#include <array>
#include <cstdint>
#include <utility>

#include <nlohmann/json.hpp>
#include <sodium.h>

namespace upline::eventstore {

namespace {

constexpr std::string_view prefix = "gateway/";
constexpr std::size_t name_length_max = 32;

/// Of its own subject, so that erasing it erases nothing else.
TextName text_name(const std::string& name) {
  auto place = std::string(prefix) + name;
  return {place, place};
}

/// `gwsec_` and 64 hexadecimal digits.
std::string random_secret() {
  std::array<std::uint8_t, 32> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  auto text = "gwsec_" + hex(bytes);
  sodium_memzero(bytes.data(), bytes.size());
  return text;
}

struct Kept {
  std::string secret;
  domain::Timestamp created_at;
};

std::optional<Kept> kept(Vault& vault, const std::string& name) {
  const auto text = vault.text(text_name(name));
  if (!text) return std::nullopt;
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  const auto created_at = domain::parse_rfc3339(json.value("created_at", ""));
  if (!created_at) throw DamagedStore("the vault's entry of the gateway " + name + " cannot be read");
  return Kept{json.value("secret", ""), *created_at};
}

/// One transaction, or nothing of it.
template <class Work>
auto written(Vault& vault, Work work) {
  try {
    auto result = work();
    vault.commit();
    return result;
  } catch (...) {
    vault.rollback();
    throw;
  }
}

}  // namespace

bool is_well_formed_gateway_name(std::string_view name) {
  return domain::is_well_formed_id(name) && name.size() <= name_length_max && !name.contains(':');
}

std::optional<std::string> create_gateway(Vault& vault, const std::string& name, domain::Timestamp now) {
  auto secret = random_secret();
  const nlohmann::json text{{"secret", secret}, {"created_at", domain::format_rfc3339(now)}};
  return written(vault, [&]() -> std::optional<std::string> {
    const auto sealed = vault.seal_text(text_name(name), text.dump());  // from here on nobody else writes
    if (vault.text(text_name(name))) {
      vault.rollback();
      return std::nullopt;
    }
    vault.put_text(text_name(name), sealed);
    return std::move(secret);
  });
}

std::vector<Gateway> gateways(Vault& vault) {
  std::vector<Gateway> list;
  for (const auto& place : vault.text_names(prefix)) {
    const auto name = place.substr(prefix.size());
    if (const auto entry = kept(vault, name)) list.push_back({name, entry->created_at});
  }
  return list;
}

bool revoke_gateway(Vault& vault, const std::string& name) {
  return written(vault, [&] { return vault.erase_text(text_name(name)); });
}

std::optional<std::string> gateway_secret(Vault& vault, const std::string& name) {
  auto entry = kept(vault, name);
  return entry ? std::optional(std::move(entry->secret)) : std::nullopt;
}

}  // namespace upline::eventstore
