// Whole files that are being made or taken, each on the server's disk: so many of them, in all shops together.
#pragma once

#include "api/http.hpp"

#include <memory>

namespace upline::api {

/// Given back with its last owner. Null where all are taken.
std::shared_ptr<void> take_download_place();

/// 503, for who found none.
Response no_download_place();

}  // namespace upline::api
