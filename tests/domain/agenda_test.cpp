#include "domain/agenda.hpp"

#include "tests/domain/shop.hpp"
#include "tests/domain/stories.hpp"

#include <algorithm>

#include <rapidcheck/catch.h>

using namespace upline::domain;
using namespace upline::tests;

namespace {

constexpr Fingerprint here{.bytes = {1}};
const Batch batch{vip, BatchId{"b1"}};

Timestamp minute(std::int64_t n) { return {may_1.microseconds + n * 60 * microseconds_per_second}; }

OpenOrder open_order(Timestamp expires_at, std::optional<Fingerprint> address = {}) {
  return {d, vip, Quantity{1}, expires_at, address};
}

/// `o1@10`, `b1@20`: the minute behind each.
std::vector<std::string> due(const Agenda& agenda, Timestamp now, std::size_t count = 9) {
  std::vector<std::string> told;
  const auto tell = [&](const std::string& what, Timestamp at) {
    const auto minutes = (at.microseconds - may_1.microseconds) / (60 * microseconds_per_second);
    told.push_back(what + "@" + std::to_string(minutes));
  };
  for (const auto& item : agenda.due(now, count)) {
    if (const auto* expiry = std::get_if<DueExpiry>(&item)) tell(expiry->order.value, expiry->at);
    if (const auto* release = std::get_if<DueRelease>(&item)) tell(release->batch.second.value, release->at);
  }
  return told;
}

using Told = std::vector<std::string>;

AgendaChange follow(Agenda& agenda, const NewEvent& event) {
  return upline::domain::follow(agenda, {Position{1}, event.stream, Version{1}, event.occurred_at, {}, event.event});
}

}  // namespace

TEST_CASE("what is due comes earliest first, and not before its time", "[agenda]") {
  Agenda agenda;
  CHECK_FALSE(agenda.next());
  agenda.open(OrderId{"o1"}, open_order(minute(10)));
  agenda.open(OrderId{"o2"}, open_order(minute(5)));
  agenda.schedule(batch, minute(7));
  CHECK(agenda.next() == minute(5));
  CHECK(due(agenda, minute(4)).empty());
  CHECK(due(agenda, minute(5)) == Told{"o2@5"});
  CHECK(due(agenda, minute(9)) == Told{"o2@5", "b1@7"});
  CHECK(due(agenda, minute(60)) == Told{"o2@5", "b1@7", "o1@10"});
  CHECK(due(agenda, minute(60), 2) == Told{"o2@5", "b1@7"});
  CHECK(agenda.open_count() == 2);
}

TEST_CASE("at the same time keys are freed before others go on sale", "[agenda]") {
  Agenda agenda;
  agenda.schedule(batch, minute(5));
  agenda.open(OrderId{"o1"}, open_order(minute(5)));
  CHECK(due(agenda, minute(5)) == Told{"o1@5", "b1@5"});
}

TEST_CASE("open orders are counted by buyer and by address, until they close", "[agenda]") {
  Agenda agenda;
  agenda.open(OrderId{"o1"}, open_order(minute(10), here));
  agenda.open(OrderId{"o2"}, open_order(minute(10)));
  CHECK(agenda.open_of(d) == 2);
  CHECK(agenda.open_of(c) == 0);
  CHECK(agenda.open_from(here) == 1);
  CHECK(*agenda.find(OrderId{"o1"}) == open_order(minute(10), here));
  CHECK(agenda.close(OrderId{"o1"}) == open_order(minute(10), here));
  CHECK_FALSE(agenda.close(OrderId{"o1"}));
  CHECK(agenda.find(OrderId{"o1"}) == nullptr);
  CHECK(agenda.open_of(d) == 1);
  CHECK(agenda.open_from(here) == 0);
  CHECK(due(agenda, minute(60)) == Told{"o2@10"});
}

TEST_CASE("a batch has one schedule, the latest", "[agenda]") {
  Agenda agenda;
  agenda.schedule(batch, minute(5));
  agenda.schedule(batch, minute(8));
  CHECK(agenda.scheduled(batch) == minute(8));
  CHECK(due(agenda, minute(60)) == Told{"b1@8"});
  agenda.unschedule(batch);
  agenda.unschedule(batch);
  CHECK_FALSE(agenda.scheduled(batch));
  CHECK_FALSE(agenda.next());
}

TEST_CASE("an order is open from its placing to its payment, expiry or cancelling", "[agenda]") {
  const auto opened = OpenOrder{d, vip, Quantity{1}, may_1 + ten_minutes, {}};
  for (const auto& closing :
       {paid_live("p1", 999), of_order(OrderExpired{vip, {}}), of_order(OrderCancelled{vip, {}, ""})}) {
    Agenda agenda;
    CHECK(follow(agenda, ordered(999)).order == order_1);
    CHECK(*agenda.find(order_1) == opened);
    CHECK_FALSE(follow(agenda, received("p0", 1, PaymentEffect::underpays)).order);
    CHECK_FALSE(follow(agenda, received("p9", 1, PaymentEffect::owed_back, Currency{"USD"})).order);
    const auto change = follow(agenda, closing);
    CHECK(change.order == order_1);
    CHECK(change.closed == opened);
    CHECK(agenda.open_count() == 0);
    CHECK_FALSE(follow(agenda, closing).order);
  }
}

TEST_CASE("a recorded purchase is never open", "[agenda]") {
  Agenda agenda;
  for (const auto& event : worked_sale()) {
    const auto change = follow(agenda, event);
    CHECK((!change.order && !change.batch && !change.closed));
  }
  CHECK(agenda.open_count() == 0);
}

TEST_CASE("a schedule stands from its making to its end", "[agenda]") {
  Agenda agenda;
  CHECK(follow(agenda, of_pool(ReleaseScheduled{BatchId{"b1"}, minute(5)})).batch == batch);
  CHECK(agenda.releases() == std::map<Batch, Timestamp>{{batch, minute(5)}});
  CHECK_FALSE(follow(agenda, of_pool(KeysReleased{{1, 1}})).batch);
  CHECK(follow(agenda, of_pool(ScheduleEnded{BatchId{"b1"}})).batch == batch);
  CHECK(agenda.releases().empty());
}

TEST_CASE("whatever opened and closed, the agenda holds what is open in the order of its times", "[agenda]") {
  rc::prop("and counts it", [] {
    Agenda agenda;
    std::map<OrderId, std::int64_t> open;
    for (const auto& [number, expires] : *rc::gen::container<std::vector<std::pair<int, int>>>(
             rc::gen::pair(rc::gen::inRange(0, 9), rc::gen::inRange(0, 9)))) {
      const OrderId id{"o" + std::to_string(number)};
      if (open.erase(id) > 0) {
        RC_ASSERT(agenda.close(id).has_value());
      } else {
        agenda.open(id, open_order(minute(expires), here));
        open[id] = expires;
      }
      RC_ASSERT(agenda.open_of(d) == open.size());
      RC_ASSERT(agenda.open_from(here) == open.size());
      std::vector<std::pair<std::int64_t, OrderId>> expected;
      for (const auto& [order, at] : open) expected.emplace_back(minute(at).microseconds, order);
      std::ranges::sort(expected);
      const auto found = agenda.due(minute(9), 99);
      RC_ASSERT(found.size() == expected.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        RC_ASSERT(std::get<DueExpiry>(found[i]).order == expected[i].second);
      }
    }
  });
}
