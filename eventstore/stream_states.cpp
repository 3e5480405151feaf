#include "eventstore/stream_states.hpp"

#include "eventstore/event_codec.hpp"

namespace upline::eventstore {

using namespace domain;

namespace {

template <class State, class Step>
State fold(EventStore& store, const StreamId& stream, Step step, const Counts& counts = {}) {
  State state;
  for (const auto& stored : store.read_stream(to_text(stream))) {
    const bool does_count = !counts || counts(stored.position, stored.occurred_at);
    if (!does_count && stored.version == domain::Version{1}) return state;
    if (does_count) state = step(std::move(state), decode(stored));
  }
  return state;
}

}  // namespace

Policy step_policy(Policy state, RecordedEvent event) {
  return evolve(std::move(state), event_as<PolicyEvent>(std::move(event.event)));
}

Plan step_plan(Plan state, RecordedEvent event) {
  return evolve(std::move(state), event_as<PlanPublished>(std::move(event.event)));
}

Product step_product(Product state, RecordedEvent event) {
  return evolve(std::move(state), event_as<ProductEvent>(std::move(event.event)));
}

Member step_member(Member state, RecordedEvent event) {
  return evolve(std::move(state), event_as<MemberEvent>(std::move(event.event)), event.occurred_at);
}

Visitor step_visitor(Visitor state, RecordedEvent event) {
  return evolve(std::move(state), event_as<LinkClicked>(std::move(event.event)), event.occurred_at);
}

Policy read_policy(EventStore& store, const Counts& counts) {
  return fold<Policy>(store, policy_stream(), step_policy, counts);
}

Plan read_plan(EventStore& store, const PlanId& id, const Counts& counts) {
  return fold<Plan>(store, stream_of(id), step_plan, counts);
}

Product read_product(EventStore& store, const ProductId& id, const Counts& counts) {
  return fold<Product>(store, stream_of(id), step_product, counts);
}

Member read_member(EventStore& store, const MemberId& id) { return fold<Member>(store, stream_of(id), step_member); }

bool has_purchased(EventStore& store, const MemberId& id) {
  return store.claimed(ClaimKind::first_purchase, claim_key(id.value)).has_value();
}

Visitor read_visitor(EventStore& store, const Fingerprint& id) {
  return fold<Visitor>(store, stream_of(id), step_visitor);
}

}  // namespace upline::eventstore
