// The part of ShopState that grows with the shop: how it is brought from where it was stored to the end of the log, and
// what of it is stored when.
#include "domain/overloaded.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/shop_state.hpp"
#include "eventstore/snapshots.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace upline::eventstore {

using namespace domain;

namespace {

// States kept beside those that have changed since they were stored.
constexpr std::size_t pools_max = 20'000;
constexpr std::size_t counted_max = 50'000;

/// Events of others that are folded in one by one; beyond, loading anew is cheaper.
constexpr std::uint64_t catch_up_max = 20'000;

template <class Map, class Changed>
void keep_changed(Map& states, std::size_t states_max, const Changed& changed) {
  if (states.size() <= states_max) return;
  std::erase_if(states, [&](const auto& state) { return !changed.contains(state.first); });
}

}  // namespace

const KeyPool& ShopState::pool(const ProductId& id) {
  if (const auto known = pools_.find(id); known != pools_.end()) return known->second;
  static const KeyPool none;  // kept for no product that may never be: its first event brings a pool
  if (all_made_anew_) return none;
  const auto name = pool_snapshot(id);
  const auto snapshot = store_.snapshot(name);
  auto state = snapshot ? key_pool_from(*snapshot) : std::nullopt;
  if (state) return pools_.emplace(id, std::move(*state)).first->second;
  if (!snapshot && !is_pool_lost(name)) return none;
  fold_log();
  return pools_[id];
}

/// It has events that are as old as what is stored.
bool ShopState::is_pool_lost(const std::string& name) {
  if (store_.stream_head(name).version == Version{0}) return false;
  return store_.read_stream(name).front().position <= as_of_.value_or(Position{0});
}

const Turnover& ShopState::turnover() {
  if (turnover_) return *turnover_;
  const auto snapshot = store_.snapshot(turnover_snapshot);
  turnover_ = snapshot ? turnover_from(*snapshot) : std::nullopt;
  if (!turnover_) fold_log();
  return *turnover_;
}

const Agenda& ShopState::agenda() {
  if (!agenda_) catch_up();
  return *agenda_;
}

const Settlements& ShopState::settlements() {
  if (!settlements_) settlements_ = stored_settlements(store_);
  if (!settlements_) fold_log();
  return *settlements_;
}

CountedUnits& ShopState::counted(const Buying& buying) {
  if (const auto known = counted_.find(buying); known != counted_.end()) return known->second;
  const auto snapshot = all_made_anew_ ? std::nullopt : store_.snapshot(counted_snapshot(buying));
  if (!snapshot) return counted_.emplace(buying, CountedUnits{}).first->second;
  if (const auto stored = counted_units_from(*snapshot)) return counted_.emplace(buying, *stored).first->second;
  fold_log();
  return counted_[buying];
}

Quantity ShopState::counted_units(const ProductId& product, const MemberId& member) {
  return {counted({product, member}).units};
}

/// What is stored is gone, or of another program version: one scan of the log, once.
void ShopState::fold_log() {
  GrowingStates folded;
  store_.read(Position{1}, seen_, [&](const StoredEvent& stored) {
    folded.apply(decode(stored));
    return true;
  });
  forget_changes();
  settlements_changed_.clear();
  turnover_ = std::move(folded.turnover);
  for (auto& [id, pool] : pools_) pool = {};  // where they are: whoever decides may hold one
  for (auto& [id, pool] : folded.pools) {
    pools_changed_.insert(id);
    pools_[id] = std::move(pool);
  }
  for (const auto& [id, order] : folded.agenda.orders()) opened_.insert(id);
  for (const auto& [batch, at] : folded.agenda.releases()) releases_changed_.insert(batch);
  for (const auto& [buying, counted] : folded.counted) counted_changed_.insert(buying);
  for (const auto& [id, settlement] : folded.settlements.known) settlements_changed_.insert(id);
  agenda_ = std::move(folded.agenda);
  settlements_ = std::move(folded.settlements);
  counted_ = std::move(folded.counted);
  all_made_anew_ = true;
}

bool ShopState::is_limited(const ProductId& id) {
  const auto* listed = std::get_if<ListedProduct>(&product(id));
  return listed != nullptr && listed->units_per_member;
}

/// What an event changes of what counts towards a limit, while the product has one: before the event is taken in.
std::optional<CountChange> ShopState::counts_by(const StreamId& stream, const Event& event) {
  if (stream.kind != StreamKind::order) return std::nullopt;
  const OrderId id{stream.id};
  const auto* open = agenda().find(id);
  const bool may_be_late = open == nullptr && std::holds_alternative<PaymentReceived>(event);
  const auto* late = may_be_late ? std::get_if<ExpiredOrder>(&order(id)) : nullptr;
  std::optional<CountChange> expired;
  if (late != nullptr) expired = {{late->terms.product, late->terms.member}, late->terms.quantity.value};
  const auto counts = count_change(event, open, expired ? &*expired : nullptr);
  return counts && is_limited(counts->buying.first) ? counts : std::nullopt;
}

/// Also one that has no keys yet: an order may wait for its first.
void ShopState::hold_pool(const ProductId& id) {
  const auto& state = pool(id);
  if (!pools_.contains(id)) pools_.emplace(id, KeyPool(state));
}

/// What an event changes is as it was before the event.
void ShopState::load_growing(const StreamId& stream, const Event& event) {
  if (const auto id = changed_pool(stream, event)) hold_pool(*id);
  if (std::holds_alternative<PaymentReceived>(event)) turnover();
  if (const auto counts = counts_by(stream, event)) counted(counts->buying);
}

/// The states that grow, as far as they are loaded.
AgendaChange ShopState::follow_growing(const RecordedEvent& event) {
  if (event.stream.kind == StreamKind::pool && event.version == Version{1}) pools_.try_emplace({event.stream.id});
  follow_pool(event, [&](const ProductId& id) {
    const auto known = pools_.find(id);
    return known == pools_.end() ? nullptr : &known->second;
  });
  const auto* paid = std::get_if<PaymentReceived>(&event.event);
  if (paid != nullptr && turnover_) turnover_ = evolve(std::move(*turnover_), *paid);
  if (settlements_) domain::follow(*settlements_, event);
  return follow(*agenda_, event);
}

void ShopState::remember_changes(const AgendaChange& change) {
  if (change.batch) releases_changed_.insert(*change.batch);
  if (!change.order) return;
  if (!change.closed) {
    opened_.insert(*change.order);
  } else if (opened_.erase(*change.order) == 0) {
    closed_.insert(*change.order);
  }
}

void ShopState::take_in(const RecordedEvent& event) {
  if (const auto counts = counts_by(event.stream, event.event)) {
    auto& units = counted(counts->buying);
    units = with_change(units, counts->units);
    counted_changed_.insert(counts->buying);
  }
  carry_streams(event);
  remember_changes(follow_growing(event));
  if (auto pool = changed_pool(event.stream, event.event)) pools_changed_.insert(std::move(*pool));
}

/// Not where what is stored was dropped, is of another program version, or is as of a position that this process was at
/// when others were not.
bool ShopState::can_follow(Position head, const std::optional<Position>& stored) const {
  const bool is_stored_in_front = stored && *stored >= seen_;
  return seen_ != Position{0} && head >= seen_ && head.value - seen_.value <= catch_up_max &&
         (stored == as_of_ || is_stored_in_front);
}

void ShopState::build_on(const std::optional<Position>& stored, Position head) {
  forget_growing();
  as_of_ = stored;
  agenda_ = stored_agenda(store_);
  if (agenda_) return;
  forget();
  as_of_ = stored;
  seen_ = head;
  fold_log();
}

/// Of what grows only what lies behind the stored states, each event on top of what it changes. Settlements are stored
/// as of the head, so those that are loaded follow and no others are.
void ShopState::follow_log(Position head) {
  if (head == seen_) return;
  const auto stored = as_of_.value_or(Position{0});
  store_.read({seen_.value + 1}, head, [&](const StoredEvent& found) {
    const auto event = decode(found);
    if (event.position <= stored) {
      carry_streams(event);
    } else {
      load_growing(event.stream, event.event);
      take_in(event);
    }
    return true;
  });
}

/// Others may have stored what this process has in memory, and what it has not. What grows is then read again from
/// there, while the streams' states are carried on from where they are.
void ShopState::catch_up() {
  const auto head = store_.head().position;
  const auto stored = stored_as_of(store_);
  const bool follows = can_follow(head, stored);
  if (!follows) forget();
  if (!follows && stored) seen_ = *stored;
  if (!agenda_ || stored != as_of_) build_on(stored, head);
  follow_log(head);
}

std::uint64_t ShopState::events_behind_stored() const {
  return as_of_ && seen_ > *as_of_ ? seen_.value - as_of_->value : 0;
}

void ShopState::store(Pen& pen, std::uint64_t every) {
  if (is_first_storing_ || all_made_anew_ || events_behind_stored() >= every) {
    store(pen);
  } else {
    store_settlements(pen);
  }
  keep_changed(pools_, pools_max, pools_changed_);
  keep_changed(counted_, counted_max, counted_changed_);
}

void ShopState::store(Pen& pen) {
  turnover();  // where it is lost, this makes all of them anew
  if (all_made_anew_) pen.drop_snapshots();
  pen.put_snapshot(as_of_snapshot, to_snapshot(seen_));
  pen.put_snapshot(turnover_snapshot, to_snapshot(*turnover_));
  for (const auto& id : pools_changed_) pen.put_snapshot(pool_snapshot(id), to_snapshot(pools_.at(id)));
  for (const auto& buying : counted_changed_) {
    const auto units = counted_.at(buying);
    if (units.units > 0) pen.put_snapshot(counted_snapshot(buying), to_snapshot(units));
    if (units.units == 0) pen.drop_snapshot(counted_snapshot(buying));
  }
  store_agenda(pen);
  store_settlements(pen);
  forget_changes();
  as_of_ = seen_;
  is_first_storing_ = false;
}

void ShopState::store_agenda(Pen& pen) {
  for (const auto& id : closed_) pen.drop_snapshot(open_order_snapshot(id));
  for (const auto& id : opened_) pen.put_snapshot(open_order_snapshot(id), to_snapshot(*agenda_->find(id)));
  for (const auto& batch : releases_changed_) {
    const auto at = agenda_->scheduled(batch);
    if (at) pen.put_snapshot(release_snapshot(batch), to_snapshot(*at));
    if (!at) pen.drop_snapshot(release_snapshot(batch));
  }
}

void ShopState::store_settlements(Pen& pen) {
  for (const auto& id : settlements_changed_) {
    pen.put_snapshot(settlement_snapshot(id), to_snapshot(settlements_->known.at(id)));
  }
  settlements_changed_.clear();
}

void ShopState::forget_changes() {
  all_made_anew_ = false;
  pools_changed_.clear();
  counted_changed_.clear();
  opened_.clear();
  closed_.clear();
  releases_changed_.clear();
}

void ShopState::forget_growing() {
  turnover_.reset();
  agenda_.reset();
  settlements_.reset();
  settlements_changed_.clear();
  pools_.clear();
  counted_.clear();
  forget_changes();
}

}  // namespace upline::eventstore
