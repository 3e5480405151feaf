#include "domain/money.hpp"

#include <cassert>

namespace upline::domain {

namespace {
__extension__ using Wide = __int128;
}

Minor share_rounded_down(Minor amount, std::int64_t numerator, std::int64_t denominator) {
  assert(amount.value >= 0 && numerator >= 0 && denominator > 0 && numerator <= denominator);
  return Minor{static_cast<std::int64_t>(static_cast<Wide>(amount.value) * numerator / denominator)};
}

std::optional<Minor> checked_product(Minor unit, Quantity quantity) {
  std::int64_t product{};
  if (__builtin_mul_overflow(unit.value, quantity.value, &product)) return std::nullopt;
  return Minor{product};
}

Minor product_capped(Minor unit, Quantity quantity, Minor limit) {
  assert(unit.value >= 0 && quantity.value >= 0 && limit.value >= 0);
  const Wide product = static_cast<Wide>(unit.value) * quantity.value;
  return product < limit.value ? Minor{static_cast<std::int64_t>(product)} : limit;
}

}  // namespace upline::domain
