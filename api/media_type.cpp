#include "api/media_type.hpp"

#include "api/endpoint.hpp"
#include "api/strict_json.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace upline::api {

namespace {

constexpr std::string_view what_curl_says = "application/x-www-form-urlencoded";

/// `application/json` of "Application/JSON ; charset=utf-8", in small letters.
std::string essence_of(std::string_view content_type) {
  auto text = content_type.substr(0, content_type.find(';'));
  text.remove_suffix(text.size() - std::min(text.size(), text.find_last_not_of(" \t") + 1));
  std::string essence(text);
  std::ranges::transform(essence, essence.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return essence;
}

bool is_json(std::string_view type) {
  return type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
}

[[noreturn]] void refuse(const char* wanted, std::string_view given, const char* header) {
  throw Refused(
      {415, "unsupported_media_type", fmt::format("The body must be {}, not {}.", wanted, shortened(given)), header});
}

template <class IsRead>
void check(const Request& request, const char* wanted, IsRead is_read) {
  if (request.body.empty()) return;
  const auto* encoding = request.header("Content-Encoding");
  if (encoding != nullptr && !equal_ignoring_case(*encoding, "identity")) {
    refuse("sent as it is", *encoding, "Content-Encoding");
  }
  const auto* type = request.header("Content-Type");
  if (type == nullptr || type->empty()) return;
  const auto essence = essence_of(*type);
  if (essence != what_curl_says && !is_read(essence)) refuse(wanted, essence, "Content-Type");
}

}  // namespace

void refuse_other_than_json(const Request& request) { check(request, "application/json", is_json); }

bool is_csv_else_json(const Request& request) {
  bool is_csv = false;
  check(request, "application/json or text/csv", [&](const std::string& type) {
    is_csv = type == "text/csv";
    return is_csv || is_json(type);
  });
  return is_csv;
}

void refuse_other_than_ndjson(const Request& request) {
  check(request, "application/x-ndjson", [](const std::string& type) {
    return type == "application/x-ndjson" || type == "application/ndjson" || type == "application/jsonl";
  });
}

}  // namespace upline::api
