#include "domain/agenda.hpp"

#include "domain/overloaded.hpp"

#include <algorithm>

namespace upline::domain {

namespace {

template <class Counts, class Key>
void count_down(Counts& counts, const Key& key) {
  const auto known = counts.find(key);
  if (--known->second == 0) counts.erase(known);
}

template <class Counts, class Key>
std::size_t count_in(const Counts& counts, const Key& key) {
  const auto known = counts.find(key);
  return known == counts.end() ? 0 : known->second;
}

AgendaChange close(Agenda& agenda, const OrderId& id) {
  auto closed = agenda.close(id);
  return closed ? AgendaChange{.order = id, .closed = std::move(closed)} : AgendaChange{};
}

}  // namespace

void Agenda::open(const OrderId& id, OpenOrder order) {
  expiries_.emplace(order.expires_at, id);
  ++by_buyer_[order.member];
  if (order.address) ++by_address_[*order.address];
  orders_.emplace(id, std::move(order));
}

std::optional<OpenOrder> Agenda::close(const OrderId& id) {
  const auto known = orders_.find(id);
  if (known == orders_.end()) return std::nullopt;
  auto order = std::move(known->second);
  orders_.erase(known);
  expiries_.erase({order.expires_at, id});
  count_down(by_buyer_, order.member);
  if (order.address) count_down(by_address_, *order.address);
  return order;
}

void Agenda::schedule(const Batch& batch, Timestamp at) {
  unschedule(batch);
  releases_.emplace(batch, at);
  release_times_.emplace(at, batch);
}

void Agenda::unschedule(const Batch& batch) {
  const auto known = releases_.find(batch);
  if (known == releases_.end()) return;
  release_times_.erase({known->second, batch});
  releases_.erase(known);
}

const OpenOrder* Agenda::find(const OrderId& id) const {
  const auto known = orders_.find(id);
  return known == orders_.end() ? nullptr : &known->second;
}

std::optional<Timestamp> Agenda::scheduled(const Batch& batch) const {
  const auto known = releases_.find(batch);
  return known == releases_.end() ? std::nullopt : std::optional(known->second);
}

std::size_t Agenda::open_of(const MemberId& buyer) const { return count_in(by_buyer_, buyer); }

std::size_t Agenda::open_from(const Fingerprint& address) const { return count_in(by_address_, address); }

std::vector<Due> Agenda::due(Timestamp now, std::size_t count) const {
  std::vector<Due> found;
  auto expiry = expiries_.begin();
  auto release = release_times_.begin();
  while (found.size() < count) {
    const bool expires = expiry != expiries_.end() && expiry->first <= now;
    const bool releases = release != release_times_.end() && release->first <= now;
    if (!expires && !releases) break;
    if (expires && (!releases || expiry->first <= release->first)) {
      found.emplace_back(DueExpiry{expiry->second, expiry->first});
      ++expiry;
    } else {
      found.emplace_back(DueRelease{release->second, release->first});
      ++release;
    }
  }
  return found;
}

std::optional<Timestamp> Agenda::next() const {
  std::optional<Timestamp> earliest;
  if (!expiries_.empty()) earliest = expiries_.begin()->first;
  if (!release_times_.empty()) earliest = std::min(earliest.value_or(timestamp_max), release_times_.begin()->first);
  return earliest;
}

AgendaChange follow(Agenda& agenda, const RecordedEvent& recorded) {
  const OrderId order{recorded.stream.id};
  const auto batch = [&](const BatchId& id) { return Batch{ProductId{recorded.stream.id}, id}; };
  return std::visit(Overloaded{
                        [&](const OrderPlaced& e) -> AgendaChange {
                          if (!e.expires_at) return {};
                          agenda.open(order, {e.member, e.product, e.quantity, *e.expires_at, e.address});
                          return {.order = order};
                        },
                        [&](const PaymentReceived& e) {
                          return e.effect == PaymentEffect::pays ? close(agenda, order) : AgendaChange{};
                        },
                        [&](const OrderExpired&) { return close(agenda, order); },
                        [&](const OrderCancelled&) { return close(agenda, order); },
                        [&](const ReleaseScheduled& e) {
                          agenda.schedule(batch(e.batch), e.at);
                          return AgendaChange{.batch = batch(e.batch)};
                        },
                        [&](const ScheduleEnded& e) {
                          agenda.unschedule(batch(e.batch));
                          return AgendaChange{.batch = batch(e.batch)};
                        },
                        [](const auto&) { return AgendaChange{}; },
                    },
                    recorded.event);
}

}  // namespace upline::domain
