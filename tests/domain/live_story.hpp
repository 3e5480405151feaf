// A shop that sells live for two days: every event that a waiting order, its payments and its stock can lead to.
#pragma once

#include "domain/command.hpp"
#include "tests/domain/shop.hpp"
#include "tests/domain/stories.hpp"

#include <vector>

#include <catch2/catch.hpp>

namespace upline::tests {

inline const domain::ProductId live_keys{"live-keys"};
inline const domain::ProductId few_uses{"few-uses"};
inline const domain::ProductId by_hand{"by-hand"};
inline const domain::BatchId first_batch{"live-1"};
inline const domain::BatchId second_batch{"live-2"};
inline const auto june_1 = at("2026-06-01T12:00:00Z");
inline const auto june_2 = at("2026-06-02T12:00:00Z");
inline const auto visitor_seen = domain::Fingerprint{.bytes = {7}};

inline domain::Timestamp june_1_minute(std::int64_t n) {
  return {june_1.microseconds + n * 60 * domain::microseconds_per_second};
}

inline domain::PlaceOrder live_order(const char* id, const domain::ProductId& product, std::int64_t quantity,
                                     std::int64_t minute) {
  return {.order = domain::OrderId{id},
          .member = d,
          .product = product,
          .quantity = domain::Quantity{quantity},
          .occurred_at = june_1_minute(minute)};
}
inline domain::PayOrder live_payment(const char* payment, const char* order, std::int64_t amount, std::int64_t minute,
                                     const domain::Currency& currency = cny) {
  return {domain::PaymentId{payment}, domain::OrderId{order}, domain::Minor{amount}, currency, "alipay",
          june_1_minute(minute)};
}
inline domain::RefundOrder live_refund_of(const char* refund, const char* order, std::int64_t amount,
                                          std::int64_t minute) {
  return {.refund = domain::RefundId{refund},
          .order = domain::OrderId{order},
          .amount = domain::Minor{amount},
          .reason = "asked for it",
          .revoke_keys = true,
          .occurred_at = june_1_minute(minute)};
}

/// Four keys for sale and three that wait, a shared key that serves three units, and work by hand.
inline std::vector<domain::Command> live_opening() {
  using namespace domain;
  return {
      AddProduct{live_keys, "Live card", Minor{100}, cny, Fulfilment::key_pool, june_1},
      AddProduct{few_uses, "Family card", Minor{100}, cny, Fulfilment::reusable, june_1},
      AddProduct{by_hand, "Poster", Minor{100}, cny, Fulfilment::manual, june_1},
      ImportKeys{live_keys, first_batch, std::vector<SealedKey>(4), true, 0, june_1},
      ImportKeys{live_keys, second_batch, std::vector<SealedKey>(3), false, 0, june_1},
      ImportKeys{few_uses, first_batch, std::vector<SealedKey>(2), true, 3, june_1},
  };
}

inline std::vector<domain::Command> live_sales() {
  using namespace domain;
  return {
      // Underpaid, another currency, paid with an excess, a second payment, a mismatch, an excess returned.
      live_order("l1", live_keys, 2, 1),
      live_payment("p1", "l1", 120, 2),
      live_payment("p2", "l1", 5, 3, Currency{"USD"}),
      live_payment("p3", "l1", 120, 4),
      live_payment("p4", "l1", 200, 5),
      live_payment("p4", "l1", 201, 6),
      ReturnPayment{ReturnId{"x1"}, OrderId{"l1"}, Minor{240}, cny, "alipay", june_1_minute(7)},
      ReturnPayment{ReturnId{"x2"}, OrderId{"l1"}, Minor{5}, Currency{"USD"}, "alipay", june_1_minute(8)},
      // The last two keys: held, expired, held by another, paid late, and delivered when the other is cancelled.
      live_order("l2", live_keys, 2, 10),
      live_order("l3", live_keys, 2, 21),
      live_payment("p5", "l2", 200, 22),
      CancelOrder{OrderId{"l3"}, "too slow", june_1_minute(23)},
      // A release at a time; a waiting order that is paid back instead.
      ReleaseKeys{live_keys, second_batch, june_1_minute(60), june_1_minute(24)},
      PlaceOrder{.order = OrderId{"l4"},
                 .member = d,
                 .product = few_uses,
                 .quantity = Quantity{2},
                 .occurred_at = june_1_minute(25)},
      live_payment("p6", "l4", 200, 26),
      live_order("l5", few_uses, 2, 27),
      live_payment("p7", "l5", 200, 28),
      live_order("l6", live_keys, 3, 61),
      live_order("l7", few_uses, 1, 72),
      live_payment("p8", "l7", 100, 73),
      live_order("l8", live_keys, 2, 74),
      live_payment("p9", "l6", 300, 75),
      live_refund_of("lr1", "l6", 300, 76),
      live_payment("p10", "l8", 200, 77),
      // A bad key, keys that come back, and what is left of the stock.
      ReplaceKey{OrderId{"l2"}, 3, "dead", june_1_minute(78)},
      live_refund_of("lr2", "l2", 50, 79),
      ImportKeys{live_keys, BatchId{"live-3"}, std::vector<SealedKey>(2), true, 0, june_1_minute(80)},
      WithdrawKeys{live_keys, BatchId{"live-3"}, "a leak", june_1_minute(81)},
      RevokeKeys{live_keys, BatchId{"live-3"}, "a leak", june_1_minute(82)},
  };
}

inline std::vector<domain::Command> live_by_hand() {
  using namespace domain;
  return {
      RepriceProduct{by_hand, Minor{150}, june_1_minute(90)},
      live_order("l9", by_hand, 2, 91),
      RetireProduct{by_hand, "", june_1_minute(92)},
      live_payment("p11", "l9", 300, 93),
      MoveMember{d, a, "they agreed", june_1_minute(94)},
      RecordClick{visitor_seen, ReferralCode{"CCCCCCC"}, june_1_minute(95)},
      live_refund_of("lr3", "l9", 30, 96),
      DeliverOrder{OrderId{"l9"}, {}, june_2},
  };
}

/// Goes on from a shop of chain_of_four.
inline void sell_live(Shop& shop) {
  for (const auto& commands : {live_opening(), live_sales(), live_by_hand()}) {
    for (const auto& command : commands) {
      INFO("command of " << domain::format_rfc3339(occurred_at(command)));
      REQUIRE(shop.send(command).has_value());
    }
  }
}

}  // namespace upline::tests
