// The thread that fills memory from a shop's read models, and settles what grew in it: whatever takes longer than a
// look at the log. Until it is done, the read models answer as they always do.
#pragma once

#include "api/balance_memory.hpp"
#include "api/tree_memory.hpp"
#include "domain/ids.hpp"
#include "eventstore/shop.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace upline::api {

struct Reader;

class MemoryKeeper {
 public:
  MemoryKeeper(eventstore::ShopLocation location, TreeMemory& tree, BalanceMemory& balances);
  MemoryKeeper(const MemoryKeeper&) = delete;
  MemoryKeeper& operator=(const MemoryKeeper&) = delete;
  ~MemoryKeeper() { stop(); }

  void stop();

  /// The read models are that far, and well: what was asked for meanwhile can be made from them.
  void models_reached(domain::Position position);

 private:
  void work_until_ended();
  void work(std::optional<Reader>& reader);
  void fill_tree(Reader& reader);
  void fill_balances(Reader& reader);
  bool wait_for_models(domain::Position position);
  bool has_work() const;

  eventstore::ShopLocation location_;
  TreeMemory& tree_;
  BalanceMemory& balances_;
  std::mutex mutex_;
  std::condition_variable changed_;
  domain::Position models_position_{};
  bool may_work_{};  // there is work, and the read models are at the log's end
  bool waits_{};     // for the read models
  bool ending_{};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace upline::api
