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

// Entries per generation of a cache; two generations of each live at once. About 250 bytes an entry, but for orders.
constexpr std::size_t waiting_orders_max = 50'000;
constexpr std::size_t delivered_orders_max = 5'000;
constexpr std::size_t products_max = 20'000;
constexpr std::size_t plans_max = 1'000;
constexpr std::size_t visitors_max = 20'000;

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

/// The same of an order, which entries in accounts change as well.
void carry_order(OrderCache& orders, const OrderId& id, const RecordedEvent& event) {
  if (event.stream.kind == StreamKind::order && event.version == Version{1}) {
    orders.put(id, step_order(Order{}, event));
  } else {
    orders.change(id, [&](Order&& order) { return step_order(std::move(order), event); });
  }
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
State& find_or_load(BoundedCache<Id, State>& cache, const Id& id, Load load_state) {
  if (auto* state = cache.find(id)) return *state;
  return cache.add(id, load_state());
}

}  // namespace

ShopState::ShopState(EventStore& store)
    : store_(store),
      plans_(plans_max),
      products_(products_max),
      members_(members_max),
      orders_(waiting_orders_max, delivered_orders_max),
      visitors_(visitors_max) {}

const Policy& ShopState::policy() {
  if (!policy_) policy_ = read_policy(store_);
  return *policy_;
}

const Plan& ShopState::plan(const PlanId& id) {
  return find_or_load(plans_, id, [&] { return read_plan(store_, id); });
}

/// As of the last event that was taken in: what others have appended is followed one event after the other.
const Product& ShopState::product(const ProductId& id) {
  return find_or_load(products_, id, [&] {
    return read_product(store_, id, [this](Position position, Timestamp) { return position <= seen_; });
  });
}

MemberNumber ShopState::known_member(const MemberId& id) {
  const auto known = members_.find(id.value);
  return known != nobody ? known : members_.put(id.value, {.state = read_member(store_, id)});
}

Member ShopState::member(const MemberId& id) {
  const auto number = known_member(id);
  return members_.rows().state(number);
}

std::optional<Standing> ShopState::standing(const MemberId& member) {
  const auto number = known_member(member);
  const auto& rows = members_.rows();
  return rows.is_enrolled(number) ? std::optional(rows.standing(number)) : std::nullopt;
}

const Order& ShopState::order(const OrderId& id) {
  if (auto* order = orders_.find(id)) return *order;
  return orders_.add(id, read_order(store_, id, seen_));
}

const Visitor& ShopState::visitor(const Fingerprint& id) {
  return find_or_load(visitors_, id, [&] { return read_visitor(store_, id); });
}

bool ShopState::has_purchased(const MemberId& member) {
  const auto number = known_member(member);
  auto& rows = members_.rows();
  if (const auto known = rows.has_purchased(number)) return *known;
  const bool has = eventstore::has_purchased(store_, member);
  rows.set_purchased(number, has);
  return has;
}

std::optional<StreamHead> ShopState::known_head(const StreamId& stream) {
  if (stream.kind != StreamKind::account) return std::nullopt;
  const auto holder = members_.find(stream.id);
  return holder == nobody ? std::nullopt : members_.rows().account_head(holder);
}

/// Of a known member, and known itself; nobody where there is none.
MemberNumber ShopState::known_referrer(MemberNumber below) {
  const auto& rows = members_.rows();
  const auto referrer = rows.referrer(below);
  if (referrer == nobody || rows.is_known(referrer)) return referrer;
  return known_member({std::string(rows.id(referrer))});
}

bool ShopState::is_in_downline(const MemberId& member, const MemberId& candidate) {
  for (auto at = known_member(candidate); at != nobody; at = known_referrer(at)) {
    if (members_.rows().id(at) == member.value) return true;
  }
  return false;
}

std::vector<UplineMember> ShopState::upline(const MemberId& member, std::size_t levels) {
  std::vector<UplineMember> above;
  for (auto at = known_member(member); above.size() < levels;) {
    at = known_referrer(at);
    if (at == nobody) break;
    const auto& rows = members_.rows();
    MemberId id{std::string(rows.id(at))};
    if (!rows.is_enrolled(at)) throw DamagedStore("member " + id.value + " is a referrer, but was never enrolled");
    above.push_back({std::move(id), rows.standing(at)});
  }
  return above;
}

/// Who has just been enrolled has bought nothing yet: only a member's purchase is a first one.
void ShopState::carry_member(const RecordedEvent& event) {
  const auto& id = event.stream.id;
  if (event.version == Version{1}) {
    members_.put(id, {step_member(Member{}, event), false});
  } else if (const auto number = members_.find(id); number != nobody) {
    auto known = members_.rows().known(number);
    known.state = step_member(std::move(known.state), event);
    members_.rows().put(number, known);
  } else {
    note_change_of_unknown({id});
  }
  may_have_erasures_ = may_have_erasures_ || std::holds_alternative<MemberErased>(event.event);
}

void ShopState::carry_account(const RecordedEvent& event) {
  if (const auto holder = members_.find(event.stream.id); holder != nobody) {
    members_.rows().set_account_head(holder, {event.version, event.position});
  } else {
    note_change_of_unknown({event.stream.id});
  }
  if (const auto* order = order_of_entry(event.event)) carry_order(orders_, *order, event);
}

void ShopState::carry_streams(const RecordedEvent& event) {
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
      carry_member(event);
      break;
    case StreamKind::visitor:
      if (auto* state = visitors_.find(visitor_of(event.stream))) *state = step_visitor(std::move(*state), event);
      break;
    case StreamKind::order:
      carry_order(orders_, {event.stream.id}, event);
      break;
    case StreamKind::pool:
    case StreamKind::settlement:
      break;
    case StreamKind::account:
      carry_account(event);
      break;
  }
  const auto* paid = std::get_if<PaymentReceived>(&event.event);
  if (paid == nullptr || !paid->first_purchase) return;
  if (const auto buyer = members_.find(paid->first_purchase->value); buyer != nobody) {
    members_.rows().set_purchased(buyer, true);
  } else {
    note_change_of_unknown(*paid->first_purchase);
  }
}

void ShopState::note_change_of_unknown(const MemberId& id) {
  if (expects_more_members()) expected_members_->changed.insert(id);
}

void ShopState::expect_members() { expected_members_.emplace(ExpectedMembers{.since = seen_}); }

void ShopState::expect_no_more_members() {
  if (expected_members_) expected_members_.emplace(ExpectedMembers{.are_complete = true});
}

/// What was read is as good as what is known if every event behind it has passed by here: those of members who are
/// known have changed them, the others were noted.
void ShopState::take_in(MembersRead read) {
  if (!expects_more_members()) return;
  const auto& [since, are_complete, changed] = *expected_members_;
  if (read.as_of < since || read.as_of > seen_) return;
  if (!changed.empty()) std::erase_if(read.members, [&](const auto& one) { return changed.contains(one.id); });
  members_.merge(read.members);
}

void ShopState::load_for(const NewEvents& events) {
  for (const auto& event : events) {
    load_growing(event.stream, event.event);
    if (settlement_of(event.stream, event.event)) settlements();
  }
}

void ShopState::apply(const RecordedEvent& event) {
  take_in(event);
  if (auto id = settlement_of(event.stream, event.event)) settlements_changed_.insert(std::move(*id));
  const auto pool = changed_pool(event.stream, event.event);
  if (pool && std::ranges::find(pools_touched_, *pool) == pools_touched_.end()) pools_touched_.push_back(*pool);
}

std::vector<ProductId> ShopState::take_touched_pools() {
  std::ranges::sort(pools_touched_);
  return std::exchange(pools_touched_, {});
}

void ShopState::forget() {
  may_have_erasures_ = true;
  seen_ = {};
  policy_.reset();
  plans_.clear();
  products_.clear();
  members_.clear();
  expected_members_.reset();
  orders_.clear();
  visitors_.clear();
  pools_touched_.clear();
  as_of_.reset();
  is_first_storing_ = true;
  forget_growing();
}

}  // namespace upline::eventstore
