// Names of things. The caller chooses them; two kinds of id never compare and nothing converts by itself.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace upline::domain {

template <class Tag>
struct Id {
  std::string value{};
  auto operator<=>(const Id&) const = default;
};

using MemberId = Id<struct MemberTag>;
using ProductId = Id<struct ProductTag>;
using OrderId = Id<struct OrderTag>;
using PlanId = Id<struct PlanTag>;
using BatchId = Id<struct BatchTag>;
using PaymentId = Id<struct PaymentTag>;
using RefundId = Id<struct RefundTag>;
using ReturnId = Id<struct ReturnTag>;
using SettlementId = Id<struct SettlementTag>;
using ReferralCode = Id<struct ReferralCodeTag>;

constexpr std::size_t id_length_max = 64;

/// 1 to 64 characters of `A-Z a-z 0-9 . _ : -` (ledger specification, "Terms").
bool is_well_formed_id(std::string_view text);

/// Place of an event in its shop's log: 1, 2, 3 ... without a gap. 0 is the place before the first event.
struct Position {
  std::uint64_t value{};
  auto operator<=>(const Position&) const = default;
};

/// Place of an event in its stream: 1, 2, 3 ... without a gap.
struct Version {
  std::uint64_t value{};
  auto operator<=>(const Version&) const = default;
};

}  // namespace upline::domain

template <class Tag>
struct std::hash<upline::domain::Id<Tag>> {
  std::size_t operator()(const upline::domain::Id<Tag>& id) const { return std::hash<std::string>{}(id.value); }
};
