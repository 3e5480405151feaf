// An import in which much happens, and what is left of it when it is done: for tests that cut it off and run it again.
#pragma once

#include "tests/eventstore/import_shop.hpp"

namespace upline::tests {

/// Everything that must be the same however often the import was cut off. No referral codes, salts or sealed keys.
struct ImportEnd {
  Lines events{};
  std::string report{};
  Lines rejects{};
  Lines messages{};
  Lines secrets{};
  bool operator==(const ImportEnd&) const = default;
};

/// Out of order, with rows refused in every file and in every way, assigned products, and more keys than one event
/// holds. `members` above 4.
Files eventful_files(int members = 12);

ImportEnd end_of(ImportShop& shop, const eventstore::import::ImportReport& report);

/// Of these files in a shop of their own, never cut off.
ImportEnd uninterrupted(const Files& files);

/// Checks the parts one by one, so that a failure says which of them differs.
void check_same_end(const ImportEnd& end, const ImportEnd& expected);

}  // namespace upline::tests
