// What the holder of an access token may be.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace upline::eventstore {

/// The numbers are stored; they never change.
enum class Role : std::uint8_t {
  storefront = 1,  // sells: places orders, reports payments, looks up what it sold, sees the stock
  merchant = 2,    // everything
  accountant = 3,  // reads the books, settles, exports
  auditor = 4,     // reads the books
  promoter = 5,    // one member: its own statement and how many stand below it
};

constexpr std::array roles{Role::storefront, Role::merchant, Role::accountant, Role::auditor, Role::promoter};

constexpr std::string_view name(Role role) {
  switch (role) {
    case Role::storefront:
      return "storefront";
    case Role::merchant:
      return "merchant";
    case Role::accountant:
      return "accountant";
    case Role::auditor:
      return "auditor";
    case Role::promoter:
      return "promoter";
  }
  return {};
}

constexpr std::optional<Role> parse_role(std::string_view text) {
  for (const auto role : roles) {
    if (name(role) == text) return role;
  }
  return std::nullopt;
}

}  // namespace upline::eventstore
