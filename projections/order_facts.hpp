// What is true of an order at one moment, whatever else was recorded, and what follows from it: its state, and what the
// shop owes its buyer. At a moment in the past, events may count without others that came before them in the log.
#pragma once

#include "domain/money.hpp"

#include <cstdint>
#include <string_view>

namespace upline::projections {

/// How an order ended unpaid. The numbers are stored in read models.
enum class Ending : std::uint8_t { none = 0, expired = 1, cancelled = 2 };

struct OrderFacts {
  domain::Minor amount_due{};
  domain::Minor received{};  // in the order's currency, less what was returned
  domain::Minor refunded{};
  Ending ended{};
  bool is_paid{};
  bool waited_for_stock{};
  bool is_delivered{};
  bool operator==(const OrderFacts&) const = default;
};

/// As domain::state_name().
std::string_view state_name(const OrderFacts& facts);

/// In the order's own currency, apart from refunds: as domain::owed_back(). What came in other currencies is owed back
/// whole.
domain::Minor owed_back(const OrderFacts& facts);

/// What was paid for stock that is not there, less refunds; 0 where the order does not wait for stock.
domain::Minor awaiting_stock(const OrderFacts& facts);

}  // namespace upline::projections
