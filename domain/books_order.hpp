// What the books keep of an order: about a hundred bytes, and some for its chain and its keys.
#pragma once

#include "domain/books_names.hpp"
#include "domain/money.hpp"
#include "domain/time.hpp"

#include <cstdint>

namespace upline::domain {

/// A level of an order's frozen chain. What it comes to is known at delivery, and then accrues or is forfeited.
struct BookedLevel {
  enum class Fate : std::uint8_t { open, accrued, forfeited };

  Minor share{};
  Minor kept{};
  Name beneficiary{};
  Fate fate{Fate::open};
};

struct BookedOrder {
  enum class Stage : std::uint8_t { none, placed, expired, cancelled, paid, delivered };

  Minor amount_due{};
  Minor received{};  // in the order's currency, less what was returned while it was unpaid
  Minor returned{};  // of what exceeded the amount due
  Minor refunded{};
  Minor refunded_before_delivery{};
  Timestamp paid_at{};     // the latest of the placing and the payments that count
  Timestamp expires_at{};  // of a live order
  Timestamp delivered_at{};
  std::uint64_t levels_first{};
  std::uint32_t version{};  // of the order's stream
  Name buyer{};
  Name product{};
  Name channel{};
  Name currency{};
  std::uint32_t quantity{};
  std::uint32_t terms{};       // one past the place of the frozen terms; 0 where no plan applies
  std::uint32_t keys_first{};  // place of the first of the ranges that the order holds
  std::uint32_t keys_count{};  // of ranges
  std::uint8_t level_count{};
  Stage stage{Stage::none};
  bool is_live{};       // placed to be paid, not recorded after the fact
  bool reserves{};      // holds as many keys as it has units
  bool awaits_stock{};  // stands in the queue of its pool
  bool holds_shared{};  // what it holds is shared with others
};

}  // namespace upline::domain
