#include "api/json_body.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using nlohmann::json;

/// nlohmann keeps the last of two equal keys without a word; here they are a mistake.
json parse(std::string_view text) {
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second) {
      throw BadBody("The key is in the object twice.", parsed.get<std::string>());
    }
    return true;
  };
  try {
    return json::parse(text, watch);
  } catch (const json::exception&) {
    throw BadBody("The body is not valid JSON in UTF-8.", {});
  }
}

[[noreturn]] void refuse_type(const char* name, const char* wanted) {
  throw BadBody(fmt::format("'{}' must be {}.", name, wanted), name);
}

std::int64_t integer_of(const json& value, const char* name) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) {
    refuse_type(name, "an integer of 64 bits");
  }
  if (!value.is_number_integer()) refuse_type(name, "an integer");
  return value.get<std::int64_t>();
}

}  // namespace

JsonBody::JsonBody(std::string_view text) : object_(std::make_unique<json>(json::object())) {
  const bool is_blank =
      std::ranges::all_of(text, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
  if (is_blank) return;
  *object_ = parse(text);
  if (!object_->is_object()) throw BadBody("The body must be a JSON object.", {});
}

JsonBody::JsonBody(JsonBody&&) noexcept = default;
JsonBody::~JsonBody() = default;

bool JsonBody::has(const char* name) const { return object_->contains(name) && !(*object_)[name].is_null(); }

/// Null where the field is missing or null.
const json* JsonBody::find(const char* name) {
  asked_for_.emplace(name);
  const auto found = object_->find(name);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> JsonBody::optional_text(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) refuse_type(name, "a text");
  return value->get<std::string>();
}

std::string JsonBody::text(const char* name) {
  auto value = optional_text(name);
  if (!value) throw BadBody(fmt::format("'{}' is missing.", name), name);
  return std::move(*value);
}

std::optional<std::int64_t> JsonBody::optional_integer(const char* name) {
  const auto* value = find(name);
  return value == nullptr ? std::nullopt : std::optional(integer_of(*value, name));
}

std::int64_t JsonBody::integer(const char* name) {
  const auto value = optional_integer(name);
  if (!value) throw BadBody(fmt::format("'{}' is missing.", name), name);
  return *value;
}

std::optional<bool> JsonBody::optional_flag(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) refuse_type(name, "true or false");
  return value->get<bool>();
}

bool JsonBody::flag(const char* name, bool otherwise) { return optional_flag(name).value_or(otherwise); }

std::vector<std::string> JsonBody::texts(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) throw BadBody(fmt::format("'{}' is missing.", name), name);
  if (!value->is_array()) refuse_type(name, "a list of texts");
  std::vector<std::string> list;
  for (const auto& element : *value) {
    if (!element.is_string()) refuse_type(name, "a list of texts");
    list.push_back(element.get<std::string>());
  }
  return list;
}

std::vector<std::int64_t> JsonBody::integers(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) throw BadBody(fmt::format("'{}' is missing.", name), name);
  if (!value->is_array()) refuse_type(name, "a list of integers");
  std::vector<std::int64_t> list;
  for (const auto& element : *value) list.push_back(integer_of(element, name));
  return list;
}

std::optional<domain::Timestamp> JsonBody::optional_time(const char* name) {
  const auto text = optional_text(name);
  if (!text) return std::nullopt;
  const auto time = domain::parse_rfc3339(*text);
  if (!time) refuse_type(name, "a time such as 2026-05-01T12:00:00Z");
  return time;
}

std::optional<domain::Duration> JsonBody::optional_duration(const char* name) {
  const auto text = optional_text(name);
  if (!text) return std::nullopt;
  const auto duration = domain::parse_duration(*text);
  if (!duration) refuse_type(name, "a span of time such as 7d, 12h, 30m or 45s");
  return duration;
}

void JsonBody::finish() const {
  for (const auto& [key, value] : object_->items()) {
    if (!asked_for_.contains(key)) throw BadBody(fmt::format("'{}' is no field of this request.", key), key);
  }
}

}  // namespace upline::api
