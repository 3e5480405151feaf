// The states that commands are decided on: loaded by stream when first asked for, kept in bounded caches, and carried
// along with everything that is appended, here or by another process.
//
// States that grow with the shop (key pools, turnover, agenda, counted units) are stored now and then, all as of one
// position. Whatever an event behind that position has changed is in memory, so what is not in memory is as it is
// stored.
#pragma once

#include "domain/agenda.hpp"
#include "domain/event.hpp"
#include "domain/record_purchase.hpp"
#include "domain/turnover.hpp"
#include "eventstore/bounded_cache.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/known_member.hpp"
#include "eventstore/member_table.hpp"
#include "eventstore/order_cache.hpp"
#include "eventstore/snapshots.hpp"

#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace upline::eventstore {

/// Under the pen, or while the log is held still; one thread at a time. A reference is valid until the next call for a
/// state of the same kind.
class ShopState {
 public:
  /// It knows so many members, and as many before those, once they were asked for: fewer where there is more to know of
  /// them than a row of MemberTable holds.
  static constexpr std::size_t members_max = 500'000;

  explicit ShopState(EventStore& store);

  const domain::Policy& policy();
  const domain::Plan& plan(const domain::PlanId& id);
  const domain::Product& product(const domain::ProductId& id);
  domain::Member member(const domain::MemberId& id);
  const domain::KeyPool& pool(const domain::ProductId& id);
  const domain::Order& order(const domain::OrderId& id);
  const domain::Turnover& turnover();
  const domain::Agenda& agenda();
  const domain::Settlements& settlements();
  const domain::Visitor& visitor(const domain::Fingerprint& id);

  /// Units of the product that count towards this member's limit.
  domain::Quantity counted_units(const domain::ProductId& product, const domain::MemberId& member);

  /// Nothing where the member is not enrolled.
  std::optional<domain::Standing> standing(const domain::MemberId& member);

  /// An order of the member, above 0, was paid at some time.
  bool has_purchased(const domain::MemberId& member);

  /// What is looked up by a claim is read from the log: claimed_events.hpp.
  EventStore& log() { return store_; }

  /// True when `candidate` is the member or stands below it: walks up from the candidate, one load per level.
  bool is_in_downline(const domain::MemberId& member, const domain::MemberId& candidate);

  /// The newest event of a stream, where that is known without looking it up: of an account whose holder is known, once
  /// something was appended to it.
  std::optional<StreamHead> known_head(const domain::StreamId& stream);

  /// The referrers above a member, nearest first, at most `levels`.
  std::vector<domain::UplineMember> upline(const domain::MemberId& member, std::size_t levels);

  /// Loads the states that these events will change: before they are appended, so that none of them is counted twice.
  void load_for(const domain::NewEvents& events);

  /// Takes in an event that this process has just appended. What it changes was loaded before.
  void apply(const domain::RecordedEvent& event);

  /// The pools that events of this process changed since the last call, in the order of their ids.
  std::vector<domain::ProductId> take_touched_pools();

  /// Takes in what others have appended since the last call: first thing under the pen. The first call reads what was
  /// appended behind the stored states: about 3 microseconds an event.
  void catch_up();

  /// From here on take_in() is given members that somebody else reads from the log, as of now or later.
  void expect_members();
  /// There will be no more of them.
  void expect_no_more_members();
  /// One of both was said, and nothing was forgotten since.
  bool expects_members() const { return expected_members_.has_value(); }
  /// The first was said, and neither the second since nor anything forgotten.
  bool expects_more_members() const { return expected_members_ && !expected_members_->are_complete; }
  /// Whoever is known, or has changed since, stays as he is. As long as there is room: nobody is forgotten for it.
  void take_in(MembersRead read);

  /// True until it is told that erasures are done: there may be some that this process has not heard of.
  bool may_have_erasures() const { return may_have_erasures_; }
  void erasures_are_done() { may_have_erasures_ = false; }

  /// Puts the states into the pen's transaction where `every` events or more lie behind those that are stored, and the
  /// first time, so that short processes leave nothing behind; and settlements that have changed, since readers ask for
  /// them, in any case.
  void store(Pen& pen, std::uint64_t every);

  /// As of the pen's end.
  void store(Pen& pen);

  /// Events behind the stored states, as far as this process has seen them; 0 where it has none to build on.
  std::uint64_t events_behind_stored() const;

  /// Drops everything, after a batch that was not committed.
  void forget();

 private:
  /// What happened to members that are not known, so that what somebody has read of them may be out of date.
  struct ExpectedMembers {
    domain::Position since{};
    bool are_complete{};
    std::unordered_set<domain::MemberId> changed{};
  };

  MemberNumber known_member(const domain::MemberId& id);
  MemberNumber known_referrer(MemberNumber below);
  bool can_follow(domain::Position head, const std::optional<domain::Position>& stored) const;
  void build_on(const std::optional<domain::Position>& stored, domain::Position head);
  void follow_log(domain::Position head);
  void take_in(const domain::RecordedEvent& event);
  void carry_streams(const domain::RecordedEvent& event);
  void carry_member(const domain::RecordedEvent& event);
  void carry_account(const domain::RecordedEvent& event);
  void note_change_of_unknown(const domain::MemberId& id);
  void load_growing(const domain::StreamId& stream, const domain::Event& event);
  void hold_pool(const domain::ProductId& id);
  bool is_pool_lost(const std::string& name);
  void fold_log();
  void remember_changes(const domain::AgendaChange& change);
  void store_settlements(Pen& pen);
  void store_agenda(Pen& pen);
  void forget_changes();
  void forget_growing();
  domain::AgendaChange follow_growing(const domain::RecordedEvent& event);
  std::optional<CountChange> counts_by(const domain::StreamId& stream, const domain::Event& event);
  bool is_limited(const domain::ProductId& product);
  CountedUnits& counted(const Buying& buying);

  EventStore& store_;
  domain::Position seen_{};
  std::optional<domain::Position> as_of_;  // of what is stored
  bool is_first_storing_{true};
  bool all_made_anew_{};  // all states are in memory; what is stored is dropped with the next storing
  std::optional<domain::Policy> policy_;
  std::optional<domain::Turnover> turnover_;
  BoundedCache<domain::PlanId, domain::Plan> plans_;
  BoundedCache<domain::ProductId, domain::Product> products_;
  MemberTable members_;
  std::optional<ExpectedMembers> expected_members_;
  OrderCache orders_;
  std::unordered_map<domain::ProductId, domain::KeyPool> pools_;  // changed ones must stay until they are stored
  std::unordered_set<domain::ProductId> pools_changed_;
  std::vector<domain::ProductId> pools_touched_;  // each once; hardly ever more than one
  std::optional<domain::Agenda> agenda_;
  std::unordered_set<domain::OrderId> opened_;  // and still open
  std::unordered_set<domain::OrderId> closed_;  // of those that are stored
  std::set<domain::Batch> releases_changed_;
  std::optional<domain::Settlements> settlements_;
  std::set<domain::SettlementId> settlements_changed_;
  std::map<Buying, CountedUnits> counted_;
  std::set<Buying> counted_changed_;
  BoundedCache<domain::Fingerprint, domain::Visitor> visitors_;
  bool may_have_erasures_{true};
};

}  // namespace upline::eventstore
