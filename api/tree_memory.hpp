// The referral tree of now, in memory: filled once from its read model, and kept up from the log's events. Who stands
// above a member, how many below, and who directly, is answered from it at once.
#pragma once

#include "api/hot_read.hpp"
#include "eventstore/stored_event.hpp"
#include "projections/referral_live_tree.hpp"
#include "projections/referral_tree.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

namespace upline::api {

/// Found from any thread; kept up by the one that follows the log, filled and settled by one that may take its time.
class TreeMemory {
 public:
  struct Bounds {
    std::size_t members{5'000'000};  // a larger tree is not held: some 50 bytes a member
    std::size_t unsettled{8192};     // so many that came since are settled into the levels
  };
  TreeMemory() : TreeMemory(Bounds{}) {}
  explicit TreeMemory(Bounds bounds) : bounds_(bounds) {}

  // Whoever follows the log.

  /// From here on every event of a member is given.
  void begin(domain::Position position);
  void take_in(const domain::RecordedEvent& event);
  /// What was taken in counts.
  void publish(domain::Position position, std::string tag);
  void forget();

  // Whoever fills it. Between asking for it and handing it in, the tree goes on.

  std::size_t members_max() const { return bounds_.members; }
  bool needs_filling() const;
  /// The tree that is handed in has to be as new as this.
  domain::Position begin_filling();
  void fill(projections::SettledTree tree);
  /// Not now: to be asked for again.
  void stop_filling();
  /// Not filled, and not to be asked for again.
  void give_up();

  bool needs_settling() const;
  /// Makes new levels aside.
  void settle();

  // Whoever asks.

  /// False where a new enough answer is on its way.
  bool has_reached(domain::Position position) const;
  /// Nothing where the tree is not there, or not as new as asked, or has no such member.
  std::optional<HotAnswer> find(const HotRead& read) const;

 private:
  enum class State : std::uint8_t { unknown, wanted, filling, there, given_up };

  void drop(State next);
  void begin_recording();
  std::pair<projections::LiveTree, domain::Position> copy() const;
  void replace(projections::LiveTree tree, domain::Position from);

  Bounds bounds_;
  std::vector<projections::TreeChange> taken_{};  // of whoever follows the log, until they are published
  mutable std::shared_mutex mutex_;
  State state_{State::unknown};
  projections::LiveTree tree_{};
  domain::Position position_{};
  std::string tag_{};
  bool is_recording_{};
  std::vector<projections::TreeChange> recorded_{};  // what came since something was begun aside
};

}  // namespace upline::api
