// Who calls: from the token in a request to the rights that it gives, from memory only. A thread of its own looks after
// the files.
#pragma once

#include "api/access.hpp"
#include "api/caller.hpp"
#include "api/cors.hpp"
#include "api/http.hpp"
#include "api/metrics_scope.hpp"
#include "api/shop_tokens.hpp"

#include <atomic>
#include <condition_variable>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace upline::api {

/// The token of `Authorization: Bearer TOKEN`; nothing where there is none, or more than one.
std::optional<std::string_view> bearer_token(const Request& request);

class Authentication {
 public:
  /// Told of files that cannot be read, in a sentence, on a thread of its own.
  using Warn = std::function<void(const std::string&)>;

  /// Pages of these origins may ask shops without tokens.
  Authentication(AllowedOrigins origins, Warn warn);
  Authentication(const Authentication&) = delete;
  Authentication& operator=(const Authentication&) = delete;
  /// Writes down when tokens were last used.
  ~Authentication();

  /// Before start().
  void add(const std::string& shop, std::unique_ptr<ShopTokens> tokens);
  /// From now on a change of a file, such as a revocation, is seen within a second.
  void start();

  /// Whether a shop asks for tokens.
  bool is_any_guarded() const { return is_any_guarded_; }
  std::vector<std::string> shops_without_tokens() const;

  /// What is refused before anything is looked at: on a server that has no tokens, whatever comes from elsewhere.
  std::optional<Response> refuse_foreign(const Request& request) const;

  /// The caller of a route that is for these roles, or the refusal: 401, the same for no token, an unknown, a revoked
  /// and an expired one, and for a shop that is not there; 403 for a foreign page before a shop without tokens. A route
  /// for anybody asks for no token, and is asked by a storefront without a name.
  std::expected<Caller, Response> caller(const Request& request, std::string_view shop, const Roles& roles) const;

  /// Whether a caller that was let in would still be, for answers that go on for long.
  bool still_admits(const Caller& caller, std::string_view shop) const;

  /// The shops that the request's token opens, and those that need none; 401 where there is none.
  std::expected<std::vector<std::string>, Response> shops_of(const Request& request) const;

  /// A shop's numbers are for its merchant and auditor; those of the server as a whole for who is that of every shop.
  /// All of it for whoever may ask at all, while no shop has tokens. 401 and 403 for who sees none.
  std::expected<MetricsScope, Response> metrics_scope(const Request& request) const;

 private:
  struct Watched {
    std::unique_ptr<ShopTokens> tokens{};
    std::string complaint{};  // the last one, told once
  };

  void watch(const std::stop_token& stop);
  void look_at(const std::string& shop, Watched& watched, domain::Duration uses_every);

  AllowedOrigins origins_;
  Warn warn_;
  std::map<std::string, Watched, std::less<>> shops_;
  std::atomic<bool> is_any_guarded_{};
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;
};

}  // namespace upline::api
