#include "api/exposure.hpp"

#include <fmt/format.h>

namespace upline::api {

std::optional<std::string> refuse_exposure(const Exposure& exposure) {
  const bool is_reachable = !is_loopback(exposure.listen);
  if (!is_reachable && !exposure.is_behind_proxy) return std::nullopt;
  const auto who = is_reachable ? to_string(exposure.listen) + " can be reached from other machines"
                                : std::string("a proxy lets other machines in");
  if (!exposure.shops_without_tokens.empty()) {
    const auto& shop = exposure.shops_without_tokens.front();
    return fmt::format(
        "{}, and shop '{}' has no access token: make one with: upline token create --shop {} "
        "--role merchant",
        who, shop, shop);
  }
  if (exposure.has_tls || exposure.is_behind_proxy) return std::nullopt;
  return who +
         ", and tokens and keys would cross the network in clear text: give --tls-certificate and --tls-key, or "
         "--behind-proxy where a proxy does TLS";
}

}  // namespace upline::api
