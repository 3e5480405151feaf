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

void Page::stop_behind(std::string cursor) {
  if (has_more_) return;
  has_more_ = true;
  last_ = std::move(cursor);
}

void Page::put_into(nlohmann::ordered_json& json, const char* name) {
  if (has_more_) json["next"] = last_;
  json[name] = std::move(items_);
}

PositionPage::PositionPage(const Call& call)
    : limit_(limit_of(call)), after_(position_cursor(call).value_or(domain::Position{0})) {}

void PositionPage::add(std::string list, domain::Position position, nlohmann::ordered_json item) {
  items_.emplace(position, std::pair(std::move(list), std::move(item)));
}

void PositionPage::put_into(nlohmann::ordered_json& json) {
  std::size_t shown{};
  domain::Position last{};
  for (auto& [position, listed] : items_) {
    if (shown++ == limit_) {
      json["next"] = std::to_string(last.value);
      return;
    }
    last = position;
    json[listed.first].push_back(std::move(listed.second));
  }
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
