#include "tests/api/guarded_shop.hpp"

#include "eventstore/command_handler.hpp"
#include "tests/api/served_books.hpp"

#include <utility>

#include <fmt/format.h>

namespace upline::tests {

std::string make_token_for(const std::filesystem::path& shop, eventstore::Role role) {
  eventstore::TokenTerms terms{.role = role};
  if (role == eventstore::Role::promoter) terms.member = domain::MemberId{"bob"};
  return eventstore::open_tokens(shop)->create(std::move(terms), eventstore::system_clock_now()).text;
}

std::string bearer(std::string_view token) { return fmt::format("Authorization: Bearer {}\r\n", token); }

GuardedShop::GuardedShop(const Adjust& adjust) {
  make_kami(data_.path());
  for (const auto role : eventstore::roles) tokens_[role] = make_token_for(folder(), role);
  revoked_ = make_token_for(folder(), eventstore::Role::merchant);
  const auto file = eventstore::open_tokens(folder());
  file->revoke(eventstore::parse_token(revoked_)->id, eventstore::system_clock_now());
  api::ServerOptions options{.data = data_.path(), .vault_key = data_.path() / "vault.key"};
  options.transport.listen = {"127.0.0.1", 0};
  if (adjust) adjust(options);
  server_ = std::make_unique<api::Server>(std::move(options));
}

Answer GuardedShop::get(const std::string& path, std::string_view headers) const {
  return ask(tests::get("/v1/shops/kami" + path, headers));
}

Answer GuardedShop::post(const std::string& path, std::string_view body, std::string_view headers) const {
  return ask(tests::post("/v1/shops/kami" + path, body, headers));
}

Answer GuardedShop::ask(std::string_view request) const { return Client(server_->address().port).ask(request); }

}  // namespace upline::tests
