#include "eventstore/shop.hpp"

#include "domain/ids.hpp"
#include "eventstore/erasure.hpp"
#include "eventstore/sqlite/sqlite_event_store.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace upline::eventstore {

namespace fs = std::filesystem;

bool is_well_formed_shop_name(std::string_view name) {
  return domain::is_well_formed_id(name) && !name.contains(':') && name.front() != '.' && name.front() != '-';
}

std::vector<std::string> shops_in(const fs::path& data) {
  std::vector<std::string> shops;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(data, missing)) {
    if (fs::exists(entry.path() / "events.db", missing)) shops.push_back(entry.path().filename().string());
  }
  std::ranges::sort(shops);
  return shops;
}

namespace {

/// A new key would take the place of the one that the vaults were sealed with. A vault is made after its key, so where
/// another process has just made both, the key is there by the time that its vault is seen.
void refuse_lost_key(const ShopLocation& location) {
  for (const auto& shop : shops_in(location.data)) {
    const auto vault = location.data / shop / "vault.db";
    if (!fs::exists(vault) || fs::exists(location.vault_key)) continue;
    throw VaultKeyError(fmt::format("the vault key {} is missing, but {} was sealed with it; put it back",
                                    location.vault_key.string(), vault.string()));
  }
}

}  // namespace

void prepare_shop(const ShopLocation& location) {
  if (!is_well_formed_shop_name(location.shop)) {
    throw ShopNotFound(fmt::format("'{}' is no name for a shop: use 1 to 64 of A-Z a-z 0-9 . _ -", location.shop));
  }
  fs::create_directories(location.data);
  refuse_lost_key(location);
  ensure_master_key(location.vault_key);
  const bool is_new = fs::create_directory(location.folder());
  if (is_new) fs::permissions(location.folder(), fs::perms::owner_all);
  sqlite::open_event_store(location.folder());
  open_vault(location.folder(), read_master_key(location.vault_key));
}

Shop::Shop(ShopLocation location) : location_(std::move(location)) {
  if (!is_well_formed_shop_name(location_.shop) || !fs::exists(location_.folder() / "events.db")) {
    throw ShopNotFound(
        fmt::format("there is no shop '{}' in {}; make it with: upline init --data {} --shop {} --currency CNY",
                    location_.shop, location_.data.string(), location_.data.string(), location_.shop));
  }
  store_ = sqlite::open_shared_event_store(location_.folder());
}

Vault& Shop::vault() {
  if (vault_) return *vault_;
  vault_as_it_is();
  try {
    constexpr std::chrono::milliseconds patience{50};
    carry_out_erasures(*store_, *vault_, {.patience = patience});
  } catch (const StoreBusy&) {
    // Left to whoever comes next: the writer of a server tries again, and `upline verify` tells of it.
  } catch (const StoreUnwritable&) {
  }
  return *vault_;
}

Vault& Shop::vault_as_it_is() {
  if (!vault_ && !fs::exists(location_.folder() / "vault.db")) {
    throw DamagedStore(fmt::format("{} is missing; restore a backup", (location_.folder() / "vault.db").string()));
  }
  if (!vault_) vault_ = open_vault(location_.folder(), read_master_key(location_.vault_key));
  return *vault_;
}

CommandHandler& Shop::handler() {
  if (!handler_) handler_ = std::make_unique<CommandHandler>(*store_, &vault(), options_);
  return *handler_;
}

}  // namespace upline::eventstore
