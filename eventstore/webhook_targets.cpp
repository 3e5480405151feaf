#include "eventstore/webhook_targets.hpp"

#include "eventstore/event_codec.hpp"
#include "eventstore/hex.hpp"
#include "eventstore/this_machine.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>

namespace upline::eventstore {

namespace {

using domain::Position;

[[noreturn]] void refuse_url(const std::string& why) {
  throw WebhookRefused("invalid_url", why + ", such as https://shop.example/hooks", "url");
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Letters, digits, dots and dashes, or an IPv6 address in brackets; then perhaps a port. Stricter than the standard,
/// so that no two programs read it differently. Answers the host.
std::string_view host_of(std::string_view authority) {
  if (authority.contains('@')) refuse_url("the address of a webhook holds no user and no password");
  const auto end =
      authority.starts_with('[') ? authority.find(']') + 1 : std::min(authority.find(':'), authority.size());
  const auto host = authority.substr(0, end);
  const auto port = authority.substr(end);
  const bool is_bracketed = host.size() > 2 && host.front() == '[';
  const auto inner = is_bracketed ? host.substr(1, host.size() - 2) : host;
  const bool has_good_host = !inner.empty() && std::ranges::all_of(inner, [&](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || (is_bracketed ? c == ':' : c == '-');
  });
  const bool has_good_port = port.empty() || (port.size() >= 2 && port.size() <= 6 && port.front() == ':' &&
                                              std::ranges::all_of(port.substr(1), is_digit));
  if (!has_good_host || !has_good_port) refuse_url("the address of a webhook names a host, and perhaps a port");
  return host;
}

}  // namespace

void check_webhook_url(std::string_view url, bool allows_plain_http) {
  if (url.size() > webhook_url_bytes_max) {
    refuse_url(fmt::format("the address of a webhook has at most {} characters", webhook_url_bytes_max));
  }
  const bool is_https = url.starts_with("https://");
  if (!is_https && !url.starts_with("http://")) refuse_url("the address of a webhook begins with https:// or http://");
  const bool is_printable =
      std::ranges::all_of(url, [](char c) { return c > ' ' && c <= '~' && c != '\\' && c != '#'; });
  if (!is_printable) refuse_url("the address of a webhook holds no space, no backslash, no # and plain ASCII only");
  const auto rest = url.substr(url.find("//") + 2);
  const auto host = host_of(rest.substr(0, rest.find_first_of("/?")));
  if (!is_https && !allows_plain_http && !is_this_machine(host)) {
    refuse_url("beyond this machine a webhook's address begins with https://, unless plain HTTP is allowed for it");
  }
}

namespace {

std::vector<std::string> checked_types(const std::vector<std::string>& types) {
  if (types.size() == 1 && types.front() == "all") return {};
  if (types.empty()) throw WebhookRefused("unknown_event_type", "name the types of events, or 'all'", "types");
  std::vector<std::string> kept;
  for (const auto& type : types) {
    if (std::ranges::none_of(event_formats(), [&](const EventFormat& format) { return format.name == type; })) {
      throw WebhookRefused("unknown_event_type",
                           fmt::format("'{}' is no type of event: name some, such as KeysDelivered, or 'all'", type),
                           "types");
    }
    if (std::ranges::find(kept, type) == kept.end()) kept.push_back(type);
  }
  return kept;
}

void refuse_clashes(const std::vector<WebhookTarget>& there, const std::string& url) {
  for (const auto& target : there) {
    if (target.url == url) {
      throw WebhookRefused(
          "webhook_exists",
          fmt::format("webhook {} has this address already; remove it first, to have a new secret", target.id), "url");
    }
  }
  if (there.size() >= webhook_targets_max) {
    throw WebhookRefused("too_many_webhooks",
                         fmt::format("a shop has at most {} webhooks; remove one first", webhook_targets_max), "");
  }
}

template <std::size_t Bytes>
std::string random_hex() {
  std::array<std::uint8_t, Bytes> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return hex(bytes);
}

TextName secret_name(const std::string& id) { return {"webhook/" + id, "webhook/" + id}; }

void keep_secret(Vault& vault, const std::string& id, const std::string& secret) {
  try {
    vault.put_text(secret_name(id), vault.seal_text(secret_name(id), secret));
    vault.commit();
  } catch (...) {
    vault.rollback();
    throw;
  }
}

std::optional<WebhookKey> key_of(Shop& shop, const std::string& key, const std::string& content) {
  if (key.empty()) return std::nullopt;
  const auto& vault = shop.vault();
  return WebhookKey{vault.fingerprint("webhook key:" + key), vault.fingerprint("webhook request:" + content), {}};
}

[[noreturn]] void refuse_reused_key() {
  throw WebhookRefused("idempotency_key_reused", "the key belongs to another request; take a new key for a new request",
                       "Idempotency-Key");
}

/// The request that came with this key before, if one did. Throws WebhookRefused where that was another one.
std::optional<WebhookKey> repeated(Shop& shop, WebhookStore& store, const std::string& text,
                                   const std::optional<WebhookKey>& key) {
  if (!key) return std::nullopt;
  if (shop.store().claimed(ClaimKind::command_id, claim_key(text))) refuse_reused_key();
  auto first = store.find_key(key->key);
  if (first && first->content != key->content) refuse_reused_key();
  return first;
}

std::string content_of(const NewWebhook& wanted, const std::vector<std::string>& types) {
  return fmt::format("add\n{}\n{}\n{}", wanted.url, fmt::join(types, ","), wanted.allows_plain_http);
}

AddedWebhook first_answer(Shop& shop, const WebhookKey& first) {
  auto secret = webhook_secret(shop.vault(), first.target);
  if (!secret) throw StoreBusy("the webhook is being removed; try again");
  return {first.target, std::move(*secret), first.after, true};
}

}  // namespace

AddedWebhook add_webhook(Shop& shop, const NewWebhook& wanted, domain::Timestamp now) {
  check_webhook_url(wanted.url, wanted.allows_plain_http);
  const auto types = checked_types(wanted.types);
  const auto store = open_webhooks(shop.location().folder());
  auto key = key_of(shop, wanted.idempotency_key, content_of(wanted, types));
  if (const auto first = repeated(shop, *store, wanted.idempotency_key, key)) {
    return first_answer(shop, *first);
  }
  refuse_clashes(store->targets(), wanted.url);
  AddedWebhook added{"wh_" + random_hex<8>(), "whsec_" + random_hex<32>(), shop.store().head().position};
  if (key) std::tie(key->target, key->after) = std::tie(added.id, added.after);
  // The secret first: a target without one could not be served, a secret without a target harms nobody.
  keep_secret(shop.vault(), added.id, added.secret);
  const WebhookTarget target{
      .id = added.id, .url = wanted.url, .types = types, .created_at = now, .cursor = added.after};
  if (store->add(target, key)) return added;
  throw StoreBusy("somebody else is registering the same webhook; try again");
}

bool remove_webhook(Shop& shop, const std::string& id) {
  if (!open_webhooks(shop.location().folder())->remove(id)) return false;
  keep_secret(shop.vault(), id, "");  // what it was is overwritten
  return true;
}

Replay replay_webhook(Shop& shop, const std::string& id, const WantedReplay& wanted) {
  const auto& [first, last, key_text] = wanted;
  const auto head = shop.store().head().position;
  if (first < Position{1} || first > head) {
    throw WebhookRefused("invalid_position", fmt::format("the log has positions 1 to {}", head.value), "from");
  }
  if (last && (*last < first || *last > head)) {
    throw WebhookRefused("invalid_position",
                         fmt::format("'to' is from {} to {}, the end of the log", first.value, head.value), "to");
  }
  const auto store = open_webhooks(shop.location().folder());
  auto key = key_of(shop, key_text, fmt::format("replay\n{}\n{}\n{}", id, first.value, last ? last->value : 0));
  if (repeated(shop, *store, key_text, key)) return Replay::repeated;
  if (key) key->target = id;
  return store->replay(id, first, last.value_or(head), key) ? Replay::asked_for : Replay::unknown_webhook;
}

std::optional<std::string> webhook_secret(Vault& vault, const std::string& id) {
  auto secret = vault.text(secret_name(id));
  if (secret && secret->empty()) return std::nullopt;
  return secret;
}

Position delivered_up_to(const WebhookTarget& target, const WebhookBacklog& backlog) {
  return backlog.lowest ? std::min(target.cursor, Position{backlog.lowest->value - 1}) : target.cursor;
}

std::string_view state_of(const WebhookTarget& target) {
  if (!target.paused.empty()) return "paused";
  return target.breaker == "closed" ? "active" : "waiting";
}

}  // namespace upline::eventstore
