// An answer as it goes over the wire, in one piece.
#pragma once

#include "api/http.hpp"

#include <string>

namespace upline::api::transport {

/// What of the request decides how its answer is framed.
struct Framing {
  bool is_head{};
  bool is_http_1_0{};
  bool keeps_alive{};
};

/// Of a stream, what goes before it.
std::string response_text(const Response& response, Framing framing);

}  // namespace upline::api::transport
