// Shops with something to settle, and the ways of an accountant's client.
#pragma once

#include "api/server.hpp"
#include "eventstore/role.hpp"
#include "tests/api/served_books.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace upline::tests {

/// The shop of the worked example with one sale of 9.99 CNY to dave on 1 May 2026: alice has 24, bob 49, carol 99, from
/// 8 May on.
class SettledBooks {
 public:
  using Adjust = std::function<void(api::ServerOptions&)>;
  explicit SettledBooks(Adjust adjust = {});

  ShopClient client() const { return ShopClient(port()); }
  /// Whose requests carry this token.
  ShopClient client_of(const std::string& token) const;
  std::uint16_t port() const { return server_->address().port; }
  /// The text of a new token. From the first one on, nobody is let in without.
  std::string make_token(eventstore::Role role) const;

  const std::filesystem::path& data() const { return folder_.path(); }
  std::filesystem::path shop_folder() const { return data() / "kami"; }
  void stop() { server_.reset(); }
  /// Once more, with other options.
  void restart(const Adjust& adjust = {});

 private:
  TempFolder folder_;
  std::unique_ptr<api::Server> server_;
};

/// A purchase of 9.99 CNY by dave, delivered at this time.
void sell(ShopClient& client, const std::string& order, const std::string& at = "2026-05-01T12:00:00Z");

/// Promoters p0000, p0001 ... each of whom brought one buyer who bought once, for 99. While no server runs.
void add_promoters(const SettledBooks& books, int count);

/// The body that opens a settlement of everything that was available on 20 May 2026.
nlohmann::json opening(const std::string& id, const nlohmann::json& instead = nlohmann::json::object());

/// How the settlement stands once its lines are no longer computed: waits for the log, never for a time.
nlohmann::json wait_for_settlement(ShopClient& client, const std::string& id);

/// Opens it and waits.
nlohmann::json settle(ShopClient& client, const std::string& id,
                      const nlohmann::json& instead = nlohmann::json::object());

/// In the first of its currencies.
nlohmann::json balance(ShopClient& client, const std::string& member);

/// `carol 99 scheduled`, of every line.
std::vector<std::string> lines_of(ShopClient& client, const std::string& id);

/// A row of results.
nlohmann::json result(const std::string& member, const std::string& status, const std::string& text = "");

}  // namespace upline::tests
