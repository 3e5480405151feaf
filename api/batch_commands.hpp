// The commands that a line of a batch may name, each with the route that takes it alone.
#pragma once

#include "api/endpoint.hpp"
#include "api/router.hpp"

#include <array>
#include <string_view>

namespace upline::api {

struct BatchCommand {
  std::string_view name;
  std::string_view path;  // of the POST route, behind the shop
};

/// Every command that has a route. The names never change.
inline constexpr std::array batch_commands{
    BatchCommand{"place_order", "/orders"},
    BatchCommand{"pay_order", "/orders/{order}/payments"},
    BatchCommand{"deliver_order", "/orders/{order}/delivery"},
    BatchCommand{"cancel_order", "/orders/{order}/cancellation"},
    BatchCommand{"refund_order", "/orders/{order}/refunds"},
    BatchCommand{"return_payment", "/orders/{order}/returns"},
    BatchCommand{"replace_key", "/orders/{order}/replacements"},
    BatchCommand{"record_purchase", "/purchases"},
    BatchCommand{"enrol_member", "/members"},
    BatchCommand{"bind_referrer", "/members/{member}/referrer"},
    BatchCommand{"move_member", "/members/{member}/move"},
    BatchCommand{"suspend_member", "/members/{member}/suspend"},
    BatchCommand{"resume_member", "/members/{member}/resume"},
    BatchCommand{"close_member", "/members/{member}/close"},
    BatchCommand{"erase_member", "/members/{member}/erase"},
    BatchCommand{"record_click", "/clicks"},
    BatchCommand{"add_product", "/products"},
    BatchCommand{"reprice_product", "/products/{product}/price"},
    BatchCommand{"retire_product", "/products/{product}/retirement"},
    BatchCommand{"relist_product", "/products/{product}/relisting"},
    BatchCommand{"limit_purchases", "/products/{product}/purchase-limit"},
    BatchCommand{"set_low_stock_level", "/products/{product}/low-stock-level"},
    BatchCommand{"assign_plan", "/products/{product}/plan"},
    BatchCommand{"import_keys", "/products/{product}/keys"},
    BatchCommand{"release_keys", "/products/{product}/keys/release"},
    BatchCommand{"withdraw_keys", "/products/{product}/keys/withdrawal"},
    BatchCommand{"revoke_keys", "/products/{product}/keys/revocation"},
    BatchCommand{"publish_plan", "/plans"},
    BatchCommand{"change_referral_policy", "/policy/referral"},
    BatchCommand{"change_reservation_policy", "/policy/reservation"},
    BatchCommand{"change_level_limit", "/policy/max-levels"},
    BatchCommand{"choose_default_plan", "/policy/default-plan"},
    BatchCommand{"change_settlement_policy", "/policy/settlement"},
    BatchCommand{"approve_settlement", "/settlements/{settlement}/approve"},
    BatchCommand{"cancel_settlement", "/settlements/{settlement}/cancel"},
};

/// The route of the command with this name, and its place in the table; null where no command has it.
struct CommandRoute {
  std::size_t place{};
  const Route<Endpoint>* route{};
};
CommandRoute find_command(std::string_view name);

}  // namespace upline::api
