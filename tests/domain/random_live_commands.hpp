// Orders that are placed to be paid, whatever then happens to them, and the stock that they wait for: at random.
#pragma once

#include "domain/command.hpp"
#include "tests/domain/random_draws.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <string>

namespace upline::tests {

/// What is ordered under one of eight ids, mostly by the same buyer.
struct LiveOrder {
  domain::OrderId id{};
  domain::MemberId buyer{};
  domain::ProductId product{};
  domain::Quantity quantity{};
};

inline LiveOrder nth_live(int n) {
  const std::array products{key_product, limited_product, key_product, made_product,
                            key_product, shared_product,  key_product, token_product};
  const auto place = static_cast<std::size_t>(n) % products.size();
  return {domain::OrderId{"live-" + std::to_string(place)}, nth_member(n % 4), products[place],
          domain::Quantity{1 + n % 3}};
}

/// A recorded one or a live one.
inline domain::OrderId any_order(const Draw& draw) {
  return draw.second % 4 == 0 ? domain::OrderId{"o" + std::to_string(draw.number % 12)} : nth_live(draw.first).id;
}

inline domain::Command placing(const Draw& draw, domain::Timestamp now) {
  auto live = nth_live(draw.first);
  if (draw.second > 13) live.buyer = nth_member(draw.second);
  domain::PlaceOrder command{live.id, live.buyer, live.product, live.quantity, {}, {}, {}, now};
  if (draw.number % 3 == 0) command.address = nth_print(draw.number);
  return command;
}

/// Three payments to each order: all of it, half, and more than the rest; most come again and late. A few come with
/// another content, or in another currency.
inline domain::Command payment(const Draw& draw, domain::Timestamp now) {
  using namespace domain;
  const auto live = nth_live(draw.first);
  const auto which = draw.number % 3;
  const auto due = price_of(live.product).value * live.quantity.value;
  PayOrder command{.payment = PaymentId{live.id.value + "-pay-" + std::to_string(which)},
                   .order = live.id,
                   .amount = Minor{which == 0   ? due
                                   : which == 1 ? due / 2
                                                : due / 2 + 7},
                   .currency = currency_of(live.product),
                   .channel = which == 0 ? "alipay" : "wechat",
                   .occurred_at = {now.microseconds - draw.second * 60 * microseconds_per_second}};
  if (draw.second == 13) command.currency = command.currency == cny ? usdt : cny;
  if (draw.second == 14) command.order = nth_live(draw.first + 1).id;
  if (draw.second == 15) command.amount.value = draw.number % 2 == 0 ? 0 : std::numeric_limits<std::int64_t>::max() / 3;
  if (draw.second == 13 || draw.second == 15) command.payment.value += "-odd";
  return command;
}

inline domain::Command live_refund(const Draw& draw, domain::Timestamp now) {
  using namespace domain;
  const auto order = any_order(draw);
  const auto live = nth_live(draw.first);
  const auto due = price_of(live.product).value * live.quantity.value;
  return RefundOrder{.refund = RefundId{order.value + "-refund-" + std::to_string(draw.number % 4)},
                     .order = order,
                     .amount = Minor{draw.number % 4 == 0 ? due : due / 3},
                     .reason = "asked for it",
                     .kind = draw.number % 2 == 0 ? RefundKind::refund : RefundKind::chargeback,
                     .revoke_keys = draw.second % 2 == 0,
                     .occurred_at = now};
}

inline domain::Command returning(const Draw& draw, domain::Timestamp now) {
  using namespace domain;
  const auto live = nth_live(draw.first);
  const auto own = currency_of(live.product);
  return ReturnPayment{.id = ReturnId{live.id.value + "-return-" + std::to_string(draw.number % 5)},
                       .order = live.id,
                       .amount = Minor{1 + draw.number % 300},
                       .currency = draw.second > 12 ? (own == cny ? usdt : cny) : own,
                       .channel = "alipay",
                       .occurred_at = now};
}

inline domain::Command delivering(const Draw& draw, domain::Timestamp now) {
  domain::DeliverOrder command{nth_live(draw.first).id, {}, now};
  if (draw.second % 3 == 0) command.text = domain::SealedText{nth_print(draw.number), {}};
  return command;
}

inline domain::Command live_command(const Draw& draw, domain::Timestamp now) {
  using namespace domain;
  switch (draw.kind % 15) {
    case 0:
      return CancelOrder{nth_live(draw.first).id, "", now};
    case 1:
      return live_refund(draw, now);
    case 2:
      return returning(draw, now);
    case 3:
      return delivering(draw, now);
    case 4:
      return ReplaceKey{any_order(draw), static_cast<std::uint64_t>(1 + draw.number % 12), "dead", now};
    default:
      return draw.kind % 2 == 0 ? placing(draw, now) : payment(draw, now);
  }
}

inline domain::Command product_command(const Draw& draw, domain::Timestamp now) {
  using namespace domain;
  const auto product = nth_product(draw.second);
  switch (draw.number % 5) {
    case 0:
      return RepriceProduct{product, Minor{draw.number % 7 == 0 ? 0 : price_of(product).value}, now};
    case 1:
      return RetireProduct{product, "", now};
    case 2:
      return LimitPurchases{product, draw.second > 7 ? std::optional(1 + draw.number % 9) : std::nullopt, now};
    default:
      return RelistProduct{product, now};
  }
}

inline domain::Command stock_command(const Draw& draw, domain::Timestamp now) {
  using namespace domain;
  const auto product = draw.second % 3 == 0 ? limited_product : key_product;
  const BatchId batch{"b" + std::to_string(draw.number % 3)};
  const std::optional<Timestamp> later =
      draw.second % 2 == 0 ? std::optional(now + Duration{5 * 60 * microseconds_per_second}) : std::nullopt;
  switch (draw.first % 9) {
    case 0:
    case 1:
      return ReleaseKeys{product, batch, later, now};
    case 2:
      return WithdrawKeys{product, batch, "a leak", now};
    case 3:
      return RevokeKeys{product, batch, "a leak", now};
    case 4:
    case 5:
      return product_command(draw, now);
    default: {
      // Few, so that some orders have to wait.
      const auto use_limit = product == limited_product ? static_cast<std::uint32_t>(1 + draw.number % 4) : 0;
      return ImportKeys{
          product,   batch, std::vector<SealedKey>(static_cast<std::size_t>(1 + draw.number % 3)), draw.number % 2 == 0,
          use_limit, now};
    }
  }
}

}  // namespace upline::tests
