// Reads that are answered from memory, on the I/O thread: no worker, no SQLite, nothing that a peak could use up. None
// is older than what this server has told anybody: a read that comes before memory has caught up waits for it, for
// parts of a millisecond.
#pragma once

#include "api/hot_memory.hpp"
#include "api/hot_read.hpp"
#include "api/http.hpp"
#include "api/memory_keeper.hpp"
#include "eventstore/shop.hpp"
#include "eventstore/writer.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace upline::api {

struct Projected;
struct Reader;

class HotReads {
 public:
  /// Gets the answer, or nothing: then the request goes the usual way. Called once, here or on another thread.
  using Done = std::move_only_function<void(std::optional<Response>)>;

  /// Holds what the log has by now, and has a thread of its own that follows it.
  HotReads(eventstore::ShopLocation location, const eventstore::Writer& writer);
  HotReads(const HotReads&) = delete;
  HotReads& operator=(const HotReads&) = delete;
  ~HotReads();

  /// Before the writer ends: nothing waits for memory any more.
  void stop();

  /// The entity tag of the answer is the state's: see tag_of. Past the deadline the request goes the usual way, which
  /// then waits no more either.
  void answer(HotRead read, std::chrono::steady_clock::time_point deadline, Done done);

  /// For the thread that projects, after each time that it came to the log's end.
  void note_projected(Reader& reader, const Projected& projected);
  /// Called whenever somebody begins to wait for the stock: must be quick.
  void on_stock_wanted(std::function<void()> wake);
  bool is_stock_waited_for() const;
  /// The read models cannot be asked: whoever waits for the stock is told why, the usual way.
  void give_up_stock();

 private:
  struct Waiting {
    HotRead read;
    std::chrono::steady_clock::time_point deadline;
    Done done;
  };
  using Waiters = std::vector<Waiting>;

  bool follow();
  void follow_until_ended();
  void refresh_stock(Reader& reader, const Projected& projected);
  Waiters take_ready();
  Waiters take_late();
  Waiters take_all(bool of_stock);
  Waiters take(const std::function<bool(const Waiting&)>& which);
  void finish_some();
  void finish(Waiters waiters);

  eventstore::ShopLocation location_;
  const eventstore::Writer& writer_;
  std::optional<eventstore::Shop> shop_;  // for the thread
  HotMemory memory_;
  MemoryKeeper keeper_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Waiters waiting_;
  bool is_asked_{};
  bool is_stock_asked_{true};
  std::function<void()> wake_for_stock_;
  bool ending_{};
  std::thread thread_;
};

}  // namespace upline::api
