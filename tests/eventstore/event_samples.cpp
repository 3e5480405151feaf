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
  samples.push_back({"ReferralPolicyChanged.v1.json",
                     ReferralPolicyChanged{{BindingRule::at_first_purchase, {604'800'000'000}, true}, "新规则"}});
  samples.push_back({"ReferralPolicyChanged.v1.at-enrolment.json",
                     ReferralPolicyChanged{{BindingRule::at_enrolment, {1}, false}, "as before"}});
  samples.push_back(
      {"ReservationPolicyChanged.v1.json", ReservationPolicyChanged{{{900'000'000}, 5, 4'294'967'295}, "slow payers"}});
}

void add_plans(std::vector<Sample>& samples) {
  const PercentRates percent{{{1000}, {500}, {250}}};
  const FixedRates fixed{{"USDT"}, {{700'000}, {300'000}}};
  samples.push_back({"PlanPublished.v1.json", PlanPublished{{2}, {percent, {9000}, {604'800'000'000}}}});
  samples.push_back({"PlanPublished.v1.fixed.json", PlanPublished{{1}, {fixed, {10'000}, {0}}}});
}

void add_products(std::vector<Sample>& samples) {
  samples.push_back({"ProductAdded.v1.json", ProductAdded{"月卡 30 days", {999}, {"CNY"}, Fulfilment::key_pool}});
  samples.push_back({"ProductAdded.v1.reusable.json", ProductAdded{"教程", {1}, {"USDT"}, Fulfilment::reusable}});
  samples.push_back({"ProductAdded.v1.manual.json", ProductAdded{"代充", {50'000}, {"CNY"}, Fulfilment::manual}});
  samples.push_back({"ProductAdded.v1.largest.json",
                     ProductAdded{std::string(500, 't'), most, {"ABCDEFGHIJKLMNOPQRSTUVW9"}, Fulfilment::external}});
  samples.push_back({"PlanAssigned.v1.json", PlanAssigned{{"launch"}}});
  samples.push_back({"ProductRepriced.v1.json", ProductRepriced{{1299}}});
  samples.push_back({"ProductRetired.v1.json", ProductRetired{"渠道关停"}});
  samples.push_back({"ProductRelisted.v1.json", ProductRelisted{}});
  samples.push_back({"PurchasesLimited.v1.json", PurchasesLimited{Quantity{2}}});
  samples.push_back({"PurchasesLimited.v1.no-limit.json", PurchasesLimited{}});
  samples.push_back({"LowStockLevelSet.v1.json", LowStockLevelSet{Quantity{20}}});
  samples.push_back({"LowStockLevelSet.v1.none.json", LowStockLevelSet{}});
}

void add_members(std::vector<Sample>& samples) {
  const auto visitor = counting_from<Fingerprint>(64);
  samples.push_back({"MemberEnrolled.v1.json", MemberEnrolled{.code = {"234679C"}, .referrer = MemberId{"alice"}}});
  samples.push_back({"MemberEnrolled.v1.no-referrer.json", MemberEnrolled{.code = {"XYZ2346"}}});
  samples.push_back({"MemberEnrolled.v1.invited.json",
                     MemberEnrolled{.code = {"CDFGHJK"}, .invited_by = MemberId{"bob"}, .visitor = visitor}});
  samples.push_back({"ReferrerBound.v1.json", ReferrerBound{{"bob"}}});
  samples.push_back({"MemberSuspended.v1.json", MemberSuspended{"chargebacks"}});
  samples.push_back({"MemberResumed.v1.json", MemberResumed{}});
  samples.push_back({"MemberClosed.v1.json", MemberClosed{"asked for it"}});
  samples.push_back({"MemberMoved.v1.json", MemberMoved{{"carol"}, "绑错了人"}});
  samples.push_back({"MemberErased.v1.json", MemberErased{"她要求删除"}});
  samples.push_back({"LinkClicked.v1.json", LinkClicked{{"alice"}}});
}

void add_keys(std::vector<Sample>& samples) {
  samples.push_back(
      {"KeysImported.v1.json",
       KeysImported{.batch = {"b-2026.05"}, .first = 41, .keys = {sealed_key(1), sealed_key(33)}, .use_limit = 0}});
  samples.push_back({"KeysImported.v1.limited.json",
                     KeysImported{.batch = {"seats"}, .first = 1, .keys = {sealed_key(65)}, .use_limit = 1'000'000}});
  samples.push_back({"KeysReleased.v1.json", KeysReleased{{41, 2}}});
  samples.push_back({"ReleaseScheduled.v1.json", ReleaseScheduled{{"b-2026.06"}, noon_of_8_may}});
  samples.push_back({"ScheduleEnded.v1.json", ScheduleEnded{{"b-2026.06"}}});
  samples.push_back({"KeysWithdrawn.v1.json", KeysWithdrawn{{{51, 3}, {44, 1}}, "重新核对", {"b-2"}}});
  samples.push_back({"KeysRevoked.v1.json", KeysRevoked{{{61, 7}}, {{51, 3}, {44, 1}}, "泄露", {"b-2"}}});
}

/// Of orders, but about keys.
void add_keys_of_orders(std::vector<Sample>& samples) {
  samples.push_back({"KeysDelivered.v1.json", KeysDelivered{.product = {"game"},
                                                            .keys = {{7, 2}, {41, 1}},
                                                            .shared = false,
                                                            .source = KeySource::reservation,
                                                            .units = {3}}});
  samples.push_back(
      {"KeysDelivered.v1.shared.json",
       KeysDelivered{
           .product = {"licence"}, .keys = {{1, 1}}, .shared = true, .source = KeySource::sale, .units = {25}}});
  samples.push_back(
      {"KeysDelivered.v1.waiting.json",
       KeysDelivered{
           .product = {"game"}, .keys = {{43, 2}}, .shared = false, .source = KeySource::waiting, .units = {2}}});
  samples.push_back({"StockAwaited.v1.json", StockAwaited{{"game"}, {3}}});
  samples.push_back({"StockNoLongerAwaited.v1.json", StockNoLongerAwaited{{"game"}, {"dave"}, {3}}});
  samples.push_back({"KeyReplaced.v1.json", KeyReplaced{{"game"}, 7, 44, "已被使用"}});
  samples.push_back(
      {"DeliveredKeysRevoked.v1.json", DeliveredKeysRevoked{{"game"}, {"r-1"}, {{8, 1}, {41, 1}, {44, 1}}}});
}

void add_orders(std::vector<Sample>& samples) {
  samples.push_back({"OrderPlaced.v1.json", OrderPlaced{.member = {"dave"},
                                                        .product = {"game"},
                                                        .quantity = {3},
                                                        .amount_due = {2997},
                                                        .currency = {"CNY"},
                                                        .expires_at = noon_of_8_may,
                                                        .reserved = {4},
                                                        .address = counting_from<Fingerprint>(64),
                                                        .contact = sealed_key(1)}});
  samples.push_back(
      {"OrderPlaced.v1.recorded.json",
       OrderPlaced{
           .member = {"dave"}, .product = {"game"}, .quantity = {3}, .amount_due = {2997}, .currency = {"CNY"}}});
  samples.push_back({"OrderDelivered.v1.json", OrderDelivered{}});
  samples.push_back({"OrderDelivered.v1.text.json", OrderDelivered{sealed_key(33)}});
  samples.push_back({"OrderRefunded.v1.json", OrderRefunded{{"r-1"}, {500}, "坏卡", RefundKind::refund}});
  samples.push_back({"OrderRefunded.v1.chargeback.json", OrderRefunded{{"cb:7"}, {2997}, "", RefundKind::chargeback}});
  samples.push_back({"OrderExpired.v1.json", OrderExpired{{"game"}, {3}}});
  samples.push_back({"OrderCancelled.v1.json", OrderCancelled{{"game"}, {3}, "买错了"}});
}

void add_payments(std::vector<Sample>& samples) {
  const FrozenChain chain{{"standard"}, {2}, {{"carol"}, {"bob"}, {"alice"}}};
  samples.push_back({"PaymentReceived.v1.json", PaymentReceived{.payment = PaymentId{"wx:4200"},
                                                                .amount = {2997},
                                                                .currency = {"CNY"},
                                                                .channel = "wechat",
                                                                .effect = PaymentEffect::pays,
                                                                .chain = chain,
                                                                .first_purchase = MemberId{"dave"}}});
  samples.push_back({"PaymentReceived.v1.recorded.json",
                     PaymentReceived{.amount = {2997}, .currency = {"CNY"}, .channel = "import", .chain = chain}});
  samples.push_back({"PaymentReceived.v1.no-plan.json", PaymentReceived{.currency = {"CNY"}}});
  samples.push_back({"PaymentReceived.v1.underpays.json", PaymentReceived{.payment = PaymentId{"wx:4201"},
                                                                          .amount = {1},
                                                                          .currency = {"CNY"},
                                                                          .channel = "alipay",
                                                                          .effect = PaymentEffect::underpays}});
  samples.push_back({"PaymentReceived.v1.owed-back.json", PaymentReceived{.payment = PaymentId{"tx-9"},
                                                                          .amount = most,
                                                                          .currency = {"USDT"},
                                                                          .channel = "TRC20",
                                                                          .effect = PaymentEffect::owed_back}});
  samples.push_back({"PaymentMismatched.v1.json", PaymentMismatched{{"wx:4200"}, {"o-2"}, {-2996}, {"USDT"}}});
  samples.push_back({"PaymentReturned.v1.json", PaymentReturned{{"back-1"}, {998}, {"CNY"}, "支付宝"}});
}

void add_lost_commission(std::vector<Sample>& samples) {
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

const PayoutTotals two_totals{{{"CNY"}, 2, {{25'100}, {4'000}, {100}, {21'000}}},
                              {{"USDT"}, 1, {{7'000'000}, {0}, {50}, {6'999'950}}}};

void add_settlements(std::vector<Sample>& samples) {
  const auto digest = counting_from<Digest>(32);
  samples.push_back({"SettlementPolicyChanged.v1.json", SettlementPolicyChanged{{true}, "双人复核"}});
  samples.push_back({"SettlementOpened.v1.json",
                     SettlementOpened{{2}, noon_of_8_may, {1000}, {100}, "cn-labour-2018", {77}, "wang.fang"}});
  samples.push_back({"LinesScheduled.v1.json", LinesScheduled{{2}, 3, {"carol"}, {"USDT"}, digest, two_totals}});
  samples.push_back({"SettlementFixed.v1.json", SettlementFixed{{2}, 3, digest, two_totals}});
  samples.push_back({"SettlementFixed.v1.nobody.json", SettlementFixed{{1}, 0, {}, {}}});
  samples.push_back({"SettlementAbandoned.v1.json", SettlementAbandoned{{1}, "another settlement was fixed first"}});
  samples.push_back({"SettlementApproved.v1.json", SettlementApproved{"li.lei"}});
  samples.push_back({"SettlementExported.v1.json", SettlementExported{"alipay", digest, 2, two_totals}});
  samples.push_back({"SettlementCancelled.v1.json", SettlementCancelled{"金额有误"}});
}

void add_payouts(std::vector<Sample>& samples) {
  const SettlementId settlement{"2026-10"};
  const PayoutAmounts amounts{{25'000}, {4'000}, {100}, {20'900}};
  samples.push_back({"PayoutScheduled.v1.json", PayoutScheduled{settlement, {2}, {"CNY"}, amounts}});
  samples.push_back({"PayoutPaid.v1.json", PayoutPaid{settlement, {2}, {"CNY"}, amounts, "20261103110070101506"}});
  samples.push_back({"PayoutPaid.v1.no-reference.json", PayoutPaid{settlement, {2}, {"CNY"}, amounts}});
  samples.push_back({"PayoutFailed.v1.json", PayoutFailed{settlement, {2}, {"CNY"}, amounts, "账户不存在"}});
  samples.push_back({"PayoutReturned.v1.json", PayoutReturned{settlement, {2}, {"CNY"}, amounts, "account closed"}});
}

}  // namespace

std::vector<Sample> event_samples() {
  std::vector<Sample> samples;
  add_policy(samples);
  add_plans(samples);
  add_products(samples);
  add_members(samples);
  add_keys(samples);
  add_keys_of_orders(samples);
  add_orders(samples);
  add_payments(samples);
  add_lost_commission(samples);
  add_entries(samples);
  add_settlements(samples);
  add_payouts(samples);
  return samples;
}

}  // namespace upline::tests
