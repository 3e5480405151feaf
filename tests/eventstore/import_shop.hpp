// A shop, and folders of files to import into it, written as a test says them.
#pragma once

#include "eventstore/import/importer.hpp"
#include "eventstore/import/input_error.hpp"
#include "eventstore/shop.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace upline::tests {

using Files = std::map<std::string, std::string>;  // name -> bytes
using Lines = std::vector<std::string>;

/// A small history in which nothing is refused: alice <- bob <- carol, a `game` with four keys, purchases by carol and
/// bob on 1 and 2 May 2026, and a refund of a part of each.
Files healthy_files();

/// The healthy files, some of them replaced; empty bytes leave a file out.
Files healthy_files_but(const Files& others);

/// Makes the folder anew with these files.
void write_files(const std::filesystem::path& folder, const Files& files);

std::string read_bytes(const std::filesystem::path& file);

/// The bytes as gzip makes them.
std::string gzipped(const std::string& bytes);

/// 1 January 2100: no test's history lies in its future.
eventstore::HandlerOptions fixed_clock();

/// `order/o1 OrderRefunded 2026-05-03T12:00:00Z {...}` without what is random: a referral code is left out, and the
/// keys of a batch are only counted. Checks the hash.
std::string text_of(const eventstore::StoredEvent& stored);

class ImportShop {
 public:
  /// An opened shop; ShopOpened is its only event.
  explicit ImportShop(const std::string& currency = "CNY");

  /// Over a shop that is there, as another process would open it.
  explicit ImportShop(const eventstore::ShopLocation& location);

  const eventstore::ShopLocation& location() const { return location_; }
  eventstore::Shop& shop() { return *shop_; }
  eventstore::EventStore& store() { return shop_->store(); }

  /// Leaves the shop to other processes, until reopen().
  void close() { shop_.reset(); }

  /// As after a crash: everything that was in memory is gone.
  void reopen(eventstore::HandlerOptions options = fixed_clock());

  std::filesystem::path put(const Files& files);
  eventstore::import::ImportReport import(const Files& files, const eventstore::import::ImportOptions& options = {});
  eventstore::import::ImportReport import_from(const std::filesystem::path& folder,
                                               const eventstore::import::ImportOptions& options = {});

  std::uint64_t head() { return store().head().position.value; }

  /// Every event behind ShopOpened, as text_of says it.
  Lines events();
  /// Those whose text contains `part`.
  Lines events_with(const std::string& part);
  /// `members.csv:3 unknown_referrer`, in the order in which they are kept.
  Lines rejects(const eventstore::import::ImportReport& report);
  Lines messages(const eventstore::import::ImportReport& report);
  /// All keys of a product's pool, in order.
  Lines secrets(const std::string& product, std::uint64_t count);

 private:
  std::optional<TempFolder> temp_;
  eventstore::ShopLocation location_;
  std::unique_ptr<eventstore::Shop> shop_;
};

/// What InputError says of these files; empty where there is none. The shop must be as before, so that one shop does
/// for many errors.
std::string input_error_of(ImportShop& shop, const Files& files);

}  // namespace upline::tests
