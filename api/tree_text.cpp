#include "api/tree_text.hpp"

#include "domain/time.hpp"

#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace upline::api {

namespace {

using projections::LiveTree;
using projections::Place;

std::string upline_text(const LiveTree& tree, Place member, std::uint64_t levels_max) {
  auto text = fmt::format(R"({{"member":"{}","upline":[)", tree.id(member));
  std::uint64_t level = 0;
  for (auto above = tree.referrer(member); above != projections::above_all && level < levels_max;
       above = tree.referrer(member)) {
    const auto& bond = tree.bond(member);
    fmt::format_to(std::back_inserter(text), R"({}{{"level":{},"member":"{}","bound_at":"{}","bound_by":{}}})",
                   level == 0 ? "" : ",", level + 1, tree.id(above), domain::format_rfc3339(bond.at), bond.by.value);
    member = above;
    ++level;
  }
  return text + "]}\n";
}

/// As Page makes it.
std::optional<std::string> level_text(const LiveTree& tree, Place member, const HotRead& read) {
  auto ids = tree.level_below(member, read.levels, read.after, read.limit + 1);
  if (!ids) return std::nullopt;
  auto text = fmt::format(R"({{"member":"{}","level":{},)", tree.id(member), read.levels);
  const bool has_more = ids->size() > read.limit;
  if (has_more) {
    ids->pop_back();
    fmt::format_to(std::back_inserter(text), R"("next":"{}",)", ids->back());
  }
  text += R"("members":[)";
  const auto* between = "";
  for (const auto id : *ids) {
    fmt::format_to(std::back_inserter(text), R"({}"{}")", between, id);
    between = ",";
  }
  return text + "]}\n";
}

}  // namespace

std::string downline_text(std::string_view member, const std::vector<std::uint64_t>& by_level) {
  auto text = fmt::format(R"({{"member":"{}","by_level":[)", member);
  text.reserve(text.size() + by_level.size() * 2 + 8);
  for (std::size_t i = 0; i < by_level.size(); ++i) {
    if (i > 0) text += ',';
    const fmt::format_int digits(by_level[i]);
    text.append(digits.data(), digits.size());
  }
  return text + "]}\n";
}

std::optional<std::string> tree_text(const LiveTree& tree, Place member, const HotRead& read) {
  using enum HotRead::What;
  if (read.what == upline) return upline_text(tree, member, read.levels);
  if (read.what == downline) return downline_text(tree.id(member), tree.downline_by_level(member));
  return level_text(tree, member, read);
}

}  // namespace upline::api
