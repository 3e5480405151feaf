// The worked example's shop behind a server of its own, on a free port of this machine.
#pragma once

#include "api/server.hpp"
#include "tests/api/client.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace upline::tests {

/// A data folder with the shop `kami`: CNY, alice <- bob <- carol <- dave, products game (ten keys), licence
/// (reusable), course (external) and service (manual).
void make_kami(const std::filesystem::path& data);

struct JsonAnswer {
  unsigned status{};
  nlohmann::json body{};

  std::string code() const { return body.value("code", ""); }
};

/// Asks a shop's server in JSON; one connection, kept open. Throws std::logic_error where an answer is not as the
/// contract has it.
class ShopClient {
 public:
  /// `headers` go with every request, such as a token.
  explicit ShopClient(std::uint16_t port, std::string shop = "kami", std::string headers = "");

  JsonAnswer get(const std::string& path);
  JsonAnswer remove(const std::string& path);
  JsonAnswer post(const std::string& path, const nlohmann::json& body, const std::string& headers = "");
  JsonAnswer post_text(const std::string& path, std::string_view body, const std::string& headers = "");

 private:
  Client client_;
  std::string shop_;
  std::string headers_;
};

class ServedBooks {
 public:
  ServedBooks() : ServedBooks(api::TelemetryOptions{}) {}
  explicit ServedBooks(api::TelemetryOptions telemetry);

  std::uint16_t port() const { return server_->address().port; }
  ShopClient client() const { return ShopClient(port()); }
  const std::filesystem::path& data() const { return folder_.path(); }
  api::Server& server() { return *server_; }

  void restart();
  void stop() { server_.reset(); }

 private:
  void start();

  api::TelemetryOptions telemetry_;

  TempFolder folder_;
  std::unique_ptr<api::Server> server_;
};

}  // namespace upline::tests
