// Loads what a command needs to know and lets the domain decide: which states a command touches, in one place.
#pragma once

#include "domain/command.hpp"
#include "domain/event.hpp"
#include "eventstore/shop_state.hpp"

#include <expected>
#include <functional>

namespace upline::eventstore {

/// A fresh referral code, random in production.
using CodeSource = std::function<domain::ReferralCode()>;

/// Changes nothing. Throws DamagedStore where a stream cannot be read.
std::expected<domain::NewEvents, domain::Rejection> decide_on(ShopState& state, const domain::Command& command,
                                                              const CodeSource& propose_code);

}  // namespace upline::eventstore
