// Who can reach the server, and whether it may be so.
#pragma once

#include "api/listen_address.hpp"

#include <optional>
#include <string>
#include <vector>

namespace upline::api {

struct Exposure {
  ListenAddress listen{};
  bool has_tls{};
  bool is_behind_proxy{};
  std::vector<std::string> shops_without_tokens{};
};

/// Why it must not be served so, and what to do: other machines reach a shop with tokens only, and never in clear text.
std::optional<std::string> refuse_exposure(const Exposure& exposure);

}  // namespace upline::api
