#include "eventstore/deciding.hpp"

#include "domain/overloaded.hpp"
#include "eventstore/claimed_events.hpp"
#include "eventstore/settlement_lines.hpp"

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
  Decision operator()(const ChangeReferralPolicy& c) { return policy(c, false); }
  Decision operator()(const ChangeReservationPolicy& c) { return policy(c, false); }
  Decision operator()(const ChangeSettlementPolicy& c) { return policy(c, false); }

  Decision operator()(const PublishPlan& c) {
    return in_shop([&](const OpenedShop& shop) {
      return addressed(stream_of(c.plan), c.occurred_at, decide(state_.plan(c.plan), c, shop));
    });
  }

  Decision operator()(const AddProduct& c) { return product(c, false); }
  Decision operator()(const AssignPlan& c) { return product(c, plan_exists(c.plan)); }
  Decision operator()(const RepriceProduct& c) { return product(c, false); }
  Decision operator()(const RetireProduct& c) { return product(c, false); }
  Decision operator()(const RelistProduct& c) { return product(c, false); }
  Decision operator()(const LimitPurchases& c) { return product(c, false); }
  Decision operator()(const SetLowStockLevel& c) { return product(c, false); }

  Decision operator()(EnrolMember c) {
    const auto* shop = std::get_if<OpenedShop>(&state_.policy());
    const auto policy = shop == nullptr ? ReferralPolicy{} : shop->referral;
    MemberSurroundings around{.policy = policy};
    if (c.referrer_code) {
      c.referrer = owner_of(state_.log(), *c.referrer_code);
      if (!c.referrer) return refuse(Reason::unknown_referrer, c.referrer_code->value);
      around.link_is_earned = !policy.link_needs_purchase || state_.has_purchased(*c.referrer);
    }
    if (!state_.standing(c.member)) follow_click(c, policy);
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
  Decision operator()(const EraseMember& c) { return member(c, {}); }
  Decision operator()(const MoveMember& c) {
    const MemberSurroundings around{.referrer = state_.member(c.referrer),
                                    .referrer_is_below = state_.is_in_downline(c.member, c.referrer)};
    return member(c, around);
  }

  Decision operator()(const RecordClick& c) {
    return in_shop([&](const OpenedShop& shop) {
      ClickSurroundings around{.referrer = owner_of(state_.log(), c.code)};
      if (around.referrer) {
        around.standing = state_.standing(*around.referrer).value();
        around.link_is_earned = !shop.referral.link_needs_purchase || state_.has_purchased(*around.referrer);
      }
      return addressed(stream_of(c.visitor), c.occurred_at, decide(state_.visitor(c.visitor), c, around));
    });
  }

  Decision operator()(const ImportKeys& c) { return pool(c); }
  Decision operator()(const ReleaseKeys& c) { return pool(c); }
  Decision operator()(const WithdrawKeys& c) { return pool(c); }
  Decision operator()(const RevokeKeys& c) { return pool(c); }

  Decision operator()(const RecordPurchase& c) {
    return in_shop([&](const OpenedShop& shop) {
      const auto& listed = state_.product(c.product);
      const auto plan = plan_in_force(shop, listed);
      // A gift is no purchase, and binds nobody.
      const auto first = c.amount == Minor{0} ? FirstPurchase{} : first_purchase(shop, c.member, c.occurred_at);
      const auto upline = upline_of_purchase(c.member, plan, first);
      return decide({.order = state_.order(c.order),
                     .buyer = state_.member(c.member),
                     .product = listed,
                     .pool = state_.pool(c.product),
                     .turnover = state_.turnover(),
                     .plan = plan,
                     .upline = upline,
                     .first_purchase = first},
                    c);
    });
  }

  Decision operator()(const PlaceOrder& c) {
    return in_shop([&](const OpenedShop& shop) {
      const auto& listed = state_.product(c.product);
      const auto* product = std::get_if<ListedProduct>(&listed);
      const bool limited = product != nullptr && product->units_per_member;
      return decide({.order = state_.order(c.order),
                     .buyer = state_.member(c.member),
                     .product = listed,
                     .pool = state_.pool(c.product),
                     .policy = shop.reservation,
                     .open_of_buyer = state_.agenda().open_of(c.member),
                     .open_from_address = c.address ? state_.agenda().open_from(*c.address) : 0,
                     .counted_units = limited ? state_.counted_units(c.product, c.member) : Quantity{}},
                    c);
    });
  }

  Decision operator()(const PayOrder& c) {
    return in_shop([&](const OpenedShop& shop) {
      const auto known = known_payment(state_.log(), c.payment);
      const auto& order = state_.order(c.order);
      const auto terms = terms_of(order) == nullptr ? OrderTerms{} : *terms_of(order);
      const auto& listed = state_.product(terms.product);
      const auto plan = plan_in_force(shop, listed);
      const auto first = first_purchase(shop, terms.member, c.occurred_at);
      const auto upline = upline_of_purchase(terms.member, plan, first);
      return decide({.order = order,
                     .known = known,
                     .mismatch_recorded = known && is_mismatch_recorded(state_.log(), c),
                     .product = listed,
                     .pool = state_.pool(terms.product),
                     .turnover = state_.turnover(),
                     .plan = plan,
                     .upline = upline,
                     .first_purchase = first},
                    c);
    });
  }

  Decision operator()(const DeliverOrder& c) {
    const auto& order = state_.order(c.order);
    const auto* paid = std::get_if<PaidOrder>(&order);
    const auto product = terms_of(order) == nullptr ? ProductId{} : terms_of(order)->product;
    const auto plan = paid == nullptr ? std::nullopt : frozen_plan(paid->chain);
    const auto upline = paid == nullptr ? std::vector<UplineMember>{} : frozen_upline(paid->chain);
    return decide({.order = order,
                   .product = state_.product(product),
                   .pool = state_.pool(product),
                   .plan = plan,
                   .upline = upline,
                   .buyer_is_erased = c.text && paid != nullptr && is_erased(paid->terms.member)},
                  c);
  }

  Decision operator()(const CancelOrder& c) { return decide(state_.order(c.order), c); }
  Decision operator()(const RefundOrder& c) {
    return decide(state_.order(c.order), known_refund(state_.log(), c.refund), c);
  }
  Decision operator()(const ReturnPayment& c) {
    return decide(state_.order(c.order), known_return(state_.log(), c.id), c);
  }
  Decision operator()(const ReplaceKey& c) {
    const auto& order = state_.order(c.order);
    const auto product = terms_of(order) == nullptr ? ProductId{} : terms_of(order)->product;
    return decide(order, state_.pool(product), c);
  }

  Decision operator()(const OpenSettlement& c) {
    return in_shop(
        [&](const OpenedShop&) { return open_settlement(state_.settlements(), c, state_.log().head().position); });
  }
  Decision operator()(const SchedulePayouts& c) { return schedule_payouts(state_.settlements(), c, next_digest); }
  Decision operator()(const FixSettlement& c) { return fix_settlement(state_.settlements(), c); }
  Decision operator()(const AbandonSettlement& c) { return abandon_settlement(state_.settlements(), c); }
  Decision operator()(const ApproveSettlement& c) {
    return in_shop(
        [&](const OpenedShop& shop) { return approve_settlement(state_.settlements(), c, shop.settlement); });
  }
  Decision operator()(const RecordExport& c) { return record_export(state_.settlements(), c); }
  Decision operator()(const CancelSettlement& c) { return cancel_settlement(state_.settlements(), c); }
  Decision operator()(const RecordPayoutResult& c) {
    const auto& settlements = state_.settlements();
    const auto settlement = settlements.known.find(c.settlement);
    const bool is_known = settlement != settlements.known.end();
    return record_payout_result(
        settlements, c,
        is_known ? known_payout(state_.log(), c.settlement, settlement->second.attempt, c.member, c.currency)
                 : KnownPayout{});
  }

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

  Decision pool(const KeyPoolCommand& c) {
    const auto [id, at] =
        std::visit([](const auto& command) { return std::pair{command.product, command.occurred_at}; }, c);
    return in_shop([&](const OpenedShop&) {
      return addressed(pool_stream(id), at, decide(state_.pool(id), c, state_.product(id)));
    });
  }

  /// Where nobody is named, the link that the visitor clicked last says who brought the member. It never refuses: a
  /// referrer who is closed by now is nobody.
  void follow_click(EnrolMember& c, const ReferralPolicy& policy) {
    if (c.referrer || !c.visitor || policy.binds != BindingRule::at_enrolment) return;
    const auto click = click_in_window(state_.visitor(*c.visitor), policy, c.occurred_at);
    if (click && click->referrer != c.member && is_open(click->referrer)) c.referrer = click->referrer;
  }

  bool is_open(const MemberId& id) {
    const auto standing = state_.standing(id);
    return standing && *standing != Standing::closed;
  }

  bool is_erased(const MemberId& id) {
    const auto member = state_.member(id);
    const auto* enrolled = std::get_if<EnrolledMember>(&member);
    return enrolled != nullptr && enrolled->is_erased;
  }

  FirstPurchase first_purchase(const OpenedShop& shop, const MemberId& buyer, Timestamp at) {
    if (!state_.standing(buyer) || state_.has_purchased(buyer)) return {};
    const auto enrolled = std::get<EnrolledMember>(state_.member(buyer));
    const auto visitor = enrolled.visitor ? state_.visitor(*enrolled.visitor) : Visitor{};
    auto referrer = referrer_at_first_purchase(enrolled, visitor, shop.referral, at);
    if (referrer && (!is_open(*referrer) || state_.is_in_downline(buyer, *referrer))) referrer.reset();
    return {.is_first = true, .referrer = std::move(referrer)};
  }

  /// The chain as it stands with this purchase.
  std::vector<UplineMember> upline_of_purchase(const MemberId& buyer, const std::optional<PlanInForce>& plan,
                                               const FirstPurchase& first) {
    if (!plan) return {};
    const auto levels = level_count(plan->terms);
    if (!first.referrer) return state_.upline(buyer, levels);
    std::vector<UplineMember> above{standing_of(*first.referrer)};
    for (auto& member : state_.upline(*first.referrer, levels - 1)) above.push_back(std::move(member));
    return above;
  }

  UplineMember standing_of(const MemberId& id) { return {id, state_.standing(id).value()}; }

  std::vector<UplineMember> frozen_upline(const std::optional<FrozenChain>& chain) {
    std::vector<UplineMember> above;
    if (!chain) return above;
    for (const auto& id : chain->upline) above.push_back(standing_of(id));
    return above;
  }

  std::optional<PlanInForce> frozen_plan(const std::optional<FrozenChain>& chain) {
    if (!chain) return std::nullopt;
    const auto& versions = std::get<PublishedPlan>(state_.plan(chain->plan)).versions;
    return PlanInForce{chain->plan, chain->version, versions.at(chain->version)};
  }

  bool plan_exists(const PlanId& id) { return std::holds_alternative<PublishedPlan>(state_.plan(id)); }

  /// False when several fresh codes in a row were taken, which random ones never are.
  bool propose_free_code(EnrolMember& c) {
    constexpr int attempts_max = 20;
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
      c.proposed_code = propose_code_();
      if (!owner_of(state_.log(), c.proposed_code)) return true;
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
