#include "cli/context.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

extern char** environ;

namespace upline::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::array known_variables{"UPLINE_DATA", "UPLINE_SHOP", "UPLINE_VAULT_KEY", "UPLINE_BEHIND_PROXY",
                                     "UPLINE_ALLOW_ORIGIN"};
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
  std::string vault_key{};
  ServingSettings serving{};
};

/// A value of upline.toml, and where it stands.
struct Setting {
  const fs::path& file;
  const toml::key& key;
  const toml::node& value;

  [[noreturn]] void refuse(std::string_view what) const {
    throw UsageError(fmt::format("{}:{}: '{}' {}", file.string(), key.source().begin.line, key.str(), what));
  }
  std::string text() const {
    const auto text = value.value<std::string>();
    if (!text) refuse("must be a text in quotes");
    return *text;
  }
  bool yes_or_no() const {
    const auto flag = value.value_exact<bool>();
    if (!flag) refuse("must be true or false");
    return *flag;
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> texts;
    const auto* list = value.as_array();
    if (list == nullptr) refuse("must be a list of texts in brackets");
    for (const auto& entry : *list) texts.push_back(Setting{file, key, entry}.text());
    return texts;
  }
};

void take(FileSettings& settings, const Setting& setting) {
  const auto name = setting.key.str();
  if (name == "shop") {
    settings.shop = setting.text();
  } else if (name == "vault_key") {
    settings.vault_key = setting.text();
  } else if (name == "behind_proxy") {
    settings.serving.is_behind_proxy = setting.yes_or_no();
  } else if (name == "allow_origin") {
    settings.serving.allowed_origins = setting.texts();
  } else {
    setting.refuse("is no setting; known are shop, vault_key, behind_proxy, allow_origin");
  }
}

FileSettings read_settings_file(const fs::path& file) {
  FileSettings settings;
  if (!fs::exists(file)) return settings;
  try {
    const auto table = toml::parse_file(file.string());
    for (const auto& [key, value] : table) take(settings, {file, key, value});
  } catch (const toml::parse_error& error) {
    throw UsageError(fmt::format("{}:{}: {}", file.string(), error.source().begin.line, error.description()));
  }
  return settings;
}

bool yes_or_no(const char* variable, bool otherwise) {
  const auto text = variable_or(variable, otherwise ? "true" : "false");
  if (text == "true" || text == "false") return text == "true";
  throw UsageError(fmt::format("{} is true or false, not '{}'", variable, text));
}

/// Separated by commas.
std::vector<std::string> list_or(const char* variable, std::vector<std::string> otherwise) {
  auto text = variable_or(variable, "");
  if (text.empty()) return otherwise;
  std::vector<std::string> list;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    list.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return list;
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
  auto file = read_settings_file(data / "upline.toml");
  // A path in a file is relative to the file, wherever the caller stands.
  const auto in_file = file.vault_key.empty() ? std::string{} : (data / file.vault_key).string();
  const auto vault_key = variable_or("UPLINE_VAULT_KEY", in_file);
  return {data,
          vault_key.empty() ? data / "vault.key" : fs::path(vault_key),
          file.shop,
          {yes_or_no("UPLINE_BEHIND_PROXY", file.serving.is_behind_proxy),
           list_or("UPLINE_ALLOW_ORIGIN", std::move(file.serving.allowed_origins))}};
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
