// From the read models to a balance that can be folded on.
#pragma once

#include "api/held_balance.hpp"
#include "api/reader.hpp"
#include "domain/ids.hpp"
#include "domain/time.hpp"

namespace upline::api {

/// As of a position that the read models have reached. About a microsecond for each entry of the account, twice.
HeldBalance read_balance(Reader& reader, const domain::MemberId& member, domain::Position position,
                         domain::Timestamp now);

}  // namespace upline::api
