// The shop in a few numbers, as of the checkpoint.
#pragma once

#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "projections/orders.hpp"
#include "projections/projection.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace upline::projections {

struct CurrencyTotals {
  domain::Minor sales{};     // amount due of the delivered orders, whatever was refunded of it
  domain::Minor refunded{};  // of all orders
  domain::Minor earned{};
  domain::Minor reversed{};
};

struct Totals {
  domain::Position position{};
  std::uint64_t members{};
  std::uint64_t orders{};                                  // placed, whatever became of them
  std::map<std::string, std::uint64_t> orders_by_state{};  // those that any order is in
  std::map<domain::Currency, CurrencyTotals> by_currency{};
  std::map<domain::Currency, LiabilitySum> liabilities{};  // where there are any; as Orders::liability_sums()
};

const Projection& shop_totals_projection();

class ShopTotals {
 public:
  explicit ShopTotals(ReadModelDatabase& database) : database_(database) {}

  /// The cost does not depend on the size of the shop.
  Totals totals() const;

 private:
  ReadModelDatabase& database_;
};

}  // namespace upline::projections
