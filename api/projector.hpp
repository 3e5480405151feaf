// The thread that carries a shop's read models on, whoever wrote the log, and wakes the reads that wait for it.
#pragma once

#include "api/hot_reads.hpp"
#include "api/parked_reads.hpp"
#include "api/reader.hpp"
#include "domain/ids.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace upline::api {

/// The state of the read models, as the projector knows it.
struct Projected {
  domain::Position position{};
  std::string tag{};   // the entity tag of answers at that position
  bool is_well{true};  // false while a projection fails
};

/// How the projecting goes.
struct Projecting {
  domain::Position head{};       // of the log, when it was last looked at: at most some 5 ms ago, but for a step
  domain::Position projected{};  // how far the read models have come
  std::optional<std::chrono::steady_clock::time_point> behind_since{};
  std::vector<std::string> failed{};  // read models that cannot be carried on

  std::uint64_t positions_behind() const { return head > projected ? head.value - projected.value : 0; }
};

/// How much the projector takes in at once.
struct ProjectorPace {
  /// A long way behind the log is gone in steps of so many events: who waits for less than all of it goes on behind
  /// each. Some half a second, and much more than the runner's threshold for filling files in one transaction.
  std::uint64_t step{50'000};

  /// This process's commits may wait for so long while nobody waits for them, or until they are so many events: the
  /// more of them are taken in at once, the less each costs. Fewer than are kept at hand (FreshEvents). Another
  /// process's are taken in as soon as they are seen.
  std::chrono::milliseconds pause{65};
  std::uint64_t enough{6'000};
};

class Projector {
 public:
  /// Keeps the stock in memory as well, where it is asked for.
  Projector(eventstore::ShopLocation location, HotReads& hot_reads, const ProjectorPace& pace = {});
  Projector(const Projector&) = delete;
  Projector& operator=(const Projector&) = delete;
  /// Calls who waits.
  ~Projector();

  /// How far the read models have come; no answer from them is older.
  Projected projected() const;
  Projecting projecting() const;

  /// Calls `resume` when the read models have reached the position, or when it is too late, from the projector's
  /// thread. False where too many wait already.
  bool when_projected(domain::Position position, ParkedReads::Clock::time_point deadline, ParkedReads::Resume resume);

 private:
  void run();
  void forget_wishes();
  void rest(std::optional<Reader>& own, std::chrono::steady_clock::time_point until);
  bool finds_enough(eventstore::EventStore& log);
  void want();
  void want_stock();
  void carry_on(std::optional<Reader>& own);
  void take_step(Reader& own, const eventstore::TreeHead& head);
  bool is_ending() const;
  void note_head(domain::Position head);
  void note(Projected reached, std::vector<std::string> failed);
  void note_failure();
  void release_parked();

  eventstore::ShopLocation location_;
  HotReads& hot_reads_;
  ProjectorPace pace_;
  ParkedReads parked_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Projected projected_{};
  Projecting projecting_{};
  bool wanted_{};        // by a read that waits: not to be polled for
  bool stock_wanted_{};  // which is made anew as a whole, and so not without a rest at all
  bool ending_{};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace upline::api
