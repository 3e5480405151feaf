// What is sold and what is in stock, now and at any earlier moment.
#pragma once

#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/product.hpp"
#include "projections/as_of.hpp"
#include "projections/projection.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace upline::projections {

/// A product and its keys: imported = unreleased + released + reserved + delivered + revoked (ledger specification,
/// "Double entry"). All 0 where it has none. Handing out a shared key counts only when its limit is reached: then it is
/// delivered. The texts are borrowed for the visit.
struct Stock {
  std::string_view product{};
  std::string_view title{};
  domain::Minor unit_price{};  // of orders placed from now on
  std::string_view currency{};
  domain::Fulfilment fulfilment{};
  std::string_view plan{};  // empty where it follows the shop's default
  bool retired{};
  std::optional<domain::Quantity> units_per_member{};
  std::optional<domain::Quantity> low_stock_level{};
  std::int64_t unreleased{};
  std::int64_t released{};
  std::int64_t reserved{};
  std::int64_t delivered{};
  std::int64_t revoked{};
  std::int64_t waiting_orders{};  // paid, in the queue for keys
  std::int64_t waiting_units{};

  std::int64_t imported() const { return unreleased + released + reserved + delivered + revoked; }
  std::int64_t available() const { return released; }  // to sell
  bool is_low() const {
    return low_stock_level && domain::takes_keys(fulfilment) && available() <= low_stock_level->value;
  }
};

/// A batch that goes on sale by itself. The texts are borrowed for the visit.
struct ScheduledRelease {
  std::string_view product{};
  std::string_view batch{};
  domain::Timestamp at{};
  domain::Position position{};  // of the event that says so
};

const Projection& inventory_projection();

class Inventory {
 public:
  explicit Inventory(ReadModelDatabase& database) : database_(database) {}

  /// As of the checkpoint, in bytewise order of products.
  void stock(const std::function<void(const Stock&)>& visit) const;

  /// As of an earlier moment: products added by then, in the same order. About half a microsecond for every event that
  /// ever moved keys.
  void stock(const AsOf& as_of, const std::function<void(const Stock&)>& visit) const;

  /// One product as of a moment; false where it was not added by then.
  bool stock(const AsOf& as_of, const domain::ProductId& product, const std::function<void(const Stock&)>& visit) const;

  /// At most `limit` plans from behind `after` on, in bytewise order; `after` is empty for the first.
  std::vector<domain::PlanId> plans(std::string_view after, std::size_t limit) const;

  /// What is scheduled and not carried out by then, in the order of products and batches (bytewise).
  void scheduled_releases(const AsOf& as_of, const std::function<void(const ScheduledRelease&)>& visit) const;

 private:
  ReadModelDatabase& database_;
};

}  // namespace upline::projections
