#include "tests/domain/shop.hpp"

#include "domain/overloaded.hpp"

#include <algorithm>
#include <utility>

namespace upline::tests {

using namespace domain;

namespace {

using Decision = std::expected<NewEvents, Rejection>;

template <class Key, class State>
State look_up(const std::map<Key, State>& states, const Key& key) {
  const auto found = states.find(key);
  return found == states.end() ? State{} : found->second;
}

template <class AggregateEvent>
Decision addressed(const StreamId& stream, Timestamp at, std::expected<std::vector<AggregateEvent>, Rejection> events) {
  if (!events) return std::unexpected(events.error());
  return on_stream(stream, at, std::move(*events));
}

}  // namespace

class Decider {
 public:
  explicit Decider(const Shop& shop) : shop_(shop) {}

  template <class C>
  Decision operator()(const C& command) const {
    if constexpr (std::is_constructible_v<PolicyCommand, const C&>) return policy(command, command.occurred_at);
    if constexpr (std::is_constructible_v<ProductCommand, const C&>) return product(command.product, command);
    if constexpr (std::is_constructible_v<MemberCommand, const C&>) return member(command.member, command);
  }
  Decision operator()(const PublishPlan& c) const {
    return addressed(stream_of(c.plan), c.occurred_at, domain::decide(look_up(shop_.plans_, c.plan), c, opened()));
  }
  Decision operator()(const ImportKeys& c) const {
    return addressed(pool_stream(c.product), c.occurred_at,
                     domain::decide(shop_.pool(c.product), c, look_up(shop_.products_, c.product)));
  }
  Decision operator()(const RecordPurchase& c) const {
    const auto product = look_up(shop_.products_, c.product);
    const auto buyer = look_up(shop_.members_, c.member);
    const auto plan = plan_in_force(product);
    const auto upline = plan ? upline_of(c.member, level_count(plan->terms)) : std::vector<UplineMember>{};
    return domain::decide(
        PurchaseStates{shop_.order(c.order), buyer, product, shop_.pool(c.product), shop_.turnover_, plan, upline}, c);
  }
  Decision operator()(const RefundOrder& c) const {
    const auto found = shop_.refunds_.find(c.refund);
    return domain::decide(shop_.order(c.order),
                          found == shop_.refunds_.end() ? std::nullopt : std::optional(found->second), c);
  }

 private:
  Decision policy(const PolicyCommand& command, Timestamp at) const {
    const auto* choice = std::get_if<ChooseDefaultPlan>(&command);
    return addressed(policy_stream(), at,
                     domain::decide(shop_.policy_, command, choice != nullptr && shop_.plans_.contains(choice->plan)));
  }
  Decision product(const ProductId& id, const ProductCommand& command) const {
    const auto* assignment = std::get_if<AssignPlan>(&command);
    const bool plan_exists = assignment != nullptr && shop_.plans_.contains(assignment->plan);
    return addressed(stream_of(id), occurred_at(as_command(command)),
                     domain::decide(look_up(shop_.products_, id), command, opened(), plan_exists));
  }
  Decision member(const MemberId& id, const MemberCommand& command) const {
    MemberSurroundings around;
    if (const auto* enrolment = std::get_if<EnrolMember>(&command)) {
      if (enrolment->referrer) around = around_referrer(id, *enrolment->referrer);
      around.code_is_taken = shop_.codes_.contains(enrolment->proposed_code);
    }
    if (const auto* binding = std::get_if<BindReferrer>(&command)) around = around_referrer(id, binding->referrer);
    return addressed(stream_of(id), occurred_at(as_command(command)),
                     domain::decide(look_up(shop_.members_, id), command, around));
  }
  template <class Commands>
  static Command as_command(const Commands& commands) {
    return std::visit([](const auto& c) { return Command{c}; }, commands);
  }
  MemberSurroundings around_referrer(const MemberId& member, const MemberId& referrer) const {
    const auto above = upline_of(referrer, shop_.members_.size());
    const bool is_below =
        referrer == member || std::ranges::any_of(above, [&](const UplineMember& u) { return u.member == member; });
    return {.referrer = look_up(shop_.members_, referrer), .referrer_is_below = is_below};
  }
  OpenedShop opened() const { return std::get<OpenedShop>(shop_.policy_); }
  std::optional<PlanInForce> plan_in_force(const Product& product) const {
    const auto* listed = std::get_if<ListedProduct>(&product);
    if (listed == nullptr) return std::nullopt;
    const auto id = listed->plan ? listed->plan : opened().default_plan;
    if (!id) return std::nullopt;
    const auto& plan = std::get<PublishedPlan>(shop_.plans_.at(*id));
    return PlanInForce{*id, plan.latest, plan.versions.at(plan.latest)};
  }
  std::vector<UplineMember> upline_of(const MemberId& member, std::size_t levels) const {
    std::vector<UplineMember> upline;
    auto below = look_up(shop_.members_, member);
    while (upline.size() < levels) {
      const auto* enrolled = std::get_if<EnrolledMember>(&below);
      if (enrolled == nullptr || !enrolled->referrer) break;
      const auto id = *enrolled->referrer;
      below = look_up(shop_.members_, id);
      upline.push_back({id, std::get<EnrolledMember>(below).standing});
    }
    return upline;
  }

  const Shop& shop_;
};

class Folder {
 public:
  Folder(Shop& shop, const NewEvent& event) : shop_(shop), id_(event.stream.id), at_(event.occurred_at) {}

  void operator()(const PlanPublished& e) const { change(shop_.plans_[PlanId{id_}], e); }
  void operator()(const KeysDelivered& e) const {
    change(shop_.pools_[e.product], e);
    follow_order(e);
  }
  void operator()(const CommissionAccrued& e) const {
    auto& order = shop_.orders_.at(e.order);
    order = evolve(std::move(order), e, MemberId{id_}, at_);
  }
  void operator()(const CommissionReversed& e) const { change(shop_.orders_.at(e.order), e); }

  template <class E>
  void operator()(const E& e) const {
    if constexpr (std::is_constructible_v<PolicyEvent, const E&>) change(shop_.policy_, PolicyEvent{e});
    if constexpr (std::is_constructible_v<ProductEvent, const E&>) change(shop_.products_[ProductId{id_}], e);
    if constexpr (std::is_constructible_v<KeyPoolEvent, const E&>)
      change(shop_.pools_[ProductId{id_}], KeyPoolEvent{e});
    if constexpr (std::is_constructible_v<OrderEvent, const E&>) follow_order(e);
    if constexpr (std::is_constructible_v<MemberEvent, const E&>) {
      auto& member = shop_.members_[MemberId{id_}];
      member = evolve(std::move(member), e, at_);
    }
    if constexpr (std::is_same_v<E, MemberEnrolled>) shop_.codes_.emplace(e.code, MemberId{id_});
    if constexpr (std::is_same_v<E, OrderPlaced>) change(shop_.turnover_, e);
    if constexpr (std::is_same_v<E, OrderRefunded>) shop_.refunds_[e.refund] = {OrderId{id_}, e, at_};
  }

 private:
  template <class State, class E>
  static void change(State& state, const E& event) {
    state = evolve(std::move(state), event);
  }
  void follow_order(const OrderEvent& event) const {
    auto& order = shop_.orders_[OrderId{id_}];
    order = evolve(std::move(order), event, at_);
  }

  Shop& shop_;
  const std::string& id_;
  Timestamp at_;
};

Decision Shop::decide(const Command& command) const { return std::visit(Decider(*this), command); }

void Shop::append(const NewEvents& events) {
  for (const auto& event : events) {
    std::visit(Folder(*this, event), event.event);
    const auto last = log_.empty() ? event.occurred_at : log_.back().recorded_at;
    log_.push_back({Position{log_.size() + 1}, event.stream, Version{++versions_[event.stream]}, event.occurred_at,
                    std::max(last, event.occurred_at), event.event});
  }
}

Decision Shop::send(const Command& command) {
  auto decision = decide(command);
  if (decision) append(*decision);
  return decision;
}

const Order& Shop::order(const OrderId& id) const {
  static const Order none;
  const auto found = orders_.find(id);
  return found == orders_.end() ? none : found->second;
}

const KeyPool& Shop::pool(const ProductId& id) const {
  static const KeyPool none;
  const auto found = pools_.find(id);
  return found == pools_.end() ? none : found->second;
}

}  // namespace upline::tests
