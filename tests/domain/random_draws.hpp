// What the random commands are made of: small sets of ids, so that commands meet.
#pragma once

#include "tests/domain/shop.hpp"
#include "tests/domain/stories.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace upline::tests {

inline const domain::Currency usdt{"USDT"};
inline const domain::ProductId key_product{"keys"}, shared_product{"shared"}, limited_product{"limited"},
    made_product{"made"}, token_product{"token"};
inline const domain::PlanId percent_plan{"percent"}, fixed_plan{"fixed"};

/// Four numbers that a command is made of, small so that they shrink well.
struct Draw {
  int kind{};
  int first{};
  int second{};
  std::int64_t number{};
};

inline domain::MemberId nth_member(int n) { return domain::MemberId{"m" + std::to_string(n % 8)}; }
inline domain::ReferralCode first_code(int n) { return domain::ReferralCode{"first-" + std::to_string(n % 4)}; }
inline domain::Fingerprint nth_print(std::int64_t n) { return {.bytes = {static_cast<std::uint8_t>(1 + n % 3)}}; }
inline domain::ProductId nth_product(int n) {
  return std::vector{key_product, shared_product, made_product, token_product,
                     limited_product}[static_cast<std::size_t>(n % 5)];
}
inline domain::Currency currency_of(const domain::ProductId& product) {
  return product == shared_product || product == token_product ? usdt : cny;
}
/// As it is listed; the price may change.
inline domain::Minor price_of(const domain::ProductId& product) {
  if (product == key_product) return domain::Minor{999};
  return domain::Minor{product == shared_product ? 500 : 100};
}

}  // namespace upline::tests
