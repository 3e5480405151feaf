#include "api/authentication.hpp"

#include "api/problem.hpp"
#include "api/same_machine.hpp"
#include "eventstore/command_handler.hpp"
#include "eventstore/thread_name.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include <fmt/format.h>

namespace upline::api {

namespace {

using eventstore::Role;

constexpr std::chrono::milliseconds look_every{250};
constexpr domain::Duration uses_written_every{60 * domain::microseconds_per_second};

Response unauthenticated() {
  auto response = to_response(
      {401, "unauthenticated", "This needs an access token that is valid for the shop: Authorization: Bearer TOKEN."});
  response.headers.push_back({"WWW-Authenticate", "Bearer"});
  return response;
}

std::optional<Caller> caller_of(const ShopTokens& tokens, const Request& request) {
  const auto token = bearer_token(request);
  return token ? tokens.caller_of(*token, eventstore::system_clock_now()) : std::nullopt;
}

}  // namespace

std::optional<std::string_view> bearer_token(const Request& request) {
  const auto is_it = [](const Header& header) { return equal_ignoring_case(header.name, "Authorization"); };
  if (std::ranges::count_if(request.headers, is_it) != 1) return std::nullopt;
  constexpr std::string_view scheme = "Bearer ";
  std::string_view value = *request.header("Authorization");
  if (!equal_ignoring_case(value.substr(0, scheme.size()), scheme)) return std::nullopt;
  value.remove_prefix(scheme.size());
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return value;
}

Authentication::Authentication(AllowedOrigins origins, Warn warn)
    : origins_(std::move(origins)), warn_(std::move(warn)) {}

Authentication::~Authentication() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  for (auto& [name, watched] : shops_) look_at(name, watched, {0});
}

void Authentication::add(const std::string& shop, std::unique_ptr<ShopTokens> tokens) {
  if (tokens->is_guarded()) is_any_guarded_ = true;
  shops_.insert_or_assign(shop, Watched{std::move(tokens), {}});
}

void Authentication::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

std::vector<std::string> Authentication::shops_without_tokens() const {
  std::vector<std::string> names;
  for (const auto& [name, watched] : shops_) {
    if (!watched.tokens->is_guarded()) names.push_back(name);
  }
  return names;
}

std::optional<Response> Authentication::refuse_foreign(const Request& request) const {
  return is_any_guarded() ? std::nullopt : api::refuse_foreign(request, origins_);
}

std::expected<Caller, Response> Authentication::caller(const Request& request, std::string_view shop,
                                                       const Roles& roles) const {
  const auto hit = shops_.find(shop);
  if (hit == shops_.end() && is_any_guarded()) return std::unexpected(unauthenticated());
  if (hit == shops_.end() || !hit->second.tokens->is_guarded()) {
    if (auto refused = api::refuse_foreign(request, origins_)) return std::unexpected(std::move(*refused));
    return Caller{.role = Role::merchant};
  }
  if (roles.are_anybody()) return Caller{.role = Role::storefront};
  auto caller = caller_of(*hit->second.tokens, request);
  if (!caller) return std::unexpected(unauthenticated());
  return std::move(*caller);
}

bool Authentication::still_admits(const Caller& caller, std::string_view shop) const {
  const auto hit = shops_.find(shop);
  if (hit == shops_.end()) return false;
  const auto& tokens = *hit->second.tokens;
  return caller.token_id.empty() ? !tokens.is_guarded()
                                 : tokens.is_valid(caller.token_id, eventstore::system_clock_now());
}

std::expected<std::vector<std::string>, Response> Authentication::shops_of(const Request& request) const {
  std::vector<std::string> names;
  for (const auto& [name, watched] : shops_) {
    if (caller(request, name, {})) names.push_back(name);
  }
  if (names.empty()) return std::unexpected(unauthenticated());
  return names;
}

std::expected<MetricsScope, Response> Authentication::metrics_scope(const Request& request) const {
  if (!is_any_guarded()) return everything;
  MetricsScope scope;
  bool is_known = false;
  for (const auto& [name, watched] : shops_) {
    const auto who = caller(request, name, {});
    if (who && (who->role == Role::merchant || who->role == Role::auditor)) scope.shops.insert(name);
    is_known = is_known || who;
  }
  scope.sees_whole_server = scope.shops.size() == shops_.size();
  if (!scope.shops.empty()) return scope;
  if (!is_known) return std::unexpected(unauthenticated());
  return std::unexpected(to_response({403, "forbidden", "A shop's metrics are for the roles merchant and auditor."}));
}

void Authentication::watch(const std::stop_token& stop) {
  eventstore::name_this_thread("tokens");
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    for (auto& [name, watched] : shops_) look_at(name, watched, uses_written_every);
    stopped_.wait_for(lock, stop, look_every, [] { return false; });
  }
}

/// The tokens stay as they were where their file cannot be read: a shop is not to stand still for it, and whoever wants
/// one revoked is told by the command line that it cannot be done.
void Authentication::look_at(const std::string& shop, Watched& watched, domain::Duration uses_every) {
  try {
    watched.tokens->refresh();
    if (watched.tokens->is_guarded()) is_any_guarded_ = true;
    watched.tokens->write_down_uses(uses_every);
    watched.complaint.clear();
  } catch (const eventstore::StoreBusy&) {
    // The next look is soon.
  } catch (const std::exception& error) {
    if (std::exchange(watched.complaint, error.what()) == error.what() || !warn_) return;
    warn_(fmt::format("the tokens of shop '{}' are kept as they were: {}", shop, error.what()));
  }
}

}  // namespace upline::api
