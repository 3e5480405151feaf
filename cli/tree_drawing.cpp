#include "cli/tree_drawing.hpp"

#include "cli/rows_out.hpp"
#include "cli/wording.hpp"

#include <algorithm>
#include <ostream>
#include <ranges>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace upline::cli {

namespace {

using projections::MemberIndex;
using projections::no_member;
using projections::ReferralForest;

/// Members with the same referrer, those with the largest downlines first.
std::vector<MemberIndex> by_downline(const ReferralForest& forest, std::vector<MemberIndex> members) {
  std::ranges::sort(members, [&](MemberIndex a, MemberIndex b) {
    const auto below_a = forest.row(a).place.downline_count;
    const auto below_b = forest.row(b).place.downline_count;
    return below_a != below_b ? below_a > below_b : a < b;
  });
  return members;
}

std::vector<MemberIndex> members_at_top(const ReferralForest& forest) {
  std::vector<MemberIndex> roots;
  for (const auto index : forest.top_down()) {
    if (forest.row(index).place.depth > 0) break;  // top_down is ordered by depth
    roots.push_back(index);
  }
  return roots;
}

class Drawing {
 public:
  Drawing(std::ostream& out, const ReferralForest& forest, const TreeVolumes& volumes, const DrawingLimits& limits,
          const ExponentOf& exponent_of)
      : out_(out), forest_(forest), volumes_(volumes), limits_(limits), exponent_of_(exponent_of) {}

  void draw_member(MemberIndex index) {
    out_ << line(index) << '\n';
    draw_below(index, "", 1);
  }

  void draw_top() {
    const auto roots = by_downline(forest_, members_at_top(forest_));
    out_ << fmt::format("{}, {} without a referrer\n", counted(forest_.size(), "member"), grouped(roots.size()));
    const auto shown = std::min(limits_.width, roots.size());
    for (std::size_t i = 0; i < shown; ++i) {
      out_ << '\n';
      draw_member(roots[i]);
    }
    if (shown < roots.size())
      out_ << fmt::format("\n... and {} more without a referrer\n", grouped(roots.size() - shown));
  }

 private:
  std::string line(MemberIndex index) const {
    const auto row = forest_.row(index);
    auto text = fmt::format("{}  bought {}", row.member, volumes_.own_text(index, exponent_of_));
    if (row.place.downline_count > 0) {
      text += fmt::format("; {} below{}, who bought {}", grouped(row.place.downline_count), direct(row.place),
                          volumes_.downline_text(index, exponent_of_));
    }
    return text;
  }

  static std::string direct(const projections::TreePlace& place) {
    if (place.downline_count == 1) return "";
    if (place.downline_count == place.direct_count) return ", all of them direct";
    return fmt::format(", {} of them direct", grouped(place.direct_count));
  }

  /// Recursion is bounded by limits_.depth, not by the depth of the tree.
  void draw_below(MemberIndex index, const std::string& indent, std::size_t depth) {
    const auto range = forest_.children(index);
    if (range.empty() || depth > limits_.depth) return;
    const auto children = by_downline(forest_, {range.begin(), range.end()});
    const auto shown = std::min(limits_.width, children.size());
    for (std::size_t i = 0; i < shown; ++i) {
      const bool last = i + 1 == children.size();
      out_ << indent << (last ? "└─ " : "├─ ") << line(children[i]) << '\n';
      draw_below(children[i], indent + (last ? "   " : "│  "), depth + 1);
    }
    if (shown == children.size()) return;
    std::uint64_t below = 0;
    for (const auto child : children | std::views::drop(shown)) below += forest_.row(child).place.downline_count;
    out_ << indent
         << fmt::format("└─ ... and {} more, with {} below\n", grouped(children.size() - shown),
                        below == 0 ? "nobody" : grouped(below));
  }

  std::ostream& out_;
  const ReferralForest& forest_;
  const TreeVolumes& volumes_;
  const DrawingLimits& limits_;
  const ExponentOf& exponent_of_;
};

}  // namespace

void TreeVolumes::add(const projections::Volume& volume) {
  const auto index = forest_.find(volume.member);
  if (index == no_member) return;  // bought before joining, at a moment in between
  auto& amounts = by_currency_[std::string(volume.currency)];
  amounts.own.resize(forest_.size());
  amounts.own[index] += {.sold = volume.sales.value, .refunded = volume.refunded.value};
}

TreeVolumes::Amount& TreeVolumes::Amount::operator+=(const Amount& other) {
  sold += other.sold;
  refunded += other.refunded;
  return *this;
}

void TreeVolumes::sum_up() {
  for (auto& [currency, amounts] : by_currency_) {
    amounts.downline.assign(forest_.size(), {});
    for (const auto index : std::views::reverse(forest_.top_down())) {
      for (const auto child : forest_.children(index)) {
        amounts.downline[index] += amounts.own[child];
        amounts.downline[index] += amounts.downline[child];
      }
    }
  }
}

std::string TreeVolumes::text(MemberIndex index, Which which, const ExponentOf& exponent_of) const {
  std::vector<std::string> kept;
  std::vector<std::string> sold;
  for (const auto& [code, amounts] : by_currency_) {
    const auto& amount = (amounts.*which)[index];
    const domain::Currency currency{code};
    const auto money = [&](std::int64_t minor) { return to_text(Money{{minor}, currency, exponent_of(currency)}); };
    if (amount.sold != amount.refunded) kept.push_back(money(amount.sold - amount.refunded));
    if (amount.sold != 0) sold.push_back(money(amount.sold));
  }
  if (!kept.empty()) return fmt::format("{}", fmt::join(kept, " + "));
  return sold.empty() ? "nothing" : fmt::format("{}, all refunded", fmt::join(sold, " + "));
}

std::string TreeVolumes::own_text(MemberIndex index, const ExponentOf& exponent_of) const {
  return text(index, &Amounts::own, exponent_of);
}

std::string TreeVolumes::downline_text(MemberIndex index, const ExponentOf& exponent_of) const {
  return text(index, &Amounts::downline, exponent_of);
}

void draw_tree(std::ostream& out, const ReferralForest& forest, const TreeVolumes& volumes,
               std::optional<MemberIndex> below, const DrawingLimits& limits, const ExponentOf& exponent_of) {
  Drawing drawing(out, forest, volumes, limits, exponent_of);
  if (below) {
    drawing.draw_member(*below);
  } else {
    drawing.draw_top();
  }
}

}  // namespace upline::cli
