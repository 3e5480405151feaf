#include "eventstore/deciding.hpp"

#include "domain/overloaded.hpp"

#include <utility>

namespace upline::eventstore {

namespace {

using namespace domain;
using Decision = std::expected<NewEvents, Rejection>;

template <class AggregateEvent>
Decision addressed(const StreamId& stream, Timestamp at, std::expected<std::vector<AggregateEvent>, Rejection> events) {
  if (!events) return std::unexpected(std::move(events.error()));
  return on_stream(stream, at, std::move(*events));
}

class Decider {
 public:
  Decider(ShopState& state, const CodeSource& propose_code) : state_(state), propose_code_(propose_code) {}

  Decision operator()(const OpenShop& c) { return policy(c, false); }
  Decision operator()(const DeclareCurrency& c) { return policy(c, false); }
  Decision operator()(const ChangeLevelLimit& c) { return policy(c, false); }
  Decision operator()(const ChooseDefaultPlan& c) { return policy(c, plan_exists(c.plan)); }

  Decision operator()(const PublishPlan& c) {
    return in_shop([&](const OpenedShop& shop) {
      return addressed(stream_of(c.plan), c.occurred_at, decide(state_.plan(c.plan), c, shop));
    });
  }

  Decision operator()(const AddProduct& c) { return product(c, false); }
  Decision operator()(const AssignPlan& c) { return product(c, plan_exists(c.plan)); }

  Decision operator()(EnrolMember c) {
    if (c.referrer_code) {
      c.referrer = state_.owner_of(*c.referrer_code);
      if (!c.referrer) return refuse(Reason::unknown_referrer, c.referrer_code->value);
    }
    MemberSurroundings around;
    if (c.referrer) around.referrer = state_.member(*c.referrer);
    around.referrer_is_below = c.referrer == c.member;
    around.code_is_taken = !propose_free_code(c);
    return member(c, around);
  }

  Decision operator()(const BindReferrer& c) {
    const MemberSurroundings around{.referrer = state_.member(c.referrer),
                                    .referrer_is_below = state_.is_in_downline(c.member, c.referrer)};
    return member(c, around);
  }
  Decision operator()(const SuspendMember& c) { return member(c, {}); }
  Decision operator()(const ResumeMember& c) { return member(c, {}); }
  Decision operator()(const CloseMember& c) { return member(c, {}); }

  Decision operator()(const ImportKeys& c) {
    return in_shop([&](const OpenedShop&) {
      return addressed(pool_stream(c.product), c.occurred_at,
                       decide(state_.pool(c.product), c, state_.product(c.product)));
    });
  }

  Decision operator()(const RecordPurchase& c) {
    return in_shop([&](const OpenedShop& shop) {
      const auto& listed = state_.product(c.product);
      const auto plan = plan_in_force(shop, listed);
      const auto upline = plan ? state_.upline(c.member, level_count(plan->terms)) : std::vector<UplineMember>{};
      return decide({.order = state_.order(c.order),
                     .buyer = state_.member(c.member),
                     .product = listed,
                     .pool = state_.pool(c.product),
                     .turnover = state_.turnover(),
                     .plan = plan,
                     .upline = upline},
                    c);
    });
  }

  Decision operator()(const RefundOrder& c) { return decide(state_.order(c.order), state_.refund(c.refund), c); }

 private:
  /// Until the shop is open there is nothing to decide.
  template <class Decide>
  Decision in_shop(Decide decide_in) {
    const auto* shop = std::get_if<OpenedShop>(&state_.policy());
    if (shop == nullptr) return refuse(Reason::shop_not_open);
    return decide_in(*shop);
  }

  Decision policy(const PolicyCommand& c, bool exists) {
    const auto at = std::visit([](const auto& command) { return command.occurred_at; }, c);
    return addressed(policy_stream(), at, decide(state_.policy(), c, exists));
  }

  Decision product(const ProductCommand& c, bool exists) {
    const auto [id, at] =
        std::visit([](const auto& command) { return std::pair{command.product, command.occurred_at}; }, c);
    return in_shop([&](const OpenedShop& shop) {
      return addressed(stream_of(id), at, decide(state_.product(id), c, shop, exists));
    });
  }

  Decision member(const MemberCommand& c, const MemberSurroundings& around) {
    const auto [id, at] =
        std::visit([](const auto& command) { return std::pair{command.member, command.occurred_at}; }, c);
    return in_shop(
        [&](const OpenedShop&) { return addressed(stream_of(id), at, decide(state_.member(id), c, around)); });
  }

  bool plan_exists(const PlanId& id) { return std::holds_alternative<PublishedPlan>(state_.plan(id)); }

  /// False when several fresh codes in a row were taken, which random ones never are.
  bool propose_free_code(EnrolMember& c) {
    constexpr int attempts_max = 20;
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
      c.proposed_code = propose_code_();
      if (!state_.owner_of(c.proposed_code)) return true;
    }
    return false;
  }

  std::optional<PlanInForce> plan_in_force(const OpenedShop& shop, const Product& product) {
    const auto* listed = std::get_if<ListedProduct>(&product);
    if (listed == nullptr) return std::nullopt;
    const auto& id = listed->plan ? listed->plan : shop.default_plan;
    if (!id) return std::nullopt;
    const auto* plan = std::get_if<PublishedPlan>(&state_.plan(*id));
    if (plan == nullptr) return std::nullopt;
    return PlanInForce{*id, plan->latest, plan->versions.at(plan->latest)};
  }

  ShopState& state_;
  const CodeSource& propose_code_;
};

}  // namespace

Decision decide_on(ShopState& state, const Command& command, const CodeSource& propose_code) {
  return std::visit(Decider(state, propose_code), command);
}

}  // namespace upline::eventstore
