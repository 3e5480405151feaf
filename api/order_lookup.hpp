// A buyer finds its orders again by the contact and the query secret that it gave with them.
#pragma once

#include "api/endpoint.hpp"

namespace upline::api {

/// The orders of that contact and secret; none for a wrong secret as for an unknown contact, after the same work.
Response look_up_orders(Reader& reader, const Call& call);

}  // namespace upline::api
