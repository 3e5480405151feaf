// The referral tree drawn for a person: who brought whom, how many stand below, and what they bought.
#pragma once

#include "cli/order_audit_out.hpp"
#include "domain/money.hpp"
#include "projections/orders.hpp"
#include "projections/referral_forest.hpp"

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace upline::cli {

/// What each member and each downline bought, refunds taken off, by currency; indexed as the forest.
class TreeVolumes {
 public:
  explicit TreeVolumes(const projections::ReferralForest& forest) : forest_(forest) {}

  void add(const projections::Volume& volume);

  /// Sums the downlines; once, after the last add().
  void sum_up();

  /// `12.34 USD`, or several with a plus between; `12.34 USD, all refunded` where that leaves nothing; `nothing`.
  std::string own_text(projections::MemberIndex index, const ExponentOf& exponent_of) const;
  std::string downline_text(projections::MemberIndex index, const ExponentOf& exponent_of) const;

 private:
  struct Amount {
    std::int64_t sold{};
    std::int64_t refunded{};

    Amount& operator+=(const Amount& other);
  };

  struct Amounts {
    std::vector<Amount> own;
    std::vector<Amount> downline;
  };

  using Which = std::vector<Amount> Amounts::*;

  std::string text(projections::MemberIndex index, Which which, const ExponentOf& exponent_of) const;

  const projections::ReferralForest& forest_;
  std::map<std::string, Amounts, std::less<>> by_currency_;
};

struct DrawingLimits {
  std::size_t depth{3};  // levels below the first
  std::size_t width{5};  // members drawn below one; the rest is counted
};

/// Draws the tree below one member, or below those at the top with the largest downlines.
void draw_tree(std::ostream& out, const projections::ReferralForest& forest, const TreeVolumes& volumes,
               std::optional<projections::MemberIndex> below, const DrawingLimits& limits,
               const ExponentOf& exponent_of);

}  // namespace upline::cli
