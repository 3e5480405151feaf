// Whom a route is for, and how much it matters when not everything can be answered: each row of a table of routes says
// both.
#pragma once

#include "eventstore/role.hpp"

#include <cstdint>
#include <initializer_list>

namespace upline::api {

using eventstore::Role;

/// A set of roles, or anybody.
class Roles {
 public:
  /// Of a route that asks for no token, since it finds out by itself who asks, such as by a signature.
  static constexpr Roles anybody() {
    Roles all{};
    all.is_anybody_ = true;
    return all;
  }
  constexpr Roles(std::initializer_list<Role> list) {
    for (const auto role : list) bits_ |= bit(role);
  }
  constexpr bool contains(Role role) const { return is_anybody_ || (bits_ & bit(role)) != 0; }
  constexpr bool are_anybody() const { return is_anybody_; }

 private:
  static constexpr unsigned bit(Role role) { return 1U << static_cast<unsigned>(role); }

  unsigned bits_{};
  bool is_anybody_{};
};

/// The merchant's own: products, keys, plans, policy, refunds.
inline constexpr Roles merchant_only{Role::merchant};
/// What selling takes. Keys and contacts are shown to nobody else.
inline constexpr Roles sellers{Role::merchant, Role::storefront};
/// The books. No key and no contact is in them.
inline constexpr Roles readers{Role::merchant, Role::accountant, Role::auditor};
/// Who pays promoters.
inline constexpr Roles accountants{Role::merchant, Role::accountant};
/// What is for sale, and how an order stands.
inline constexpr Roles readers_and_sellers{Role::merchant, Role::storefront, Role::accountant, Role::auditor};
/// What a promoter sees of the one member that its token names; of any other, it is as if there were no such member.
inline constexpr Roles readers_and_the_promoter{Role::merchant, Role::accountant, Role::auditor, Role::promoter};

/// When there is too much to do, the less important is refused first.
enum class Importance : std::uint8_t {
  report,   // lists, audits, trees
  lookup,   // statements, one order, the stock
  order,    // new orders and members, and the merchant's commands
  payment,  // payments and deliveries, and what mends them
};

}  // namespace upline::api
