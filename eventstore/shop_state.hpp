// The states that commands are decided on: loaded by stream when first asked for, kept in bounded caches, and carried
// along with everything that is appended, here or by another process.
#pragma once

#include "domain/event.hpp"
#include "domain/record_purchase.hpp"
#include "domain/refund_order.hpp"
#include "domain/turnover.hpp"
#include "eventstore/bounded_cache.hpp"
#include "eventstore/event_store.hpp"

#include <optional>
#include <set>
#include <unordered_map>
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

  std::optional<domain::KnownRefund> refund(const domain::RefundId& id);
  std::optional<domain::MemberId> owner_of(const domain::ReferralCode& code);

  /// True when `candidate` is the member or stands below it: walks up from the candidate, one load per level.
  bool is_in_downline(const domain::MemberId& member, const domain::MemberId& candidate);

  /// The referrers above a member, nearest first, at most `levels`.
  std::vector<domain::UplineMember> upline(const domain::MemberId& member, std::size_t levels);

  /// Takes in an event that this process has just appended.
  void apply(const domain::RecordedEvent& event);

  /// Takes in what others have appended since the last call: first thing under the pen.
  void catch_up();

  /// Puts the changed snapshots into the transaction that holds the events which changed them.
  void write_snapshots(Pen& pen);

  /// Drops everything, after a batch that was not committed.
  void forget();

 private:
  void carry_along(const domain::RecordedEvent& event);
  StoredEvent claiming_event(domain::Position position);
  domain::Order load_order(const domain::OrderId& id);
  void fold_log_into_snapshots();
  void apply_to_order(const domain::OrderId& id, const domain::RecordedEvent& event);

  EventStore& store_;
  domain::Position seen_{};
  std::optional<domain::Policy> policy_;
  std::optional<domain::Turnover> turnover_;
  bool turnover_changed_{};
  BoundedCache<domain::PlanId, domain::Plan> plans_;
  BoundedCache<domain::ProductId, domain::Product> products_;
  BoundedCache<domain::MemberId, domain::Member> members_;
  BoundedCache<domain::OrderId, domain::Order> orders_;
  std::unordered_map<domain::ProductId, domain::KeyPool> pools_;  // changed ones must stay until they are written
  std::set<domain::ProductId> pools_changed_;
};

}  // namespace upline::eventstore
