#include "cli/verbs.hpp"
#include "cli/writing.hpp"
#include "domain/policy.hpp"
#include "eventstore/stream_states.hpp"
#include "eventstore/tokens.hpp"

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <variant>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

using eventstore::Role;
using eventstore::Token;
using Json = nlohmann::ordered_json;

constexpr std::size_t label_bytes_max = 100;

Json time_json(const std::optional<domain::Timestamp>& time) {
  return time ? Json(domain::format_rfc3339(*time)) : Json(nullptr);
}

Json token_json(const Token& token) {
  return {{"id", token.id},
          {"role", name(token.terms.role)},
          {"member", token.terms.member ? Json(token.terms.member->value) : Json(nullptr)},
          {"label", token.terms.label},
          {"created_at", domain::format_rfc3339(token.created_at)},
          {"expires_at", time_json(token.terms.expires_at)},
          {"revoked_at", time_json(token.revoked_at)},
          {"last_used_at", time_json(token.last_used_at)}};
}

// Creating

struct CreateOptions {
  ShopOptions shop;
  std::string role;
  std::string member;
  std::string label;
  std::string expires_in;
  Format format{Format::table};
};

std::optional<domain::MemberId> member_of(eventstore::Shop& shop, Role role, const std::string& text) {
  if ((role == Role::promoter) != !text.empty())
    throw UsageError("--member goes with --role promoter, and with no other");
  if (text.empty()) return std::nullopt;
  domain::MemberId member{text};
  if (std::holds_alternative<domain::NotEnrolled>(eventstore::read_member(shop.store(), member))) {
    throw NotFound("there is no member " + text + " in this shop");
  }
  return member;
}

std::optional<domain::Timestamp> expiry_of(const std::string& text, domain::Timestamp now) {
  if (text.empty()) return std::nullopt;
  const auto span = domain::parse_duration(text);
  if (!span || span->microseconds <= 0) {
    throw UsageError(fmt::format("--expires-in '{}' is no span of time such as 90d or 12h", text));
  }
  return now + *span;
}

eventstore::TokenTerms terms_of(eventstore::Shop& shop, const CreateOptions& options, domain::Timestamp now) {
  const auto role = eventstore::parse_role(options.role);
  if (!role) {
    throw UsageError(
        fmt::format("--role '{}' is not storefront, merchant, accountant, auditor or promoter", options.role));
  }
  if (!domain::is_plain_text(options.label, label_bytes_max)) {
    throw UsageError(fmt::format("--label has {} bytes at most, and no control character", label_bytes_max));
  }
  return {.role = *role,
          .member = member_of(shop, *role, options.member),
          .label = options.label,
          .expires_at = expiry_of(options.expires_in, now)};
}

void create(Context& context, const CreateOptions& options) {
  const auto shop = open_shop(options.shop);
  const auto now = eventstore::system_clock_now();
  auto terms = terms_of(*shop, options, now);
  const auto made = eventstore::open_tokens(shop->location().folder())->create(std::move(terms), now);
  if (options.format == Format::json) {
    auto json = token_json(made.token);
    json["token"] = made.text;
    return print_json(context, json);
  }
  const auto& token = made.token;
  context.out << fmt::format(
      "Token {} opens shop '{}' as {}{}{}. It is shown only now:\n{}\n", token.id, shop->location().shop,
      name(token.terms.role), token.terms.member ? " for member " + token.terms.member->value : "",
      token.terms.expires_at ? ", until " + domain::format_rfc3339(*token.terms.expires_at) : "", made.text);
}

// Listing and revoking

struct ListOptions {
  ShopOptions shop;
  Format format{Format::table};
};

Cell cell_of(const std::optional<domain::Timestamp>& time) {
  return time ? Cell(domain::format_rfc3339(*time)) : Cell(Absent{});
}

/// Without making the file: it is the first token that closes a shop.
std::vector<Token> tokens_of(const eventstore::Shop& shop) {
  const auto folder = shop.location().folder();
  if (!std::filesystem::exists(eventstore::tokens_file(folder))) return {};
  return eventstore::open_tokens(folder)->all();
}

void list(Context& context, const ListOptions& options) {
  const auto shop = open_shop(options.shop);
  const auto rows = row_writer(options.format, context,
                               {{"id", "token"},
                                {"role", "role"},
                                {"member", "member"},
                                {"label", "label"},
                                {"created_at", "made"},
                                {"last_used_at", "last used"},
                                {"expires_at", "expires"},
                                {"revoked_at", "revoked"}});
  for (const auto& token : tokens_of(*shop)) {
    const auto& member = token.terms.member;
    rows->row({token.id, std::string(name(token.terms.role)), member ? Cell(member->value) : Cell(Absent{}),
               FreeText{token.terms.label}, domain::format_rfc3339(token.created_at), cell_of(token.last_used_at),
               cell_of(token.terms.expires_at), cell_of(token.revoked_at)});
  }
  rows->end();
}

struct RevokeOptions {
  ShopOptions shop;
  std::string id;
  Format format{Format::table};
};

std::optional<Token> revoked(const eventstore::Shop& shop, const std::string& id) {
  const auto folder = shop.location().folder();
  if (!std::filesystem::exists(eventstore::tokens_file(folder))) return std::nullopt;
  return eventstore::open_tokens(folder)->revoke(id, eventstore::system_clock_now());
}

void revoke(Context& context, const RevokeOptions& options) {
  const auto shop = open_shop(options.shop);
  // Whoever hands over the whole token is understood, and it is not repeated.
  const auto whole = eventstore::parse_token(options.id);
  const auto token = revoked(*shop, whole ? std::string(whole->id) : options.id);
  if (!token) throw NotFound("there is no such token in this shop; see: upline token list");
  if (options.format == Format::json) return print_json(context, token_json(*token));
  context.out << fmt::format("Token {} is revoked since {}.\n", token->id, domain::format_rfc3339(*token->revoked_at));
}

void add_create(CLI::App& token, Context& context) {
  auto options = std::make_shared<CreateOptions>();
  auto* verb = token.add_subcommand("create", "Make a token and show it, this once");
  verb->add_option("--role", options->role, "What its holder may do")
      ->required()
      ->type_name("storefront|merchant|accountant|auditor|promoter");
  verb->add_option("--member", options->member, "Whose statement a promoter sees")
      ->type_name("MEMBER")
      ->check(check_not_empty);
  add_text(*verb, "--label", options->label, "What it is for, for people");
  verb->add_option("--expires-in", options->expires_in, "After how long it ends by itself (default: never)")
      ->type_name("SPAN")
      ->check(check_not_empty);
  add_shop_options(*verb, options->shop);
  add_answer_format(*verb, options->format);
  verb->footer(
      "Only a digest of it is kept: whoever loses a token makes another one.\n"
      "Examples:\n"
      "  upline token create --role storefront --label 'web shop'\n"
      "  upline token create --role promoter --member alice --expires-in 90d\n"
      "  TOKEN=$(upline token create --role merchant --format json | jq -r .token)");
  verb->callback([&context, options] { create(context, *options); });
}

void add_list(CLI::App& token, Context& context) {
  auto options = std::make_shared<ListOptions>();
  auto* verb = token.add_subcommand("list", "List every token that there ever was, without its secret");
  add_shop_options(*verb, options->shop);
  add_format_option(*verb, options->format);
  verb->footer(
      "When a token was last used is written down about once a minute.\n"
      "Example:\n"
      "  upline token list");
  verb->callback([&context, options] { list(context, *options); });
}

void add_revoke(CLI::App& token, Context& context) {
  auto options = std::make_shared<RevokeOptions>();
  auto* verb = token.add_subcommand("revoke", "End a token for good; a running server follows within a second");
  verb->add_option("id", options->id, "The token's id, as the list has it")->required()->type_name("ID");
  add_shop_options(*verb, options->shop);
  add_answer_format(*verb, options->format);
  verb->footer(
      "Example:\n"
      "  upline token revoke 7h2kq9xw4m");
  verb->callback([&context, options] { revoke(context, *options); });
}

}  // namespace

void add_token(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("token", "Who may ask a server for what: make and revoke access tokens");
  verb->require_subcommand(1);
  verb->footer(
      "From its first token on, a shop is served to holders of its tokens only, also on this machine. They say:\n"
      "  curl -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:8080/v1/shops/demo/stock\n"
      "Examples:\n"
      "  upline token create --role storefront\n"
      "  upline token list");
  add_create(*verb, context);
  add_list(*verb, context);
  add_revoke(*verb, context);
}

}  // namespace upline::cli
