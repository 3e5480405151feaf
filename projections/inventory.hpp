// What is sold and what is in stock, now and at any earlier moment.
#pragma once

#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/product.hpp"
#include "projections/as_of.hpp"
#include "projections/projection.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace upline::projections {

/// A product and its keys: imported = unreleased + released + reserved + delivered + revoked (ledger specification,
/// "Double entry"). All 0 where it has none. A shared key is never used up, so handing it out counts as nothing. The
/// texts are borrowed for the visit.
struct Stock {
  std::string_view product{};
  std::string_view title{};
  domain::Minor unit_price{};
  std::string_view currency{};
  domain::Fulfilment fulfilment{};
  std::string_view plan{};  // empty where it follows the shop's default
  std::int64_t unreleased{};
  std::int64_t released{};
  std::int64_t reserved{};
  std::int64_t delivered{};
  std::int64_t revoked{};

  std::int64_t imported() const { return unreleased + released + reserved + delivered + revoked; }
  std::int64_t available() const { return released; }  // to sell
};

const Projection& inventory_projection();

class Inventory {
 public:
  explicit Inventory(ReadModelDatabase& database) : database_(database) {}

  /// As of the checkpoint, in bytewise order of products.
  void stock(const std::function<void(const Stock&)>& visit) const;

  /// As of an earlier moment: products added by then, in the same order. About half a microsecond for every import,
  /// release and delivery of keys there ever was.
  void stock(const AsOf& as_of, const std::function<void(const Stock&)>& visit) const;

 private:
  ReadModelDatabase& database_;
};

}  // namespace upline::projections
