#include "api/page.hpp"

#include <algorithm>

namespace upline::api {

namespace {

constexpr std::size_t limit_default = 100;
constexpr std::size_t limit_max = 1000;

std::size_t limit_of(const Call& call) {
  const auto limit = call.number("limit", limit_default, limit_max);
  if (limit == 0) throw Refused({400, "invalid_parameter", "'limit' is a number from 1 to 1000.", "limit"});
  return limit;
}

}  // namespace

Page::Page(const Call& call) : limit_(limit_of(call)) {}

bool Page::add(nlohmann::ordered_json item, std::string cursor) {
  has_more_ = items_.size() == limit_;
  if (has_more_) return false;
  items_.push_back(std::move(item));
  last_ = std::move(cursor);
  return true;
}

void Page::put_into(nlohmann::ordered_json& json, const char* name) {
  if (has_more_) json["next"] = last_;
  json[name] = std::move(items_);
}

void refuse_cursor() {
  throw Refused({400, "invalid_parameter", "'after' is the 'next' of the page before.", "after"});
}

std::optional<domain::Position> position_cursor(const Call& call) {
  if (call.query("after") == nullptr) return std::nullopt;
  return domain::Position{call.number("after", 0, static_cast<std::size_t>(INT64_MAX))};
}

std::optional<PairCursor> pair_cursor(const Call& call) {
  const auto* text = call.query("after");
  if (text == nullptr) return std::nullopt;
  const auto colon = text->find(':');
  if (colon == std::string::npos) refuse_cursor();
  return PairCursor{text->substr(0, colon), text->substr(colon + 1)};
}

}  // namespace upline::api
