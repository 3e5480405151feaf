// The balances that are asked for, in memory: each made from the read models once, when it was asked for the first
// time, and from then on folded from the log's events.
#pragma once

#include "api/held_balance.hpp"
#include "api/hot_read.hpp"
#include "eventstore/bounded_cache.hpp"
#include "eventstore/clock.hpp"
#include "eventstore/stored_event.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace upline::api {

/// Found from any thread; kept up by the one that follows the log, filled by one that may take its time.
class BalanceMemory {
 public:
  using Clock = std::function<domain::Timestamp()>;
  struct Bounds {
    std::size_t members{5'000};  // at least so many of those asked for last, at most twice; 10 KB each at the most
    std::size_t wanted{64};      // further ones wait until they are asked for again
  };
  explicit BalanceMemory(Bounds bounds = default_bounds(), Clock clock = eventstore::system_clock_now)
      : bounds_(bounds), clock_(std::move(clock)), held_(bounds.members) {}
  static constexpr Bounds default_bounds() { return {}; }

  // Whoever follows the log.

  /// From here on every event of an account or a settlement is given.
  void begin(domain::Position position);
  void take_in(const domain::RecordedEvent& event);
  /// What was taken in counts.
  void publish(domain::Position position);
  void forget();

  // Whoever fills it.

  bool is_any_wanted() const;
  struct Wanted {
    std::vector<std::string> members{};
    domain::Position at_least{};  // what is handed in has to be as new as this
  };
  /// Takes the wanted ones. What comes since is added to what is handed in.
  Wanted begin_filling();
  /// Left out where it changed in a way that is not folded.
  void fill(const std::string& member, HeldBalance balance);
  void end_filling();

  // Whoever asks.

  /// False where a new enough answer is on its way.
  bool has_reached(const HotRead& read) const;
  /// Nothing where it is not held, which it will be soon, or memory is not as new as asked.
  std::optional<HotAnswer> find(const HotRead& read) const;

 private:
  using Shared = std::shared_ptr<const HeldBalance>;
  struct Taken {
    std::string member{};
    std::optional<BalanceEntry> entry{};  // nothing: the balance has to be made anew; of all, where no member is named
  };

  void note(Taken taken);
  void apply(const Taken& taken);
  void want(const std::string& member) const;

  Bounds bounds_;
  Clock clock_;
  std::vector<Taken> taken_{};  // of whoever follows the log, until they are published
  mutable std::mutex mutex_;
  std::optional<domain::Position> position_{};  // none: nothing is held
  mutable eventstore::BoundedCache<std::string, Shared> held_;
  mutable std::unordered_set<std::string> wanted_{};
  std::unordered_set<std::string> filling_{};
  std::vector<Taken> recorded_{};  // of those that are being filled
};

}  // namespace upline::api
