#include "tests/eventstore/event_samples.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace upline::tests {

namespace {

using namespace domain;

constexpr Timestamp noon_of_8_may{1'778'241'600'000'000};
constexpr Timestamp before_1970{-123'456'789};
constexpr Minor most{std::numeric_limits<std::int64_t>::max()};

/// The digits first, first + 1 ... first + 15.
template <class Bytes>
Bytes counting_from(std::uint8_t first) {
  Bytes counted;
  for (auto& byte : counted.bytes) byte = first++;
  return counted;
}

SealedKey sealed_key(std::uint8_t first) {
  return {counting_from<Fingerprint>(first), counting_from<CiphertextDigest>(static_cast<std::uint8_t>(first + 128))};
}

void add_policy(std::vector<Sample>& samples) {
  samples.push_back({"ShopOpened.v1.json", ShopOpened{{"CNY"}}});
  samples.push_back({"CurrencyDeclared.v1.json", CurrencyDeclared{{"USDT"}, {6}}});
  samples.push_back({"LevelLimitChanged.v1.json", LevelLimitChanged{3, "法务已批准: three levels"}});
  samples.push_back({"DefaultPlanChosen.v1.json", DefaultPlanChosen{{"standard"}}});
}

void add_plans_and_products(std::vector<Sample>& samples) {
  const PercentRates percent{{{1000}, {500}, {250}}};
  const FixedRates fixed{{"USDT"}, {{700'000}, {300'000}}};
  samples.push_back({"PlanPublished.v1.json", PlanPublished{{2}, {percent, {9000}, {604'800'000'000}}}});
  samples.push_back({"PlanPublished.v1.fixed.json", PlanPublished{{1}, {fixed, {10'000}, {0}}}});
  samples.push_back({"ProductAdded.v1.json", ProductAdded{"月卡 30 days", {999}, {"CNY"}, Fulfilment::key_pool}});
  samples.push_back({"ProductAdded.v1.largest.json",
                     ProductAdded{std::string(500, 't'), most, {"ABCDEFGHIJKLMNOPQRSTUVW9"}, Fulfilment::external}});
  samples.push_back({"PlanAssigned.v1.json", PlanAssigned{{"launch"}}});
}

void add_members(std::vector<Sample>& samples) {
  samples.push_back({"MemberEnrolled.v1.json", MemberEnrolled{{"234679C"}, MemberId{"alice"}}});
  samples.push_back({"MemberEnrolled.v1.no-referrer.json", MemberEnrolled{{"XYZ2346"}, std::nullopt}});
  samples.push_back({"ReferrerBound.v1.json", ReferrerBound{{"bob"}}});
  samples.push_back({"MemberSuspended.v1.json", MemberSuspended{"chargebacks"}});
  samples.push_back({"MemberResumed.v1.json", MemberResumed{}});
  samples.push_back({"MemberClosed.v1.json", MemberClosed{"asked for it"}});
}

void add_keys(std::vector<Sample>& samples) {
  samples.push_back({"KeysImported.v1.json", KeysImported{{"b-2026.05"}, 41, {sealed_key(1), sealed_key(33)}}});
  samples.push_back({"KeysReleased.v1.json", KeysReleased{{41, 2}}});
  samples.push_back({"KeysDelivered.v1.json", KeysDelivered{{"game"}, {{7, 2}, {41, 1}}, false}});
  samples.push_back({"KeysDelivered.v1.shared.json", KeysDelivered{{"licence"}, {{1, 1}}, true}});
}

void add_orders(std::vector<Sample>& samples) {
  const FrozenChain chain{{"standard"}, {2}, {{"carol"}, {"bob"}, {"alice"}}};
  samples.push_back({"OrderPlaced.v1.json", OrderPlaced{{"dave"}, {"game"}, {3}, {2997}, {"CNY"}}});
  samples.push_back(
      {"PaymentReceived.v1.json", PaymentReceived{PaymentId{"wx:4200"}, {2997}, {"CNY"}, "wechat", chain}});
  samples.push_back(
      {"PaymentReceived.v1.recorded.json", PaymentReceived{std::nullopt, {2997}, {"CNY"}, "import", chain}});
  samples.push_back({"PaymentReceived.v1.no-plan.json", PaymentReceived{std::nullopt, {0}, {"CNY"}, "", std::nullopt}});
  samples.push_back({"OrderDelivered.v1.json", OrderDelivered{}});
  samples.push_back({"CommissionForfeited.v1.json", CommissionForfeited{{"bob"},
                                                                        {2},
                                                                        {"standard"},
                                                                        {4},
                                                                        {RateKind::basis_points, 500},
                                                                        {2997},
                                                                        {149},
                                                                        {"CNY"},
                                                                        ForfeitReason::suspended}});
  samples.push_back({"CommissionForfeited.v1.closed.json", CommissionForfeited{{"bob"},
                                                                               {16},
                                                                               {"fixed"},
                                                                               {3},
                                                                               {RateKind::fixed_minor, 700},
                                                                               {2997},
                                                                               {2100},
                                                                               {"CNY"},
                                                                               ForfeitReason::closed}});
  samples.push_back({"CommissionWithheld.v1.json", CommissionWithheld{{"fixed"}, {3}, {"USDT"}, {"CNY"}}});
  samples.push_back({"OrderRefunded.v1.json", OrderRefunded{{"r-1"}, {500}, "坏卡"}});
}

void add_entries(std::vector<Sample>& samples) {
  samples.push_back(
      {"CommissionAccrued.v1.json",
       CommissionAccrued{
           {"o-1"}, {1}, {"standard"}, {2}, {RateKind::basis_points, 1000}, {2997}, {299}, {"CNY"}, noon_of_8_may}});
  samples.push_back({"CommissionAccrued.v1.fixed.json", CommissionAccrued{{"o-1"},
                                                                          {16},
                                                                          {"fixed"},
                                                                          {4'294'967'295},
                                                                          {RateKind::fixed_minor, 700'000},
                                                                          most,
                                                                          {2'100'000},
                                                                          {"USDT"},
                                                                          before_1970}});
  samples.push_back({"CommissionReversed.v1.json",
                     CommissionReversed{{"o-1"}, {"r-1"}, {1}, {"standard"}, {50}, {"CNY"}, noon_of_8_may}});
}

}  // namespace

std::vector<Sample> event_samples() {
  std::vector<Sample> samples;
  add_policy(samples);
  add_plans_and_products(samples);
  add_members(samples);
  add_keys(samples);
  add_orders(samples);
  add_entries(samples);
  return samples;
}

}  // namespace upline::tests
