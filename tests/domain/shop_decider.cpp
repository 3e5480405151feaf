#include "tests/domain/shop_decider.hpp"

#include "domain/overloaded.hpp"

namespace upline::tests {

using namespace domain;

Decision Decider::operator()(const PublishPlan& c) const {
  return addressed(stream_of(c.plan), c.occurred_at, domain::decide(look_up(shop_.plans_, c.plan), c, opened()));
}

/// The code names a referrer; where nobody is named, the visitor's last click does.
Decision Decider::operator()(const EnrolMember& c) const {
  auto command = c;
  if (command.referrer_code && !command.referrer) command.referrer = find_known(shop_.codes_, *command.referrer_code);
  if (!command.referrer && command.visitor && std::holds_alternative<NotEnrolled>(look_up(shop_.members_, c.member))) {
    const auto click =
        click_in_window(look_up(shop_.visitors_, stream_of(*c.visitor).id), opened().referral, c.occurred_at);
    if (click) command.referrer = click->referrer;
  }
  return member(c.member, command, c.occurred_at);
}

Decision Decider::operator()(const RecordClick& c) const {
  ClickSurroundings around{.referrer = find_known(shop_.codes_, c.code)};
  if (around.referrer) {
    around.standing = std::get<EnrolledMember>(look_up(shop_.members_, *around.referrer)).standing;
    around.link_is_earned = link_is_earned(*around.referrer);
  }
  return addressed(stream_of(c.visitor), c.occurred_at,
                   domain::decide(look_up(shop_.visitors_, stream_of(c.visitor).id), c, around));
}

Decision Decider::operator()(const RecordPurchase& c) const {
  const auto product = look_up(shop_.products_, c.product);
  const auto buyer = look_up(shop_.members_, c.member);
  const auto plan = plan_in_force(product);
  const auto first = first_purchase(c.member, c.occurred_at);
  const auto upline = upline_of(c.member, c.amount == Minor{0} ? FirstPurchase{} : first, plan);
  return domain::decide(
      PurchaseStates{shop_.order(c.order), buyer, product, shop_.pool(c.product), shop_.turnover_, plan, upline, first},
      c);
}

Decision Decider::operator()(const PlaceOrder& c) const {
  const auto product = look_up(shop_.products_, c.product);
  const auto buyer = look_up(shop_.members_, c.member);
  const auto from_address = c.address ? shop_.agenda_.open_from(*c.address) : 0;
  return domain::decide(PlaceStates{shop_.order(c.order), buyer, product, shop_.pool(c.product), opened().reservation,
                                    shop_.agenda_.open_of(c.member), from_address, counted_units(c.product, c.member)},
                        c);
}

Decision Decider::operator()(const PayOrder& c) const {
  const auto& order = shop_.order(c.order);
  const auto known = find_known(shop_.payments_, c.payment);
  const bool mismatch_recorded = shop_.mismatches_.contains({c.payment, c.order, c.amount, c.currency});
  const auto terms = terms_of(order) == nullptr ? OrderTerms{} : *terms_of(order);
  const auto product = look_up(shop_.products_, terms.product);
  const auto plan = plan_in_force(product);
  const auto first = first_purchase(terms.member, c.occurred_at);
  const auto upline = upline_of(terms.member, first, plan);
  return domain::decide(PaymentStates{order, known, mismatch_recorded, product, shop_.pool(terms.product),
                                      shop_.turnover_, plan, upline, first},
                        c);
}

Decision Decider::operator()(const DeliverOrder& c) const {
  const auto& order = shop_.order(c.order);
  const auto terms = terms_of(order) == nullptr ? OrderTerms{} : *terms_of(order);
  const auto product = look_up(shop_.products_, terms.product);
  std::optional<PlanInForce> plan;
  std::vector<UplineMember> upline;
  if (const auto* paid = std::get_if<PaidOrder>(&order); paid != nullptr && paid->chain) {
    const auto& [id, version, members] = *paid->chain;
    plan = PlanInForce{id, version, std::get<PublishedPlan>(shop_.plans_.at(id)).versions.at(version)};
    for (const auto& member : members) {
      upline.push_back({member, std::get<EnrolledMember>(shop_.members_.at(member)).standing});
    }
  }
  const auto member = look_up(shop_.members_, terms.member);
  const auto* buyer = std::get_if<EnrolledMember>(&member);
  const bool buyer_is_erased = buyer != nullptr && buyer->is_erased;
  return domain::decide(DeliverStates{order, product, shop_.pool(terms.product), plan, upline, buyer_is_erased}, c);
}

Decision Decider::operator()(const ReplaceKey& c) const {
  const auto& order = shop_.order(c.order);
  const auto* terms = terms_of(order);
  return domain::decide(order, shop_.pool(terms == nullptr ? ProductId{} : terms->product), c);
}

/// Stands for SHA-256: what the domain does with a digest needs none.
Decision Decider::operator()(const SchedulePayouts& c) const {
  return schedule_payouts(shop_.settlements_, c, [](Digest digest, std::string_view text) {
    for (const auto byte : text) digest.bytes[0] = static_cast<std::uint8_t>(31 * digest.bytes[0] + byte);
    return digest;
  });
}

/// What claims lead to in a shop with a log.
Decision Decider::operator()(const RecordPayoutResult& c) const {
  const auto settlement = shop_.settlements_.known.find(c.settlement);
  KnownPayout known;
  for (const auto& event : shop_.log_) {
    if (settlement == shop_.settlements_.known.end() || event.stream != account_stream(c.member)) continue;
    const auto keep = [&](const auto& e, auto& into) {
      if (e.settlement == c.settlement && e.currency == c.currency && e.attempt == settlement->second.attempt) into = e;
    };
    if (const auto* line = std::get_if<PayoutScheduled>(&event.event)) keep(*line, known.line);
    if (const auto* paid = std::get_if<PayoutPaid>(&event.event)) keep(*paid, known.paid);
    if (const auto* failed = std::get_if<PayoutFailed>(&event.event)) keep(*failed, known.failed);
    if (const auto* returned = std::get_if<PayoutReturned>(&event.event)) keep(*returned, known.returned);
  }
  return record_payout_result(shop_.settlements_, c, known);
}

Decision Decider::policy(const PolicyCommand& command) const {
  const auto* choice = std::get_if<ChooseDefaultPlan>(&command);
  const auto at = std::visit([](const auto& c) { return c.occurred_at; }, command);
  return addressed(policy_stream(), at,
                   domain::decide(shop_.policy_, command, choice != nullptr && shop_.plans_.contains(choice->plan)));
}

Decision Decider::product(const ProductId& id, const ProductCommand& command, Timestamp at) const {
  const auto* assignment = std::get_if<AssignPlan>(&command);
  const bool plan_exists = assignment != nullptr && shop_.plans_.contains(assignment->plan);
  return addressed(stream_of(id), at, domain::decide(look_up(shop_.products_, id), command, opened(), plan_exists));
}

Decision Decider::member(const MemberId& id, const MemberCommand& command, Timestamp at) const {
  MemberSurroundings around;
  if (const auto* enrolment = std::get_if<EnrolMember>(&command)) {
    if (enrolment->referrer) around = around_referrer(id, *enrolment->referrer);
    around.code_is_taken = shop_.codes_.contains(enrolment->proposed_code);
  }
  if (const auto* binding = std::get_if<BindReferrer>(&command)) around = around_referrer(id, binding->referrer);
  if (const auto* moving = std::get_if<MoveMember>(&command)) around = around_referrer(id, moving->referrer);
  around.policy = opened().referral;
  return addressed(stream_of(id), at, domain::decide(look_up(shop_.members_, id), command, around));
}

MemberSurroundings Decider::around_referrer(const MemberId& member, const MemberId& referrer) const {
  return {.referrer = look_up(shop_.members_, referrer),
          .referrer_is_below = is_below(referrer, member),
          .link_is_earned = link_is_earned(referrer)};
}

/// Also true of the member itself.
bool Decider::is_below(const MemberId& candidate, const MemberId& member) const {
  for (std::optional<MemberId> above = candidate; above;) {
    if (*above == member) return true;
    const auto state = look_up(shop_.members_, *above);
    const auto* enrolled = std::get_if<EnrolledMember>(&state);
    above = enrolled == nullptr ? std::nullopt : enrolled->referrer;
  }
  return false;
}

bool Decider::link_is_earned(const MemberId& referrer) const {
  return !opened().referral.link_needs_purchase || shop_.purchasers_.contains(referrer);
}

FirstPurchase Decider::first_purchase(const MemberId& buyer, Timestamp at) const {
  const auto state = look_up(shop_.members_, buyer);
  const auto* enrolled = std::get_if<EnrolledMember>(&state);
  if (enrolled == nullptr || shop_.purchasers_.contains(buyer)) return {};
  const auto visitor = enrolled->visitor ? look_up(shop_.visitors_, stream_of(*enrolled->visitor).id) : Visitor{};
  FirstPurchase first{true, referrer_at_first_purchase(*enrolled, visitor, opened().referral, at)};
  if (first.referrer) {
    const auto above = look_up(shop_.members_, *first.referrer);
    const auto* referrer = std::get_if<EnrolledMember>(&above);
    const bool may = referrer != nullptr && referrer->standing != Standing::closed && !is_below(*first.referrer, buyer);
    if (!may) first.referrer.reset();
  }
  return first;
}

Quantity Decider::counted_units(const ProductId& product, const MemberId& buyer) const {
  Quantity units{};
  for (const auto& [order, counted] : shop_.counted_) {
    if (counted.count && counted.product == product && counted.member == buyer) units.value += counted.quantity.value;
  }
  return units;
}

std::optional<PlanInForce> Decider::plan_in_force(const Product& product) const {
  const auto* listed = std::get_if<ListedProduct>(&product);
  const auto& id = listed != nullptr && listed->plan ? listed->plan : opened().default_plan;
  if (!id) return std::nullopt;
  const auto& plan = std::get<PublishedPlan>(shop_.plans_.at(*id));
  return PlanInForce{*id, plan.latest, plan.versions.at(plan.latest)};
}

/// As it stands once the first purchase has bound.
std::vector<UplineMember> Decider::upline_of(const MemberId& buyer, const FirstPurchase& first,
                                             const std::optional<PlanInForce>& plan) const {
  const auto levels = plan ? level_count(plan->terms) : 0;
  const auto referrer_of = [&](const MemberId& member) {
    const auto state = look_up(shop_.members_, member);
    const auto* enrolled = std::get_if<EnrolledMember>(&state);
    return enrolled == nullptr ? std::nullopt : enrolled->referrer;
  };
  std::vector<UplineMember> upline;
  for (auto above = first.referrer ? first.referrer : referrer_of(buyer); above && upline.size() < levels;
       above = referrer_of(*above)) {
    upline.push_back({*above, std::get<EnrolledMember>(shop_.members_.at(*above)).standing});
  }
  return upline;
}

}  // namespace upline::tests
