// What came in for one order, and what went back: lists in the order of the log.
#pragma once

#include "api/endpoint.hpp"

namespace upline::api {

Response list_payments(Reader& reader, const Call& call);
Response list_refunds(Reader& reader, const Call& call);

}  // namespace upline::api
