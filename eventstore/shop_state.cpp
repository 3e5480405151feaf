#include "eventstore/shop_state.hpp"

#include "domain/overloaded.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/order_history.hpp"
#include "eventstore/snapshots.hpp"
#include "eventstore/stream_states.hpp"

#include <algorithm>
#include <utility>

namespace upline::eventstore {

namespace {

using namespace domain;

// Entries per generation of a cache; two generations of each live at once. About 200 bytes an entry.
constexpr std::size_t members_max = 200'000;
constexpr std::size_t orders_max = 50'000;
constexpr std::size_t products_max = 20'000;
constexpr std::size_t plans_max = 1'000;
constexpr std::size_t pools_max = 20'000;
constexpr std::size_t visitors_max = 20'000;
constexpr std::size_t counted_max = 50'000;

/// Events of others that are folded in one by one; beyond, loading anew is cheaper.
constexpr std::uint64_t catch_up_max = 20'000;

/// Carries a cached state along; a stream that begins here is put into the cache, any other is loaded when asked for.
template <class Id, class State, class Step>
void carry(BoundedCache<Id, State>& cache, const RecordedEvent& event, Step step) {
  const Id id{event.stream.id};
  if (event.version == Version{1}) {
    cache.put(id, step(State{}, event));
  } else if (auto* state = cache.find(id)) {
    *state = step(std::move(*state), event);
  }
}

std::optional<ProductId> changed_pool(const StreamId& stream, const Event& event) {
  return stream.kind == StreamKind::pool ? ProductId{stream.id} : pool_of(event);
}

/// The id of a visitor's stream is the hash in hexadecimal digits.
Fingerprint visitor_of(const StreamId& stream) {
  Fingerprint print;
  const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
  if (stream.id.size() != 2 * print.bytes.size()) throw DamagedStore("a visitor's stream has no fingerprint as its id");
  for (std::size_t i = 0; i < print.bytes.size(); ++i) {
    print.bytes[i] = static_cast<std::uint8_t>(digit(stream.id[2 * i]) << 4U | digit(stream.id[2 * i + 1]));
  }
  return print;
}

template <class Id, class State, class Load>
const State& find_or_load(BoundedCache<Id, State>& cache, const Id& id, Load load_state) {
  if (auto* state = cache.find(id)) return *state;
  return cache.add(id, load_state());
}

}  // namespace

ShopState::ShopState(EventStore& store)
    : store_(store),
      plans_(plans_max),
      products_(products_max),
      members_(members_max),
      orders_(orders_max),
      visitors_(visitors_max),
      purchasers_(members_max) {}

const Policy& ShopState::policy() {
  if (!policy_) policy_ = read_policy(store_);
  return *policy_;
}

const Plan& ShopState::plan(const PlanId& id) {
  return find_or_load(plans_, id, [&] { return read_plan(store_, id); });
}

const Product& ShopState::product(const ProductId& id) {
  return find_or_load(products_, id, [&] { return read_product(store_, id); });
}

const Member& ShopState::member(const MemberId& id) {
  return find_or_load(members_, id, [&] { return read_member(store_, id); });
}

const Order& ShopState::order(const OrderId& id) {
  return find_or_load(orders_, id, [&] { return load_order(id); });
}

Order ShopState::load_order(const OrderId& id) { return read_order(store_, id); }

const KeyPool& ShopState::pool(const ProductId& id) {
  if (const auto known = pools_.find(id); known != pools_.end()) return known->second;
  const auto name = pool_snapshot(id);
  auto snapshot = store_.snapshot(name);
  auto state = snapshot ? key_pool_from(*snapshot) : std::nullopt;
  static const KeyPool none;  // kept for no product that may never be: its first event brings a pool
  if (!state && store_.stream_head(name).version == Version{0}) return none;
  if (state) return pools_.emplace(id, std::move(*state)).first->second;
  fold_log_into_snapshots();
  return pools_[id];
}

const Turnover& ShopState::turnover() {
  if (turnover_) return *turnover_;
  const auto snapshot = store_.snapshot(turnover_snapshot);
  turnover_ = snapshot ? turnover_from(*snapshot) : std::nullopt;
  if (!snapshot && store_.head().position == Position{0}) turnover_ = Turnover{};
  if (!turnover_) fold_log_into_snapshots();
  return *turnover_;
}

const Agenda& ShopState::agenda() {
  if (!agenda_) agenda_ = stored_agenda(store_);
  if (!agenda_) fold_log_into_snapshots();
  return *agenda_;
}

const Settlements& ShopState::settlements() {
  if (!settlements_) settlements_ = stored_settlements(store_);
  if (!settlements_) fold_log_into_snapshots();
  return *settlements_;
}

const Visitor& ShopState::visitor(const Fingerprint& id) {
  return find_or_load(visitors_, id, [&] { return read_visitor(store_, id); });
}

CountedUnits& ShopState::counted(const Buying& buying) {
  if (const auto known = counted_.find(buying); known != counted_.end()) return known->second;
  agenda();  // where the snapshots are gone, this makes them all anew
  if (const auto known = counted_.find(buying); known != counted_.end()) return known->second;
  const auto snapshot = store_.snapshot(counted_snapshot(buying));
  if (!snapshot) return counted_.emplace(buying, CountedUnits{}).first->second;
  if (const auto stored = counted_units_from(*snapshot)) return counted_.emplace(buying, *stored).first->second;
  fold_log_into_snapshots();
  return counted_[buying];
}

Quantity ShopState::counted_units(const ProductId& product, const MemberId& member) {
  return {counted({product, member}).units};
}

bool ShopState::has_purchased(const MemberId& member) {
  return find_or_load(purchasers_, member,
                      [&] { return store_.claimed(ClaimKind::first_purchase, claim_key(member.value)).has_value(); });
}

/// The snapshots are gone, or of another program version: one scan of the log, once.
void ShopState::fold_log_into_snapshots() {
  GrowingStates folded;
  store_.read(Position{1}, store_.head().position, [&](const StoredEvent& stored) {
    folded.apply(decode(stored));
    return true;
  });
  turnover_ = std::move(folded.turnover);
  turnover_changed_ = true;
  for (auto& [id, pool] : folded.pools) {
    pools_[id] = std::move(pool);
    pools_changed_.insert(id);
  }
  for (const auto& [id, order] : folded.agenda.orders()) open_orders_changed_.insert(id);
  for (const auto& [batch, at] : folded.agenda.releases()) releases_changed_.insert(batch);
  for (const auto& [buying, counted] : folded.counted) counted_changed_.insert(buying);
  for (const auto& [id, settlement] : folded.settlements.known) settlements_changed_.insert(id);
  agenda_ = std::move(folded.agenda);
  settlements_ = std::move(folded.settlements);
  counted_ = std::move(folded.counted);
  all_made_anew_ = true;
}

bool ShopState::is_in_downline(const MemberId& member_id, const MemberId& candidate) {
  auto at = candidate;
  while (at != member_id) {
    const auto* enrolled = std::get_if<EnrolledMember>(&member(at));
    if (enrolled == nullptr || !enrolled->referrer) return false;
    at = MemberId{*enrolled->referrer};
  }
  return true;
}

std::vector<UplineMember> ShopState::upline(const MemberId& member_id, std::size_t levels) {
  std::vector<UplineMember> above;
  const auto* below = std::get_if<EnrolledMember>(&member(member_id));
  while (below != nullptr && below->referrer && above.size() < levels) {
    const auto at = *below->referrer;
    below = std::get_if<EnrolledMember>(&member(at));
    if (below == nullptr) throw DamagedStore("member " + at.value + " is a referrer, but was never enrolled");
    above.push_back({at, below->standing});
  }
  return above;
}

void ShopState::apply_to_order(const OrderId& id, const RecordedEvent& event) {
  if (auto* state = orders_.find(id)) *state = step_order(std::move(*state), event);
}

/// The states that grow: pools, turnover, agenda, as far as they are loaded.
AgendaChange ShopState::follow_growing(const RecordedEvent& event) {
  follow_pool(event, [&](const ProductId& id) {
    const auto known = pools_.find(id);
    return known == pools_.end() ? nullptr : &known->second;
  });
  const auto* paid = std::get_if<PaymentReceived>(&event.event);
  if (paid != nullptr && turnover_) turnover_ = evolve(std::move(*turnover_), *paid);
  if (paid != nullptr && paid->first_purchase) purchasers_.put(*paid->first_purchase, true);
  if (settlements_) domain::follow(*settlements_, event);
  return agenda_ ? follow(*agenda_, event) : AgendaChange{};
}

bool ShopState::is_limited(const ProductId& id) {
  const auto* listed = std::get_if<ListedProduct>(&product(id));
  return listed != nullptr && listed->units_per_member;
}

/// What an event changes of what counts towards a limit, while the product has one: before the event is carried along.
std::optional<CountChange> ShopState::counts_by(const StreamId& stream, const Event& event) {
  const OrderId id{stream.id};
  const bool is_payment = std::holds_alternative<PaymentReceived>(event);
  const auto* late = is_payment ? std::get_if<ExpiredOrder>(&order(id)) : nullptr;
  std::optional<CountChange> expired;
  if (late != nullptr) expired = {{late->terms.product, late->terms.member}, late->terms.quantity.value};
  const auto counts = count_change(event, agenda().find(id), expired ? &*expired : nullptr);
  return counts && is_limited(counts->buying.first) ? counts : std::nullopt;
}

AgendaChange ShopState::carry_along(const RecordedEvent& event) {
  seen_ = event.position;
  switch (event.stream.kind) {
    case StreamKind::policy:
      if (policy_) policy_ = step_policy(std::move(*policy_), event);
      break;
    case StreamKind::plan:
      carry(plans_, event, step_plan);
      break;
    case StreamKind::product:
      carry(products_, event, step_product);
      break;
    case StreamKind::member:
      carry(members_, event, step_member);
      may_have_erasures_ = may_have_erasures_ || std::holds_alternative<MemberErased>(event.event);
      break;
    case StreamKind::visitor:
      if (auto* state = visitors_.find(visitor_of(event.stream))) *state = step_visitor(std::move(*state), event);
      break;
    case StreamKind::pool:
      if (event.version == Version{1}) pools_[{event.stream.id}] = KeyPool{};
      break;
    case StreamKind::order:
      carry(orders_, event, step_order);
      break;
    case StreamKind::settlement:
      break;
    case StreamKind::account:
      if (const auto* order = order_of_entry(event.event)) apply_to_order(*order, event);
      break;
  }
  return follow_growing(event);
}

/// Also one that has no keys yet: an order may wait for its first.
void ShopState::hold_pool(const ProductId& id) {
  const auto& state = pool(id);
  if (!pools_.contains(id)) pools_.emplace(id, KeyPool(state));
}

void ShopState::load_for(const NewEvents& events) {
  if (store_.head().position == Position{0}) turnover();
  for (const auto& event : events) {
    if (const auto id = changed_pool(event.stream, event.event)) hold_pool(*id);
    if (std::holds_alternative<PaymentReceived>(event.event)) turnover();
    if (settlement_of(event.stream, event.event)) settlements();
    if (const auto counts = counts_by(event.stream, event.event)) counted(counts->buying);
  }
}

/// The first event brings the first turnover, so that the first sale of a large shop need not look for it.
void ShopState::apply(const RecordedEvent& event) {
  if (const auto counts = counts_by(event.stream, event.event)) {
    auto& units = counted(counts->buying);
    units = with_change(units, counts->units);
    counted_changed_.insert(counts->buying);
  }
  const auto change = carry_along(event);
  if (change.order) open_orders_changed_.insert(*change.order);
  if (change.batch) releases_changed_.insert(*change.batch);
  if (auto id = settlement_of(event.stream, event.event)) settlements_changed_.insert(std::move(*id));
  if (const auto pool = changed_pool(event.stream, event.event)) {
    pools_changed_.insert(*pool);
    if (std::ranges::find(pools_touched_, *pool) == pools_touched_.end()) pools_touched_.push_back(*pool);
  }
  if (event.position == Position{1} || std::holds_alternative<PaymentReceived>(event.event)) turnover_changed_ = true;
}

std::vector<ProductId> ShopState::take_touched_pools() {
  std::ranges::sort(pools_touched_);
  return std::exchange(pools_touched_, {});
}

bool ShopState::has_unwritten() const {
  return turnover_changed_ || !pools_changed_.empty() || !open_orders_changed_.empty() || !releases_changed_.empty() ||
         !counted_changed_.empty() || !settlements_changed_.empty();
}

/// Others wrote the snapshots of what they changed, so only the caches have to follow. What an empty log lacked may be
/// there by now. Where somebody has dropped the snapshots, or writes those of another program version, to write only
/// what changes would leave a part of them that passes for the whole. The agenda is there from here on, as of the head:
/// what is appended is carried along.
void ShopState::catch_up() {
  const auto head = store_.head().position;
  const bool others_wrote = head > seen_;
  if (seen_ == Position{0} || head.value > seen_.value + catch_up_max || (others_wrote && has_unwritten())) forget();
  if (!all_made_anew_ && !has_snapshots(store_)) forget();
  if (seen_ != Position{0} && others_wrote) {
    counted_.clear();
    store_.read(Position{seen_.value + 1}, head, [&](const StoredEvent& stored) {
      carry_along(decode(stored));
      return true;
    });
  }
  seen_ = head;
  agenda();
}

void ShopState::write_snapshots(Pen& pen) {
  if (std::exchange(all_made_anew_, false)) pen.drop_snapshots();
  if (turnover_changed_) pen.put_snapshot(turnover_snapshot, to_snapshot(turnover()));
  std::vector<ProductId> changed(pools_changed_.begin(), pools_changed_.end());
  std::ranges::sort(changed);  // neighbours in the table are written together
  for (const auto& id : changed) pen.put_snapshot(pool_snapshot(id), to_snapshot(pool(id)));
  for (const auto& id : open_orders_changed_) {
    const auto* open = agenda_->find(id);
    if (open != nullptr) pen.put_snapshot(open_order_snapshot(id), to_snapshot(*open));
    if (open == nullptr) pen.drop_snapshot(open_order_snapshot(id));
  }
  for (const auto& batch : releases_changed_) {
    const auto at = agenda_->scheduled(batch);
    if (at) pen.put_snapshot(release_snapshot(batch), to_snapshot(*at));
    if (!at) pen.drop_snapshot(release_snapshot(batch));
  }
  for (const auto& buying : counted_changed_) {
    const auto units = counted(buying);
    if (units.units > 0) pen.put_snapshot(counted_snapshot(buying), to_snapshot(units));
    if (units.units == 0) pen.drop_snapshot(counted_snapshot(buying));
  }
  for (const auto& id : settlements_changed_) {
    pen.put_snapshot(settlement_snapshot(id), to_snapshot(settlements_->known.at(id)));
  }
  turnover_changed_ = false;
  settlements_changed_.clear();
  pools_changed_.clear();
  open_orders_changed_.clear();
  releases_changed_.clear();
  counted_changed_.clear();
  if (pools_.size() > pools_max) pools_.clear();
  if (counted_.size() > counted_max) counted_.clear();
}

void ShopState::forget() {
  may_have_erasures_ = true;
  seen_ = {};
  policy_.reset();
  turnover_.reset();
  turnover_changed_ = false;
  all_made_anew_ = false;
  agenda_.reset();
  settlements_.reset();
  settlements_changed_.clear();
  plans_.clear();
  products_.clear();
  members_.clear();
  orders_.clear();
  visitors_.clear();
  purchasers_.clear();
  pools_.clear();
  counted_.clear();
  pools_changed_.clear();
  pools_touched_.clear();
  open_orders_changed_.clear();
  releases_changed_.clear();
  counted_changed_.clear();
}

}  // namespace upline::eventstore
