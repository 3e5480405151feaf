// Which bodies a route reads, by what they say of themselves.
#pragma once

#include "api/http.hpp"

namespace upline::api {

/// Throws Refused, 415, where a body says that it is something else than JSON (NDJSON), or that it is compressed. One
/// that says nothing is taken at its word, and so is application/x-www-form-urlencoded, which `curl -d` calls whatever
/// it sends.
void refuse_other_than_json(const Request& request);
void refuse_other_than_ndjson(const Request& request);

/// The same of a route that reads both; true where the body says that it is text/csv.
bool is_csv_else_json(const Request& request);

}  // namespace upline::api
