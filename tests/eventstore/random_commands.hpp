// Random commands over few names, so that they meet: the same member, order, refund or secret comes again and again.
#pragma once

#include "eventstore/command_handler.hpp"

#include <array>
#include <vector>

#include <rapidcheck.h>

namespace upline::tests {

/// What a command is made of, in numbers that rapidcheck makes smaller when it looks for the shortest failure.
using Seed = std::array<int, 6>;

rc::Gen<std::vector<Seed>> any_seeds();

/// Two plans, products of every kind that commands tell apart with six keys each, five members one under the other, and
/// four sales.
std::vector<eventstore::Request> opening_commands();

/// Three orders of `game`; and, when their ten minutes are over, a sale that leaves no key: who pays now has to wait.
std::vector<eventstore::Request> orders_that_will_expire();
std::vector<eventstore::Request> sale_of_the_rest();

eventstore::Request request_from(const Seed& seed);

}  // namespace upline::tests
