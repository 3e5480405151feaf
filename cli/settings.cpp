#include "cli/settings.hpp"

#include "cli/context.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

extern char** environ;

namespace upline::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::array known_variables{"UPLINE_ALLOW_ORIGIN",    "UPLINE_BEHIND_PROXY", "UPLINE_DATA",     "UPLINE_SHOP",
                                     "UPLINE_TLS_CERTIFICATE", "UPLINE_TLS_KEY",      "UPLINE_VAULT_KEY"};
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

/// Empty where it is not set.
std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// A value of upline.toml, and where it stands.
struct Value {
  const fs::path& file;
  const toml::key& key;
  const toml::node& node;

  [[noreturn]] void refuse(std::string_view what) const {
    throw UsageError(fmt::format("{}:{}: '{}' {}", file.string(), key.source().begin.line, key.str(), what));
  }
  std::string text() const {
    const auto text = node.value<std::string>();
    if (!text) refuse("must be a text in quotes");
    return *text;
  }
  fs::path path() const {
    const auto path = text();
    return path.empty() ? fs::path() : file.parent_path() / path;
  }
  bool yes_or_no() const {
    const auto flag = node.value_exact<bool>();
    if (!flag) refuse("must be true or false");
    return *flag;
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> texts;
    const auto* list = node.as_array();
    if (list == nullptr) refuse("must be a list of texts in brackets");
    for (const auto& entry : *list) texts.push_back(Value{file, key, entry}.text());
    return texts;
  }
};

using Take = std::function<void(Settings& settings, const Value& value)>;

const std::map<std::string_view, Take> known_keys{
    {"allow_origin", [](Settings& s, const Value& value) { s.serving.allowed_origins = value.texts(); }},
    {"behind_proxy", [](Settings& s, const Value& value) { s.serving.is_behind_proxy = value.yes_or_no(); }},
    {"shop", [](Settings& s, const Value& value) { s.shop = value.text(); }},
    {"tls_certificate", [](Settings& s, const Value& value) { s.serving.tls_certificate = value.path(); }},
    {"tls_key", [](Settings& s, const Value& value) { s.serving.tls_key = value.path(); }},
    {"vault_key", [](Settings& s, const Value& value) { s.vault_key = value.path(); }},
};

void take_file(Settings& settings, const fs::path& file) {
  if (!fs::exists(file)) return;
  try {
    const auto table = toml::parse_file(file.string());
    for (const auto& [key, node] : table) {
      const Value value{file, key, node};
      const auto known = known_keys.find(key.str());
      if (known == known_keys.end()) {
        std::vector<std::string_view> names;
        for (const auto& [name, take] : known_keys) names.push_back(name);
        value.refuse(fmt::format("is no setting; known are {}", fmt::join(names, ", ")));
      }
      known->second(settings, value);
    }
  } catch (const toml::parse_error& error) {
    throw UsageError(fmt::format("{}:{}: {}", file.string(), error.source().begin.line, error.description()));
  }
}

bool yes_or_no(const char* name, const std::string& text) {
  if (text == "true" || text == "false") return text == "true";
  throw UsageError(fmt::format("{} is true or false, not '{}'", name, text));
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> list;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    list.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return list;
}

void take_environment(Settings& settings) {
  if (auto text = variable("UPLINE_SHOP"); !text.empty()) settings.shop = std::move(text);
  if (auto text = variable("UPLINE_VAULT_KEY"); !text.empty()) settings.vault_key = text;
  if (auto text = variable("UPLINE_TLS_CERTIFICATE"); !text.empty()) settings.serving.tls_certificate = text;
  if (auto text = variable("UPLINE_TLS_KEY"); !text.empty()) settings.serving.tls_key = text;
  if (auto text = variable("UPLINE_ALLOW_ORIGIN"); !text.empty()) {
    settings.serving.allowed_origins = split_at_commas(text);
  }
  if (auto text = variable("UPLINE_BEHIND_PROXY"); !text.empty()) {
    settings.serving.is_behind_proxy = yes_or_no("UPLINE_BEHIND_PROXY", text);
  }
}

}  // namespace

Settings read_settings(const fs::path& data) {
  refuse_unknown_variables();
  Settings settings{.data = data};
  if (settings.data.empty()) settings.data = variable("UPLINE_DATA");
  if (settings.data.empty()) settings.data = "upline-data";
  take_file(settings, settings.data / "upline.toml");
  take_environment(settings);
  return settings;
}

}  // namespace upline::cli
