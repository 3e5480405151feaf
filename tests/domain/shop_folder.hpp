// What the shop in memory remembers of an event.
#pragma once

#include "tests/domain/shop.hpp"

#include <string>
#include <type_traits>
#include <utility>

namespace upline::tests {

class Folder {
 public:
  Folder(Shop& shop, const domain::NewEvent& event) : shop_(shop), id_(event.stream.id), at_(event.occurred_at) {}

  /// The states of the aggregate and of the others that follow the event; then what is known by its ids.
  template <class E>
  void operator()(const E& e) const {
    using namespace domain;
    if constexpr (std::is_constructible_v<PolicyEvent, const E&>) change(shop_.policy_, PolicyEvent{e});
    if constexpr (std::is_constructible_v<ProductEvent, const E&>) {
      change(shop_.products_[ProductId{id_}], ProductEvent{e});
    }
    if constexpr (std::is_constructible_v<KeyPoolEvent, const E&>) {
      change(shop_.pools_[ProductId{id_}], KeyPoolEvent{e});
    }
    if constexpr (std::is_constructible_v<OrderEvent, const E&>) {
      follow_stock(e);
      follow_order(e);
    }
    if constexpr (std::is_constructible_v<MemberEvent, const E&>) {
      auto& member = shop_.members_[MemberId{id_}];
      member = evolve(std::move(member), MemberEvent{e}, at_);
    }
    remember(e);
  }

  void operator()(const domain::PlanPublished& e) const { change(shop_.plans_[domain::PlanId{id_}], e); }
  void operator()(const domain::LinkClicked& e) const {
    auto& visitor = shop_.visitors_[id_];
    visitor = evolve(std::move(visitor), e, at_);
  }
  void operator()(const domain::CommissionAccrued& e) const {
    auto& order = shop_.orders_.at(e.order);
    order = evolve(std::move(order), e, domain::MemberId{id_}, at_);
  }
  void operator()(const domain::CommissionReversed& e) const { change(shop_.orders_.at(e.order), e); }

 private:
  template <class State, class E>
  static void change(State& state, const E& event) {
    state = evolve(std::move(state), event);
  }
  void follow_order(const domain::OrderEvent& event) const {
    auto& order = shop_.orders_[domain::OrderId{id_}];
    order = evolve(std::move(order), event, at_);
  }

  template <class E>
  void follow_stock(const E& e) const {
    using namespace domain;
    if constexpr (requires { evolve(KeyPool{}, e, OrderId{}); }) {
      auto& pool = shop_.pools_[e.product];
      pool = evolve(std::move(pool), e, OrderId{id_});
    } else if constexpr (requires { evolve(KeyPool{}, e); }) {
      change(shop_.pools_[e.product], e);
    } else if constexpr (std::is_same_v<E, OrderPlaced>) {
      auto& pool = shop_.pools_[e.product];
      pool = reserve(std::move(pool), e.reserved);
    } else if constexpr (requires { e.freed; }) {
      auto& pool = shop_.pools_[e.product];
      pool = free_reserved(std::move(pool), e.freed);
    }
  }

  template <class E>
  void remember(const E&) const {}
  void remember(const domain::MemberEnrolled& e) const { shop_.codes_.emplace(e.code, domain::MemberId{id_}); }
  void remember(const domain::PurchasesLimited&) const {
    std::erase_if(shop_.counted_, [&](const auto& counted) { return counted.second.product.value == id_; });
  }
  void remember(const domain::OrderPlaced& e) const {
    const auto product = shop_.products_.find(e.product);
    if (product == shop_.products_.end() || !std::get<domain::ListedProduct>(product->second).units_per_member) return;
    shop_.counted_[domain::OrderId{id_}] = {e.product, e.member, e.quantity, true};
  }
  void remember(const domain::OrderExpired&) const { count(false); }
  void remember(const domain::OrderCancelled&) const { count(false); }
  void remember(const domain::StockNoLongerAwaited&) const { count(false); }
  void remember(const domain::PaymentReceived& e) const {
    change(shop_.turnover_, e);
    if (e.payment) shop_.payments_[*e.payment] = {domain::OrderId{id_}, e.amount, e.currency};
    if (e.first_purchase) shop_.purchasers_.insert(*e.first_purchase);
    if (e.effect == domain::PaymentEffect::pays) count(true);
  }
  void remember(const domain::PaymentMismatched& e) const {
    shop_.mismatches_.insert({e.payment, e.order, e.amount, e.currency});
  }
  void remember(const domain::PaymentReturned& e) const { shop_.returns_[e.id] = {domain::OrderId{id_}, e}; }
  void remember(const domain::OrderRefunded& e) const { shop_.refunds_[e.refund] = {domain::OrderId{id_}, e, at_}; }

  void count(bool counts) const {
    const auto counted = shop_.counted_.find(domain::OrderId{id_});
    if (counted != shop_.counted_.end()) counted->second.count = counts;
  }

  Shop& shop_;
  const std::string& id_;
  domain::Timestamp at_;
};

}  // namespace upline::tests
