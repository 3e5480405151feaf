// A shop as a folder: <data>/<shop>/events.db and vault.db, views/ beside them, the master key in <data>/vault.key.
#pragma once

#include "domain/money.hpp"
#include "eventstore/command_handler.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/vault.hpp"

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace upline::eventstore {

/// The folder holds no such shop, or several where one was to be guessed, or its name is none.
class ShopNotFound : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ShopLocation {
  std::filesystem::path data{};
  std::string shop{};
  std::filesystem::path vault_key{};

  std::filesystem::path folder() const { return data / shop; }
  std::filesystem::path views() const { return folder() / "views"; }
};

/// A shop's name is a folder's name: 1 to 64 characters of `A-Z a-z 0-9 . _ -`, not starting with a dot or a dash.
bool is_well_formed_shop_name(std::string_view name);

/// The shops of a data folder, in order of name; none where the folder is missing.
std::vector<std::string> shops_in(const std::filesystem::path& data);

/// Makes folder, key, log and vault where they are missing, so that a run that was cut short can be repeated.
void prepare_shop(const ShopLocation& location);

/// An opened shop. The vault is opened when it is first asked for, since reading the books needs no key.
class Shop {
 public:
  /// Throws ShopNotFound, NewerStore, DamagedStore, StoreBusy. The cost does not depend on the number of events.
  explicit Shop(ShopLocation location);

  const ShopLocation& location() const { return location_; }
  EventStore& store() { return *store_; }
  /// What an erasure that was cut short left in it is destroyed first.
  Vault& vault();
  /// Only looked at, for whoever tells what is wrong with it.
  Vault& vault_as_it_is();
  CommandHandler& handler();

  /// Handles with other options than the usual ones, before the first call of handler().
  void set_handler_options(HandlerOptions options) { options_ = std::move(options); }

 private:
  ShopLocation location_;
  std::unique_ptr<EventStore> store_;
  std::unique_ptr<Vault> vault_;
  HandlerOptions options_{};
  std::unique_ptr<CommandHandler> handler_;
};

}  // namespace upline::eventstore
