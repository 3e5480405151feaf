// The fields of every event, in the order in which they are stored: event_fields/ has them by what they are about. One
// list serves the payload's bytes (event_codec.cpp), its JSON (event_json.cpp) and a command's digest. A changed list
// is a new schema number.
#pragma once

#include "eventstore/event_fields/accounts.hpp"
#include "eventstore/event_fields/keys.hpp"
#include "eventstore/event_fields/members.hpp"
#include "eventstore/event_fields/orders.hpp"
#include "eventstore/event_fields/plans.hpp"
#include "eventstore/event_fields/policy.hpp"
#include "eventstore/event_fields/products.hpp"
#include "eventstore/event_fields/settlements.hpp"
