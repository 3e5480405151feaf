// A shop's read models together: brought up to date before they are asked, rebuilt, compared with the log.
#pragma once

#include "domain/ids.hpp"
#include "eventstore/event_store.hpp"
#include "projections/as_of.hpp"
#include "projections/commission_balances.hpp"
#include "projections/compare.hpp"
#include "projections/inventory.hpp"
#include "projections/journal.hpp"
#include "projections/orders.hpp"
#include "projections/payouts.hpp"
#include "projections/read_model.hpp"
#include "projections/referral_tree.hpp"
#include "projections/runner.hpp"
#include "projections/shop_totals.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace upline::projections {

/// Every projection that this program knows.
std::span<const Projection* const> all_projections();

/// One thread at a time, as its log; any number of these may share the files. What it answers is as of the last
/// catch_up(). The answers hold a reference to this object.
class ReadModels {
 public:
  /// Of the files in the folder `<shop>/views`; opens none yet.
  ReadModels(eventstore::EventStore& log, std::filesystem::path views_folder,
             std::span<const Projection* const> projections = all_projections());

  /// Opens every file, makes what is missing, and brings the read models up to the log's head: some 50 microseconds
  /// where they are there already. A projection that fails at an event stops in front of it and the others go on;
  /// stopped() says which, and so does asking it. Asking one whose file cannot be used throws UnusableView, or
  /// NewerStore, whose file is left as it is. Throws StoreBusy.
  void catch_up(const Progress& progress = {});
  /// As catch_up(), to that position at least: costs little, and writes nothing, where somebody else has come there.
  void catch_up_to(domain::Position position, const Progress& progress = {});

  /// Refills every read model in a new file each, which takes the old one's place when it is done: cut short, it
  /// changes nothing. Takes cores that nobody else wants, until the files take their places: beside full cores it lasts
  /// as long as they are full. A file that cannot be used, or is a newer program's, is deleted and made anew. Throws
  /// ProjectionStopped, after the others are done, where one failed.
  void rebuild(const Progress& progress = {});

  /// Fills fresh files in a folder beside the views, removed afterwards, and compares them with the live ones at the
  /// same position. Empty when all is well. Throws ProjectionStopped, UnusableView, NewerStore.
  std::vector<Difference> compare_with_rebuild(const Progress& progress = {});

  /// The projections that failed at an event in the last catch_up().
  std::vector<ProjectionStopped> stopped() const;

  /// The names of those that could not be carried to the log's head, whatever kept them.
  std::vector<std::string> failed() const;

  /// The books as of a position: see as_of.hpp. Throws std::out_of_range beyond the log's head.
  AsOf as_of(domain::Position position) const;

  /// Each throws where its own projection or file failed, whatever the others do.
  CommissionBalances balances() { return CommissionBalances(healthy(commission_balances_projection())); }
  Payouts payouts() { return Payouts(healthy(commission_balances_projection())); }
  ReferralTree tree() { return ReferralTree(healthy(referral_tree_projection())); }
  Orders orders() { return Orders(healthy(orders_projection())); }
  Inventory inventory() { return Inventory(healthy(inventory_projection())); }
  Journal journal() { return Journal(healthy(journal_projection())); }
  ShopTotals totals() { return ShopTotals(healthy(shop_totals_projection())); }

 private:
  ReadModelDatabase& healthy(const Projection& projection);

  eventstore::EventStore& log_;
  std::filesystem::path views_folder_;
  std::vector<ReadModel> models_;
  bool older_versions_removed_{};
};

}  // namespace upline::projections
