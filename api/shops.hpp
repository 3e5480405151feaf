// The shops of a data folder, opened to be served.
#pragma once

#include "api/authentication.hpp"
#include "api/health.hpp"
#include "api/metrics_page.hpp"
#include "api/served_shop.hpp"
#include "api/telemetry.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace upline::api {

class Shops {
 public:
  /// One that cannot be opened is told of and left out, unless it is the only one. Throws ShopNotFound where the folder
  /// holds none, and what opening throws.
  Shops(const std::filesystem::path& data, const std::filesystem::path& vault_key, const ServedShopOptions& options,
        Authentication& authentication, Telemetry& telemetry);

  /// Null where there is no such shop.
  ServedShop* find(std::string_view name) const;

  /// Under a number instead of the name, where names are not for everybody.
  std::vector<ShopHealth> health(bool with_names) const;
  std::vector<ShopReading> readings() const;
  std::vector<BreakerReading> breakers() const;
  const std::vector<std::string>& not_open() const { return not_open_; }

  /// Writes what the writers were given, and closes.
  void close() { served_.clear(); }

 private:
  std::map<std::string, std::unique_ptr<ServedShop>, std::less<>> served_;
  std::vector<std::string> not_open_;
};

}  // namespace upline::api
