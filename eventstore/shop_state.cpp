#include "eventstore/shop_state.hpp"

#include "domain/overloaded.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/order_history.hpp"
#include "eventstore/snapshots.hpp"

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

/// Events of others that are folded in one by one; beyond, loading anew is cheaper.
constexpr std::uint64_t catch_up_max = 20'000;

template <class AggregateEvent>
AggregateEvent as(Event event) {
  return std::visit(
      [](auto& e) -> AggregateEvent {
        if constexpr (std::is_constructible_v<AggregateEvent, decltype(e)>) {
          return AggregateEvent(std::move(e));
        } else {
          throw DamagedStore("a stream holds an event of another kind of stream");
        }
      },
      event);
}

/// Folds a stream from its first event, with `step(state, recorded)`.
template <class State, class Step>
State load(EventStore& store, const StreamId& stream, Step step) {
  State state;
  for (const auto& stored : store.read_stream(to_text(stream))) state = step(std::move(state), decode(stored));
  return state;
}

Policy step_policy(Policy state, RecordedEvent event) {
  return evolve(std::move(state), as<PolicyEvent>(std::move(event.event)));
}

Plan step_plan(Plan state, RecordedEvent event) {
  return evolve(std::move(state), as<PlanPublished>(std::move(event.event)));
}

Product step_product(Product state, RecordedEvent event) {
  return evolve(std::move(state), as<ProductEvent>(std::move(event.event)));
}

Member step_member(Member state, RecordedEvent event) {
  return evolve(std::move(state), as<MemberEvent>(std::move(event.event)), event.occurred_at);
}

/// An order is shaped by its own events and by the entries that it caused in accounts.
Order step_order(Order state, const RecordedEvent& event) {
  if (const auto* accrued = std::get_if<CommissionAccrued>(&event.event)) {
    return evolve(std::move(state), *accrued, MemberId{event.stream.id}, event.occurred_at);
  }
  if (const auto* reversed = std::get_if<CommissionReversed>(&event.event)) {
    return evolve(std::move(state), *reversed);
  }
  return evolve(std::move(state), as<OrderEvent>(event.event), event.occurred_at);
}

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

template <class Id, class State, class Load>
const State& find_or_load(BoundedCache<Id, State>& cache, const Id& id, Load load_state) {
  if (auto* state = cache.find(id)) return *state;
  return cache.put(id, load_state());
}

}  // namespace

ShopState::ShopState(EventStore& store)
    : store_(store), plans_(plans_max), products_(products_max), members_(members_max), orders_(orders_max) {}

const Policy& ShopState::policy() {
  if (!policy_) policy_ = load<Policy>(store_, policy_stream(), step_policy);
  return *policy_;
}

const Plan& ShopState::plan(const PlanId& id) {
  return find_or_load(plans_, id, [&] { return load<Plan>(store_, stream_of(id), step_plan); });
}

const Product& ShopState::product(const ProductId& id) {
  return find_or_load(products_, id, [&] { return load<Product>(store_, stream_of(id), step_product); });
}

const Member& ShopState::member(const MemberId& id) {
  return find_or_load(members_, id, [&] { return load<Member>(store_, stream_of(id), step_member); });
}

const Order& ShopState::order(const OrderId& id) {
  return find_or_load(orders_, id, [&] { return load_order(id); });
}

Order ShopState::load_order(const OrderId& id) {
  Order state;
  read_order_history(store_, id, [&](const RecordedEvent& event) { state = step_order(std::move(state), event); });
  return state;
}

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
}

StoredEvent ShopState::claiming_event(Position position) {
  auto event = store_.read_one(position);
  if (!event) throw DamagedStore("a claim names position " + std::to_string(position.value) + ", which is not there");
  return std::move(*event);
}

std::optional<KnownRefund> ShopState::refund(const RefundId& id) {
  const auto position = store_.claimed(ClaimKind::refund_id, claim_key(id.value));
  if (!position) return std::nullopt;
  auto event = decode(claiming_event(*position));
  return KnownRefund{OrderId{event.stream.id}, as<OrderRefunded>(std::move(event.event)), event.occurred_at};
}

std::optional<MemberId> ShopState::owner_of(const ReferralCode& code) {
  const auto position = store_.claimed(ClaimKind::referral_code, claim_key(code.value));
  if (!position) return std::nullopt;
  return MemberId{decode(claiming_event(*position)).stream.id};
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
  auto next = [&](const MemberId& id) -> std::optional<MemberId> {
    const auto* enrolled = std::get_if<EnrolledMember>(&member(id));
    return enrolled == nullptr ? std::nullopt : enrolled->referrer;
  };
  for (auto at = next(member_id); at && above.size() < levels; at = next(*at)) {
    const auto* enrolled = std::get_if<EnrolledMember>(&member(*at));
    if (enrolled == nullptr) throw DamagedStore("member " + at->value + " is a referrer, but was never enrolled");
    above.push_back({*at, enrolled->standing});
  }
  return above;
}

void ShopState::apply_to_order(const OrderId& id, const RecordedEvent& event) {
  if (auto* state = orders_.find(id)) *state = step_order(std::move(*state), event);
}

void ShopState::carry_along(const RecordedEvent& event) {
  seen_ = event.position;
  const auto evolve_pool = [&](const ProductId& id, const auto& e) {
    if (const auto known = pools_.find(id); known != pools_.end()) known->second = evolve(std::move(known->second), e);
  };
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
      break;
    case StreamKind::pool:
      if (event.version == Version{1}) pools_[{event.stream.id}] = KeyPool{};
      std::visit([&](const auto& e) { evolve_pool({event.stream.id}, e); }, as<KeyPoolEvent>(event.event));
      break;
    case StreamKind::order:
      carry(orders_, event, step_order);
      break;
    case StreamKind::account:
      apply_to_order(*order_of_entry(event.event), event);
      break;
  }
  if (const auto* delivered = std::get_if<KeysDelivered>(&event.event)) evolve_pool(delivered->product, *delivered);
  if (const auto* placed = std::get_if<OrderPlaced>(&event.event)) {
    if (turnover_) turnover_ = evolve(std::move(*turnover_), *placed);
  }
}

void ShopState::apply(const RecordedEvent& event) {
  carry_along(event);
  if (event.stream.kind == StreamKind::pool) pools_changed_.insert({event.stream.id});
  if (const auto* delivered = std::get_if<KeysDelivered>(&event.event)) pools_changed_.insert(delivered->product);
  // The first event brings the first turnover, so that the first sale of a large shop need not look for it.
  if (event.position == Position{1} || std::holds_alternative<OrderPlaced>(event.event)) turnover_changed_ = true;
}

/// Others wrote the snapshots of what they changed, so only the caches have to follow. What an empty log lacked may be
/// there by now.
void ShopState::catch_up() {
  const auto head = store_.head().position;
  if (seen_ == Position{0} || head.value > seen_.value + catch_up_max) forget();
  if (seen_ != Position{0}) {
    store_.read(Position{seen_.value + 1}, head, [&](const StoredEvent& stored) {
      carry_along(decode(stored));
      return true;
    });
  }
  seen_ = head;
}

void ShopState::write_snapshots(Pen& pen) {
  if (turnover_changed_) pen.put_snapshot(turnover_snapshot, to_snapshot(turnover()));
  for (const auto& id : pools_changed_) pen.put_snapshot(pool_snapshot(id), to_snapshot(pools_.at(id)));
  turnover_changed_ = false;
  pools_changed_.clear();
  if (pools_.size() > pools_max) pools_.clear();
}

void ShopState::forget() {
  seen_ = {};
  policy_.reset();
  turnover_.reset();
  turnover_changed_ = false;
  plans_.clear();
  products_.clear();
  members_.clear();
  orders_.clear();
  pools_.clear();
  pools_changed_.clear();
}

}  // namespace upline::eventstore
