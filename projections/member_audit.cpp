#include "projections/member_audit.hpp"

#include "domain/overloaded.hpp"
#include "eventstore/event_codec.hpp"

#include <utility>

namespace upline::projections {

namespace {

using namespace domain;
using eventstore::decode;
using eventstore::EventStore;

void take_member_event(MemberAudit& audit, const RecordedEvent& event) {
  std::visit(Overloaded{
                 [&](const MemberEnrolled& e) {
                   audit.enrolled_position = event.position;
                   audit.enrolled_at = event.occurred_at;
                   audit.code = e.code;
                   audit.referrer = e.referrer;
                   if (e.referrer) audit.bound_by = event.position;
                 },
                 [&](const ReferrerBound& e) {
                   audit.referrer = e.referrer;
                   audit.bound_by = event.position;
                 },
                 [&](const MemberSuspended&) { audit.standing = Standing::suspended; },
                 [&](const MemberResumed&) { audit.standing = Standing::active; },
                 [&](const MemberClosed&) { audit.standing = Standing::closed; },
                 [](const auto&) {},
             },
             event.event);
}

MemberId buyer_of(EventStore& store, const OrderId& order) {
  const auto events = store.read_stream(to_text(stream_of(order)));
  if (events.empty()) return {};
  const auto event = decode(events.front());
  const auto* placed = std::get_if<OrderPlaced>(&event.event);
  return placed != nullptr ? placed->member : MemberId{};
}

void take_entry(MemberAudit& audit, EventStore& store, RecordedEvent event) {
  AuditedEntry entry{.position = event.position, .version = event.version, .occurred_at = event.occurred_at};
  auto& sum = [&]() -> AuditedSum& {
    if (auto* accrued = std::get_if<CommissionAccrued>(&event.event)) {
      entry.order = accrued->order;
      entry.level = accrued->level;
      entry.accrued = std::move(*accrued);
    } else {
      auto& reversed = std::get<CommissionReversed>(event.event);
      entry.order = reversed.order;
      entry.level = reversed.level;
      entry.reversed = std::move(reversed);
    }
    return audit.sums[entry.currency()];
  }();
  if (entry.accrued) sum.earned.value += entry.accrued->amount.value;
  if (entry.reversed) sum.reversed.value += entry.reversed->amount.value;
  entry.buyer = buyer_of(store, entry.order);
  audit.entries.push_back(std::move(entry));
}

}  // namespace

std::optional<MemberAudit> audit_member(EventStore& store, const MemberId& member) {
  const auto events = store.read_stream(to_text(stream_of(member)));
  if (events.empty()) return std::nullopt;
  MemberAudit audit{.member = member};
  for (const auto& stored : events) take_member_event(audit, decode(stored));
  for (const auto& stored : store.read_stream(to_text(account_stream(member)))) {
    take_entry(audit, store, decode(stored));
  }
  return audit;
}

}  // namespace upline::projections
