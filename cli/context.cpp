#include "cli/context.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

extern char** environ;

namespace upline::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::array known_variables{"UPLINE_DATA", "UPLINE_SHOP", "UPLINE_TLS_CERTIFICATE", "UPLINE_TLS_KEY",
                                     "UPLINE_VAULT_KEY"};
constexpr std::string_view test_variables = "UPLINE_TEST_";

void refuse_unknown_variables() {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto variable = text.substr(0, text.find('='));
    if (!variable.starts_with("UPLINE_") || variable.starts_with(test_variables)) continue;
    if (std::ranges::find(known_variables, variable) == known_variables.end()) {
      throw UsageError(fmt::format("the environment sets {}, which is no setting; known are {}", variable,
                                   fmt::join(known_variables, ", ")));
    }
  }
}

std::string variable_or(const char* name, std::string otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : std::move(otherwise);
}

struct FileSettings {
  std::string shop{};
  std::string tls_certificate{};
  std::string tls_key{};
  std::string vault_key{};

  /// Null where there is no such setting.
  std::string* find(std::string_view name) {
    if (name == "shop") return &shop;
    if (name == "tls_certificate") return &tls_certificate;
    if (name == "tls_key") return &tls_key;
    return name == "vault_key" ? &vault_key : nullptr;
  }
};

FileSettings read_settings_file(const fs::path& file) {
  FileSettings settings;
  if (!fs::exists(file)) return settings;
  try {
    for (const auto& [key, value] : toml::parse_file(file.string())) {
      const auto text = value.value<std::string>();
      auto* setting = settings.find(key.str());
      if (setting == nullptr) {
        throw UsageError(fmt::format("{}:{}: '{}' is no setting; known are shop, tls_certificate, tls_key, vault_key",
                                     file.string(), key.source().begin.line, key.str()));
      }
      if (!text) {
        throw UsageError(
            fmt::format("{}:{}: '{}' must be a text in quotes", file.string(), key.source().begin.line, key.str()));
      }
      *setting = *text;
    }
  } catch (const toml::parse_error& error) {
    throw UsageError(fmt::format("{}:{}: {}", file.string(), error.source().begin.line, error.description()));
  }
  return settings;
}

std::string the_only_shop(const fs::path& data) {
  const auto shops = eventstore::shops_in(data);
  if (shops.size() == 1) return shops.front();
  if (shops.empty()) {
    throw eventstore::ShopNotFound(
        fmt::format("there is no shop in {}; make one with: upline init --data {} --shop NAME --currency CNY",
                    data.string(), data.string()));
  }
  throw UsageError(
      fmt::format("{} holds several shops, name one with --shop: {}", data.string(), fmt::join(shops, ", ")));
}

}  // namespace

void add_shop_options(CLI::App& verb, ShopOptions& options) {
  verb.add_option("--data", options.data, "The data folder (or UPLINE_DATA; default ./upline-data)")->type_name("DIR");
  verb.add_option("--shop", options.shop, "The shop (or UPLINE_SHOP; default: the only one there)")->type_name("NAME");
}

std::string check_not_empty(const std::string& text) { return text.empty() ? "the text is empty" : ""; }

std::string check_positive(const std::string& text) {
  std::uint64_t number{};
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc{} && stop == end && number > 0) return {};
  return fmt::format("'{}' is not a whole number above 0", text);
}

domain::Timestamp parse_time(std::string_view option, const std::string& text) {
  const auto time = domain::parse_rfc3339(text);
  if (!time) {
    throw UsageError(fmt::format(
        "{} '{}' is no time: write it as RFC 3339 with an offset, such as 2026-05-01T12:00:00Z", option, text));
  }
  return *time;
}

DataLocation locate_data(const ShopOptions& options) {
  refuse_unknown_variables();
  const fs::path data = !options.data.empty() ? options.data : variable_or("UPLINE_DATA", "upline-data");
  const auto file = read_settings_file(data / "upline.toml");
  // A path in a file is relative to the file, wherever the caller stands.
  const auto in_file = [&](const std::string& path) { return path.empty() ? path : (data / path).string(); };
  const auto vault_key = variable_or("UPLINE_VAULT_KEY", in_file(file.vault_key));
  return {.data = data,
          .vault_key = vault_key.empty() ? data / "vault.key" : fs::path(vault_key),
          .usual_shop = file.shop,
          .tls_certificate = variable_or("UPLINE_TLS_CERTIFICATE", in_file(file.tls_certificate)),
          .tls_key = variable_or("UPLINE_TLS_KEY", in_file(file.tls_key))};
}

eventstore::ShopLocation locate_shop(const ShopOptions& options) {
  auto place = locate_data(options);
  auto shop = !options.shop.empty() ? options.shop : variable_or("UPLINE_SHOP", place.usual_shop);
  if (shop.empty()) shop = the_only_shop(place.data);
  return {std::move(place.data), std::move(shop), std::move(place.vault_key)};
}

std::unique_ptr<eventstore::Shop> open_shop(const ShopOptions& options) {
  auto shop = std::make_unique<eventstore::Shop>(locate_shop(options));
  if (shop->store().head().position == domain::Position{0}) {
    throw eventstore::ShopNotFound(fmt::format(
        "the log of shop '{}' is empty: if the shop was just being made, run upline init again, else restore "
        "a backup of {}",
        shop->location().shop, (shop->location().folder() / "events.db").string()));
  }
  return shop;
}

}  // namespace upline::cli
