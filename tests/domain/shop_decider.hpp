// Which states a command of the shop in memory is decided on.
#pragma once

#include "tests/domain/shop.hpp"

#include <algorithm>
#include <set>
#include <type_traits>
#include <utility>
#include <variant>

namespace upline::tests {

using Decision = std::expected<domain::NewEvents, domain::Rejection>;

template <class Key, class State>
State look_up(const std::map<Key, State>& states, const Key& key) {
  const auto found = states.find(key);
  return found == states.end() ? State{} : found->second;
}

template <class Key, class Known>
std::optional<Known> find_known(const std::map<Key, Known>& known, const Key& key) {
  const auto found = known.find(key);
  return found == known.end() ? std::nullopt : std::optional(found->second);
}

template <class AggregateEvent>
Decision addressed(const domain::StreamId& stream, domain::Timestamp at,
                   std::expected<std::vector<AggregateEvent>, domain::Rejection> events) {
  if (!events) return std::unexpected(events.error());
  return on_stream(stream, at, std::move(*events));
}

class Decider {
 public:
  explicit Decider(const Shop& shop) : shop_(shop) {}

  template <class C>
  Decision operator()(const C& command) const {
    using namespace domain;
    if constexpr (std::is_constructible_v<PolicyCommand, const C&>) {
      return policy(command);
    } else if constexpr (std::is_constructible_v<ProductCommand, const C&>) {
      return product(command.product, command, command.occurred_at);
    } else if constexpr (std::is_constructible_v<KeyPoolCommand, const C&>) {
      return addressed(pool_stream(command.product), command.occurred_at,
                       domain::decide(shop_.pool(command.product), command, look_up(shop_.products_, command.product)));
    } else {
      return member(command.member, command, command.occurred_at);
    }
  }
  Decision operator()(const domain::PublishPlan& c) const;
  Decision operator()(const domain::EnrolMember& c) const;
  Decision operator()(const domain::RecordClick& c) const;
  Decision operator()(const domain::RecordPurchase& c) const;
  Decision operator()(const domain::PlaceOrder& c) const;
  Decision operator()(const domain::PayOrder& c) const;
  Decision operator()(const domain::DeliverOrder& c) const;
  Decision operator()(const domain::CancelOrder& c) const { return domain::decide(shop_.order(c.order), c); }
  Decision operator()(const domain::RefundOrder& c) const {
    return domain::decide(shop_.order(c.order), find_known(shop_.refunds_, c.refund), c);
  }
  Decision operator()(const domain::ReturnPayment& c) const {
    return domain::decide(shop_.order(c.order), find_known(shop_.returns_, c.id), c);
  }
  Decision operator()(const domain::ReplaceKey& c) const;
  Decision operator()(const domain::OpenSettlement& c) const {
    return open_settlement(shop_.settlements_, c, domain::Position{shop_.log_.size()});
  }
  Decision operator()(const domain::SchedulePayouts& c) const;
  Decision operator()(const domain::FixSettlement& c) const { return fix_settlement(shop_.settlements_, c); }
  Decision operator()(const domain::AbandonSettlement& c) const { return abandon_settlement(shop_.settlements_, c); }
  Decision operator()(const domain::ApproveSettlement& c) const {
    return approve_settlement(shop_.settlements_, c, opened().settlement);
  }
  Decision operator()(const domain::RecordExport& c) const { return record_export(shop_.settlements_, c); }
  Decision operator()(const domain::CancelSettlement& c) const { return cancel_settlement(shop_.settlements_, c); }
  Decision operator()(const domain::RecordPayoutResult& c) const;

 private:
  Decision policy(const domain::PolicyCommand& command) const;
  Decision product(const domain::ProductId& id, const domain::ProductCommand& command, domain::Timestamp at) const;
  Decision member(const domain::MemberId& id, const domain::MemberCommand& command, domain::Timestamp at) const;
  domain::MemberSurroundings around_referrer(const domain::MemberId& member, const domain::MemberId& referrer) const;
  bool is_below(const domain::MemberId& candidate, const domain::MemberId& member) const;
  bool link_is_earned(const domain::MemberId& referrer) const;
  domain::FirstPurchase first_purchase(const domain::MemberId& buyer, domain::Timestamp at) const;
  domain::Quantity counted_units(const domain::ProductId& product, const domain::MemberId& buyer) const;

  const domain::OpenedShop& opened() const { return std::get<domain::OpenedShop>(shop_.policy_); }
  std::optional<domain::PlanInForce> plan_in_force(const domain::Product& product) const;
  std::vector<domain::UplineMember> upline_of(const domain::MemberId& buyer, const domain::FirstPurchase& first,
                                              const std::optional<domain::PlanInForce>& plan) const;

  const Shop& shop_;
};

}  // namespace upline::tests
