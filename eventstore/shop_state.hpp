// The states that commands are decided on: loaded by stream when first asked for, kept in bounded caches, and carried
// along with everything that is appended, here or by another process.
#pragma once

#include "domain/agenda.hpp"
#include "domain/event.hpp"
#include "domain/record_purchase.hpp"
#include "domain/turnover.hpp"
#include "eventstore/bounded_cache.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/snapshots.hpp"

#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace upline::eventstore {

/// Under the pen only, one thread at a time. A reference is valid until the next call for a state of the same kind.
class ShopState {
 public:
  explicit ShopState(EventStore& store);

  const domain::Policy& policy();
  const domain::Plan& plan(const domain::PlanId& id);
  const domain::Product& product(const domain::ProductId& id);
  const domain::Member& member(const domain::MemberId& id);
  const domain::KeyPool& pool(const domain::ProductId& id);
  const domain::Order& order(const domain::OrderId& id);
  const domain::Turnover& turnover();
  const domain::Agenda& agenda();
  const domain::Settlements& settlements();
  const domain::Visitor& visitor(const domain::Fingerprint& id);

  /// Units of the product that count towards this member's limit.
  domain::Quantity counted_units(const domain::ProductId& product, const domain::MemberId& member);

  /// An order of the member, above 0, was paid at some time.
  bool has_purchased(const domain::MemberId& member);

  /// What is looked up by a claim is read from the log: claimed_events.hpp.
  EventStore& log() { return store_; }

  /// True when `candidate` is the member or stands below it: walks up from the candidate, one load per level.
  bool is_in_downline(const domain::MemberId& member, const domain::MemberId& candidate);

  /// The referrers above a member, nearest first, at most `levels`.
  std::vector<domain::UplineMember> upline(const domain::MemberId& member, std::size_t levels);

  /// Loads the states that these events will change: before they are appended, so that none of them is counted twice.
  void load_for(const domain::NewEvents& events);

  /// Takes in an event that this process has just appended. What it changes was loaded before.
  void apply(const domain::RecordedEvent& event);

  /// The pools that events of this process changed since the last call, in the order of their ids.
  std::vector<domain::ProductId> take_touched_pools();

  /// Takes in what others have appended since the last call: first thing under the pen.
  void catch_up();

  /// True until it is told that erasures are done: there may be some that this process has not heard of.
  bool may_have_erasures() const { return may_have_erasures_; }
  void erasures_are_done() { may_have_erasures_ = false; }

  /// Puts the changed snapshots into the transaction that holds the events which changed them.
  void write_snapshots(Pen& pen);

  /// Drops everything, after a batch that was not committed.
  void forget();

 private:
  domain::AgendaChange carry_along(const domain::RecordedEvent& event);
  domain::Order load_order(const domain::OrderId& id);
  void hold_pool(const domain::ProductId& id);
  void fold_log_into_snapshots();
  void apply_to_order(const domain::OrderId& id, const domain::RecordedEvent& event);
  domain::AgendaChange follow_growing(const domain::RecordedEvent& event);
  std::optional<CountChange> counts_by(const domain::StreamId& stream, const domain::Event& event);
  bool is_limited(const domain::ProductId& product);
  bool has_unwritten() const;
  CountedUnits& counted(const Buying& buying);

  EventStore& store_;
  domain::Position seen_{};
  std::optional<domain::Policy> policy_;
  std::optional<domain::Turnover> turnover_;
  bool turnover_changed_{};
  bool all_made_anew_{};  // what is stored is dropped with the next write
  BoundedCache<domain::PlanId, domain::Plan> plans_;
  BoundedCache<domain::ProductId, domain::Product> products_;
  BoundedCache<domain::MemberId, domain::Member> members_;
  BoundedCache<domain::OrderId, domain::Order> orders_;
  std::unordered_map<domain::ProductId, domain::KeyPool> pools_;  // changed ones must stay until they are written
  std::unordered_set<domain::ProductId> pools_changed_;
  std::vector<domain::ProductId> pools_touched_;  // each once; hardly ever more than one
  std::optional<domain::Agenda> agenda_;
  std::set<domain::OrderId> open_orders_changed_;
  std::set<domain::Batch> releases_changed_;
  std::optional<domain::Settlements> settlements_;
  std::set<domain::SettlementId> settlements_changed_;
  std::map<Buying, CountedUnits> counted_;
  std::set<Buying> counted_changed_;
  BoundedCache<domain::Fingerprint, domain::Visitor> visitors_;
  BoundedCache<domain::MemberId, bool> purchasers_;
  bool may_have_erasures_{true};
};

}  // namespace upline::eventstore
