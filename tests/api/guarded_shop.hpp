// The worked example's shop behind a server that asks for tokens: one for each role, and one that was revoked.
#pragma once

#include "api/server.hpp"
#include "eventstore/tokens.hpp"
#include "tests/api/client.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace upline::tests {

/// The text of a new token of the shop in that folder. A promoter's is bob's.
std::string make_token_for(const std::filesystem::path& shop, eventstore::Role role);

std::string bearer(std::string_view token);

class GuardedShop {
 public:
  using Adjust = std::function<void(api::ServerOptions&)>;
  explicit GuardedShop(const Adjust& adjust = {});

  const std::string& token(eventstore::Role role) const { return tokens_.at(role); }
  const std::string& revoked_token() const { return revoked_; }
  std::filesystem::path folder() const { return data_.path() / "kami"; }

  /// On a connection of its own. The path is behind /v1/shops/kami.
  Answer get(const std::string& path, std::string_view headers = "") const;
  Answer post(const std::string& path, std::string_view body, std::string_view headers = "") const;
  Answer ask(std::string_view request) const;

  api::Server& server() { return *server_; }
  /// Ends it: what it knows is written.
  void stop() { server_.reset(); }

 private:
  TempFolder data_;
  std::map<eventstore::Role, std::string> tokens_;
  std::string revoked_;
  std::unique_ptr<api::Server> server_;
};

}  // namespace upline::tests
