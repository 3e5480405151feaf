// What can be settled about a product again and again, as the inventory stores it.
#pragma once

#include <cstdint>

namespace upline::projections {

/// The numbers are stored in the read model.
enum class ProductSetting : std::uint8_t {
  plan = 1,
  unit_price = 2,
  retired = 3,
  units_per_member = 4,
  low_stock_level = 5,
};

}  // namespace upline::projections
