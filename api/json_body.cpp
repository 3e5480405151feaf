#include "api/json_body.hpp"

#include "api/strict_json.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using nlohmann::json;

[[noreturn]] void refuse_type(const std::string& name, const char* wanted) {
  throw BadBody(fmt::format("'{}' must be {}.", name, wanted), name);
}

[[noreturn]] void refuse_missing(const std::string& name) {
  throw BadBody(fmt::format("'{}' is missing.", name), name);
}

/// `rates_bp[1]`
std::string element_name(const char* list, std::size_t index) { return fmt::format("{}[{}]", list, index); }

}  // namespace

JsonBody::JsonBody(std::string_view text) : object_(std::make_unique<json>(json::object())) {
  const bool is_blank =
      std::ranges::all_of(text, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
  if (is_blank) return;
  *object_ = parse_strictly(text);
  if (!object_->is_object()) throw BadBody("The body must be a JSON object.", {});
}

JsonBody::JsonBody(json object, std::string place)
    : place_(std::move(place)), object_(std::make_unique<json>(std::move(object))) {}

JsonBody::JsonBody(JsonBody&&) noexcept = default;
JsonBody::~JsonBody() = default;

std::string JsonBody::full(std::string_view name) const { return place_ + std::string(name); }

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
  if (!value->is_string()) refuse_type(full(name), "a text");
  return value->get<std::string>();
}

std::string JsonBody::text(const char* name) {
  auto value = optional_text(name);
  if (!value) refuse_missing(full(name));
  return std::move(*value);
}

std::optional<std::int64_t> JsonBody::optional_integer(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_integer()) refuse_type(full(name), "an integer");
  return value->get<std::int64_t>();
}

std::int64_t JsonBody::integer(const char* name) {
  const auto value = optional_integer(name);
  if (!value) refuse_missing(full(name));
  return *value;
}

std::optional<bool> JsonBody::optional_flag(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) refuse_type(full(name), "true or false");
  return value->get<bool>();
}

bool JsonBody::flag(const char* name, bool otherwise) { return optional_flag(name).value_or(otherwise); }

std::vector<std::string> JsonBody::texts(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) refuse_missing(full(name));
  if (!value->is_array()) refuse_type(full(name), "a list of texts");
  std::vector<std::string> list;
  for (const auto& element : *value) {
    if (!element.is_string()) refuse_type(element_name(name, list.size()), "a text");
    list.push_back(element.get<std::string>());
  }
  return list;
}

std::vector<std::int64_t> JsonBody::integers(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) refuse_missing(full(name));
  if (!value->is_array()) refuse_type(full(name), "a list of integers");
  std::vector<std::int64_t> list;
  for (const auto& element : *value) {
    if (!element.is_number_integer()) refuse_type(element_name(name, list.size()), "an integer");
    list.push_back(element.get<std::int64_t>());
  }
  return list;
}

std::vector<JsonBody> JsonBody::objects(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) refuse_missing(full(name));
  if (!value->is_array()) refuse_type(full(name), "a list of objects");
  std::vector<JsonBody> list;
  for (const auto& element : *value) {
    const auto place = element_name(name, list.size());
    if (!element.is_object()) refuse_type(place, "an object");
    list.push_back(JsonBody(element, place + "."));
  }
  return list;
}

std::optional<domain::Timestamp> JsonBody::optional_time(const char* name) {
  const auto text = optional_text(name);
  if (!text) return std::nullopt;
  const auto time = domain::parse_rfc3339(*text);
  if (!time) refuse_type(full(name), "a time such as 2026-05-01T12:00:00Z");
  return time;
}

std::optional<domain::Duration> JsonBody::optional_duration(const char* name) {
  const auto text = optional_text(name);
  if (!text) return std::nullopt;
  const auto duration = domain::parse_duration(*text);
  if (!duration) refuse_type(full(name), "a span of time such as 7d, 12h, 30m or 45s");
  return duration;
}

void JsonBody::finish() const {
  for (const auto& [key, value] : object_->items()) {
    if (asked_for_.contains(key)) continue;
    const auto name = full(shortened(key));
    throw BadBody(fmt::format("'{}' is no field of this request.", name), name);
  }
}

}  // namespace upline::api
