#include "eventstore/command_digest.hpp"

#include "tests/eventstore/golden.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

constexpr Timestamp at{1'777'636'800'123'456};
constexpr Timestamp later{at.microseconds + 1};

Salt counting_salt() {
  Salt salt{};
  for (std::size_t i = 0; i < salt.size(); ++i) salt[i] = static_cast<std::uint8_t>(i);
  return salt;
}

SealedKey key_from(std::uint8_t first) {
  SealedKey key;
  for (auto& byte : key.fingerprint.bytes) byte = first++;
  return key;
}

/// A command, and others that differ from it in one field each: every field is changed at least once.
struct Family {
  std::string name;
  Command command;
  std::vector<Command> changed;
};

std::vector<Family> policy_families() {
  return {
      {"OpenShop", OpenShop{{"CNY"}, at}, {OpenShop{{"CNX"}, at}, OpenShop{{"CNY"}, later}}},
      {"DeclareCurrency",
       DeclareCurrency{{"USDT"}, {6}, at},
       {DeclareCurrency{{"USDC"}, {6}, at}, DeclareCurrency{{"USDT"}, {5}, at}, DeclareCurrency{{"USDT"}, {6}, later}}},
      {"ChangeLevelLimit",
       ChangeLevelLimit{3, "法务", at},
       {ChangeLevelLimit{4, "法务", at}, ChangeLevelLimit{3, "", at}, ChangeLevelLimit{3, "法务", later}}},
      {"ChooseDefaultPlan",
       ChooseDefaultPlan{{"standard"}, at},
       {ChooseDefaultPlan{{"other"}, at}, ChooseDefaultPlan{{"standard"}, later}}}};
}

/// The command, and what becomes of it by each of the changes.
template <class C, class... Changes>
Family family(std::string name, const C& command, const Changes&... changes) {
  Family made{std::move(name), command, {}};
  const auto add = [&](const auto& change) {
    auto changed = command;
    change(changed);
    made.changed.emplace_back(std::move(changed));
  };
  (add(changes), ...);
  return made;
}

constexpr auto happen_later = [](auto& c) { c.occurred_at = later; };

std::vector<Family> rule_families() {
  const ChangeReferralPolicy referral{.binds = BindingRule::at_first_purchase,
                                      .click_window = Duration{7},
                                      .link_needs_purchase = true,
                                      .reason = "why",
                                      .occurred_at = at};
  const ChangeReservationPolicy reservation{
      .reserve_for = Duration{9}, .open_per_buyer = 4, .open_per_address = 5, .reason = "why", .occurred_at = at};
  return {
      family(
          "ChangeReferralPolicy", referral, [](auto& c) { c.binds = BindingRule::at_enrolment; },
          [](auto& c) { c.binds.reset(); }, [](auto& c) { c.click_window = Duration{8}; },
          [](auto& c) { c.click_window.reset(); }, [](auto& c) { c.link_needs_purchase = false; },
          [](auto& c) { c.link_needs_purchase.reset(); }, [](auto& c) { c.reason = "because"; }, happen_later),
      family(
          "ChangeReservationPolicy", reservation, [](auto& c) { c.reserve_for = Duration{10}; },
          [](auto& c) { c.reserve_for.reset(); }, [](auto& c) { c.open_per_buyer = 3; },
          [](auto& c) { c.open_per_buyer.reset(); }, [](auto& c) { c.open_per_address = 6; },
          [](auto& c) { c.open_per_address.reset(); }, [](auto& c) { std::swap(c.open_per_buyer, c.open_per_address); },
          [](auto& c) { c.reason = "because"; }, happen_later),
  };
}

std::vector<Family> listing_families() {
  constexpr auto other = [](auto& c) { c.product = {"film"}; };
  return {
      family(
          "RepriceProduct", RepriceProduct{{"game"}, {999}, at}, other, [](auto& c) { c.unit_price = {998}; },
          happen_later),
      family(
          "RetireProduct", RetireProduct{{"game"}, "why", at}, other, [](auto& c) { c.reason = "because"; },
          happen_later),
      family("RelistProduct", RelistProduct{{"game"}, at}, other, happen_later),
      family(
          "LimitPurchases", LimitPurchases{{"game"}, 2, at}, other, [](auto& c) { c.units_per_member = 3; },
          [](auto& c) { c.units_per_member.reset(); }, happen_later),
      family(
          "SetLowStockLevel", SetLowStockLevel{{"game"}, 2, at}, other, [](auto& c) { c.keys = 3; },
          [](auto& c) { c.keys.reset(); }, happen_later),
  };
}

std::vector<Family> plan_and_product_families() {
  const auto plan = [](Rates rates, std::int32_t cap, std::int64_t hold, Timestamp t = at) {
    return Command{PublishPlan{{"standard"}, {std::move(rates), {cap}, {hold}}, t}};
  };
  const PercentRates percent{{{1000}, {500}}};
  constexpr std::int64_t week = 604'800'000'000;
  return {{"PublishPlan",
           plan(percent, 9000, week),
           {plan(PercentRates{{{1000}, {501}}}, 9000, week), plan(PercentRates{{{1000}}}, 9000, week),
            plan(PercentRates{{{500}, {1000}}}, 9000, week), plan(FixedRates{{"CNY"}, {{1000}, {500}}}, 9000, week),
            plan(FixedRates{{"USD"}, {{1000}, {500}}}, 9000, week), plan(percent, 9001, week),
            plan(percent, 9000, week + 1), plan(percent, 9000, week, later),
            PublishPlan{{"other"}, {percent, {9000}, {week}}, at}}},
          {"AddProduct",
           AddProduct{{"game"}, "月卡", {999}, {"CNY"}, Fulfilment::reusable, at},
           {AddProduct{{"gamf"}, "月卡", {999}, {"CNY"}, Fulfilment::reusable, at},
            AddProduct{{"game"}, "月", {999}, {"CNY"}, Fulfilment::reusable, at},
            AddProduct{{"game"}, "月卡", {998}, {"CNY"}, Fulfilment::reusable, at},
            AddProduct{{"game"}, "月卡", {999}, {"USD"}, Fulfilment::reusable, at},
            AddProduct{{"game"}, "月卡", {999}, {"CNY"}, Fulfilment::key_pool, at},
            AddProduct{{"game"}, "月卡", {999}, {"CNY"}, Fulfilment::reusable, later}}},
          {"AssignPlan",
           AssignPlan{{"game"}, {"standard"}, at},
           {AssignPlan{{"film"}, {"standard"}, at}, AssignPlan{{"game"}, {"other"}, at},
            AssignPlan{{"game"}, {"standard"}, later}}}};
}

std::vector<Family> member_families() {
  const auto enrol = [](std::string member, std::optional<MemberId> referrer, std::optional<ReferralCode> code,
                        Timestamp t = at) {
    return Command{EnrolMember{.member = {std::move(member)},
                               .referrer = std::move(referrer),
                               .referrer_code = std::move(code),
                               .proposed_code = {"9999999"},
                               .occurred_at = t}};
  };
  const MemberId alice{"alice"};
  const ReferralCode code{"234679C"};
  return {{"EnrolMember",
           enrol("bob", alice, code),
           {enrol("bot", alice, code), enrol("bob", MemberId{"carol"}, code), enrol("bob", std::nullopt, code),
            enrol("bob", alice, ReferralCode{"234679D"}), enrol("bob", alice, std::nullopt),
            enrol("bob", std::nullopt, std::nullopt), enrol("bob", MemberId{"234679C"}, std::nullopt),
            enrol("bob", std::nullopt, ReferralCode{"alice"}), enrol("bob", alice, code, later)}},
          {"BindReferrer",
           BindReferrer{{"bob"}, alice, at},
           {BindReferrer{{"bot"}, alice, at}, BindReferrer{{"bob"}, {"carol"}, at}, BindReferrer{{"bob"}, alice, later},
            BindReferrer{alice, {"bob"}, at}}},
          {"SuspendMember",
           SuspendMember{{"bob"}, "why", at},
           {SuspendMember{{"bot"}, "why", at}, SuspendMember{{"bob"}, "because", at},
            SuspendMember{{"bob"}, "why", later}}},
          {"ResumeMember", ResumeMember{{"bob"}, at}, {ResumeMember{{"bot"}, at}, ResumeMember{{"bob"}, later}}},
          {"CloseMember",
           CloseMember{{"bob"}, "why", at},
           {CloseMember{{"bot"}, "why", at}, CloseMember{{"bob"}, "because", at}, CloseMember{{"bob"}, "why", later}}},
          {"EraseMember",
           EraseMember{{"bob"}, "why", at},
           {EraseMember{{"bot"}, "why", at}, EraseMember{{"bob"}, "because", at}, EraseMember{{"bob"}, "why", later}}}};
}

std::vector<Family> visiting_families() {
  const Fingerprint visitor = key_from(7).fingerprint;
  const EnrolMember brought{.member = {"eve"}, .visitor = visitor, .occurred_at = at};
  return {
      family(
          "EnrolMember, brought by a link", brought, [](auto& c) { c.visitor = key_from(8).fingerprint; },
          [](auto& c) { c.visitor.reset(); }),
      family(
          "MoveMember", MoveMember{{"bob"}, {"alice"}, "why", at}, [](auto& c) { c.member = {"bot"}; },
          [](auto& c) { c.referrer = {"carol"}; }, [](auto& c) { std::swap(c.member, c.referrer); },
          [](auto& c) { c.reason = "because"; }, happen_later),
      family(
          "RecordClick", RecordClick{visitor, {"234679C"}, at}, [](auto& c) { c.visitor = key_from(8).fingerprint; },
          [](auto& c) { c.code = {"234679D"}; }, happen_later),
  };
}

std::vector<Family> key_families() {
  const auto one = key_from(32);
  const auto two = key_from(48);
  const ImportKeys import{
      .product = {"game"}, .batch = {"b1"}, .keys = {one, two}, .release = true, .use_limit = 0, .occurred_at = at};
  constexpr auto other_product = [](auto& c) { c.product = {"film"}; };
  constexpr auto other_batch = [](auto& c) { c.batch = {"b2"}; };
  constexpr auto other_reason = [](auto& c) { c.reason = "because"; };
  return {
      family(
          "ImportKeys", import, other_product, other_batch, happen_later, [](auto& c) { c.release = false; },
          [](auto& c) { c.use_limit = 1; }, [&](auto& c) { c.keys = {two, one}; }, [&](auto& c) { c.keys = {one}; },
          [&](auto& c) { c.keys = {one, two, two}; }, [&](auto& c) { c.keys = {one, key_from(49)}; }),
      family(
          "ReleaseKeys", ReleaseKeys{.product = {"game"}, .batch = {"b1"}, .at = later, .occurred_at = at},
          other_product, other_batch, happen_later, [](auto& c) { c.at = at; }, [](auto& c) { c.at.reset(); }),
      family("WithdrawKeys", WithdrawKeys{{"game"}, {"b1"}, "why", at}, other_product, other_batch, other_reason,
             happen_later),
      family("RevokeKeys", RevokeKeys{{"game"}, {"b1"}, "why", at}, other_product, other_batch, other_reason,
             happen_later),
  };
}

std::vector<Family> order_families() {
  constexpr auto other_order = [](auto& c) { c.order = {"o2"}; };
  const PlaceOrder place{.order = {"o1"},
                         .member = {"bob"},
                         .product = {"game"},
                         .quantity = {2},
                         .address = key_from(1).fingerprint,
                         .contact = key_from(2),
                         .occurred_at = at};
  const RecordPurchase sale{{"o1"}, {"bob"}, {"game"}, {2}, {1998}, {"CNY"}, "wechat", at};
  return {
      family(
          "PlaceOrder", place, other_order, happen_later, [](auto& c) { c.member = {"bot"}; },
          [](auto& c) { c.product = {"film"}; }, [](auto& c) { c.quantity = {3}; },
          [](auto& c) { c.address = key_from(2).fingerprint; }, [](auto& c) { c.address.reset(); },
          [](auto& c) { c.contact = key_from(3); }, [](auto& c) { c.contact.reset(); },
          [](auto& c) { c.query_secret = key_from(2).fingerprint; },
          [](auto& c) { c.query_secret = key_from(3).fingerprint; }),
      family(
          "DeliverOrder", DeliverOrder{{"o1"}, key_from(5), at}, other_order, happen_later,
          [](auto& c) { c.text = key_from(6); }, [](auto& c) { c.text.reset(); }),
      family("CancelOrder", CancelOrder{{"o1"}, "why", at}, other_order, happen_later,
             [](auto& c) { c.reason = "because"; }),
      family(
          "ReplaceKey", ReplaceKey{{"o1"}, 7, "why", at}, other_order, happen_later, [](auto& c) { c.key = 8; },
          [](auto& c) { c.reason = "because"; }),
      family(
          "RecordPurchase", sale, other_order, happen_later, [](auto& c) { c.member = {"bot"}; },
          [](auto& c) { c.product = {"film"}; }, [](auto& c) { c.quantity = {3}; }, [](auto& c) { c.amount = {1997}; },
          [](auto& c) { c.currency = {"USD"}; }, [](auto& c) { c.channel = "alipay"; },
          [](auto& c) { std::swap(c.order.value, c.member.value); }),
  };
}

std::vector<Family> money_families() {
  constexpr auto other_order = [](auto& c) { c.order = {"o2"}; };
  constexpr auto other_amount = [](auto& c) { c.amount = {501}; };
  constexpr auto other_currency = [](auto& c) { c.currency = {"USD"}; };
  constexpr auto other_channel = [](auto& c) { c.channel = "alipay"; };
  const RefundOrder refund{.refund = {"r1"},
                           .order = {"o1"},
                           .amount = {500},
                           .reason = "坏卡",
                           .kind = RefundKind::refund,
                           .revoke_keys = false,
                           .occurred_at = at};
  return {
      family("PayOrder", PayOrder{{"p1"}, {"o1"}, {500}, {"CNY"}, "wechat", at}, other_order, other_amount,
             other_currency, other_channel, happen_later, [](auto& c) { c.payment = {"p2"}; }),
      family(
          "RefundOrder", refund, other_order, other_amount, happen_later, [](auto& c) { c.refund = {"r2"}; },
          [](auto& c) { c.reason = ""; }, [](auto& c) { c.kind = RefundKind::chargeback; },
          [](auto& c) { c.revoke_keys = true; }),
      family("ReturnPayment", ReturnPayment{{"b1"}, {"o1"}, {500}, {"CNY"}, "wechat", at}, other_order, other_amount,
             other_currency, other_channel, happen_later, [](auto& c) { c.id = {"b2"}; }),
  };
}

std::vector<Family> settlement_families() {
  constexpr auto other_settlement = [](auto& c) { c.settlement = {"2026-11"}; };
  constexpr auto other_reason = [](auto& c) { c.reason = ""; };
  constexpr auto other_attempt = [](auto& c) { c.attempt = {2}; };
  const SettlementId october{"2026-10"};
  return {family("ChangeSettlementPolicy", ChangeSettlementPolicy{true, "双人复核", at}, other_reason, happen_later,
                 [](auto& c) { c.four_eyes = false; }),
          family(
              "OpenSettlement", OpenSettlement{october, {at, {1000}, {100}, "none"}, {}, at}, other_settlement,
              happen_later, [](auto& c) { c.terms.cutoff = later; }, [](auto& c) { c.terms.minimum = {999}; },
              [](auto& c) { c.terms.fee = {99}; }, [](auto& c) { c.terms.tax = "flat:1"; }),
          family(
              "SchedulePayouts", SchedulePayouts{october, {1}, 7, {{{"alice"}, {"CNY"}, {500}}}, at}, other_settlement,
              other_attempt, happen_later, [](auto& c) { c.lines_before = 8; }, [](auto& c) { c.lines.clear(); },
              [](auto& c) { c.lines[0].member = {"bob"}; }, [](auto& c) { c.lines[0].currency = {"USD"}; },
              [](auto& c) { c.lines[0].gross = {501}; }),
          family("FixSettlement", FixSettlement{october, {1}, 7, at}, other_settlement, other_attempt, happen_later,
                 [](auto& c) { c.lines = 8; }),
          family("AbandonSettlement", AbandonSettlement{october, {1}, "误操作", at}, other_settlement, other_attempt,
                 other_reason, happen_later),
          family("ApproveSettlement", ApproveSettlement{october, {}, at}, other_settlement, happen_later),
          family(
              "RecordExport", RecordExport{october, "alipay", {}, 7, {{{"CNY"}, 7, {}}}, at}, other_settlement,
              happen_later, [](auto& c) { c.format = "wechat"; }, [](auto& c) { c.digest.bytes[0] = 1; },
              [](auto& c) { c.rows = 8; }, [](auto& c) { c.totals.clear(); }),
          family("CancelSettlement", CancelSettlement{october, "误操作", false, at}, other_settlement, other_reason,
                 happen_later, [](auto& c) { c.although_exported = true; }),
          family(
              "RecordPayoutResult",
              RecordPayoutResult{october, {"alice"}, {"CNY"}, PayoutResult::paid, "ref-1", Minor{500}, at},
              other_settlement, happen_later, [](auto& c) { c.member = {"bob"}; },
              [](auto& c) { c.currency = {"USD"}; }, [](auto& c) { c.result = PayoutResult::failed; },
              [](auto& c) { c.text = "ref-2"; }, [](auto& c) { c.net = Minor{501}; }, [](auto& c) { c.net.reset(); })};
}

std::vector<Family> all_families() {
  std::vector<Family> all;
  for (auto* make : {policy_families, rule_families, plan_and_product_families, listing_families, member_families,
                     visiting_families, key_families, order_families, money_families, settlement_families}) {
    for (auto& family : make()) all.push_back(std::move(family));
  }
  return all;
}

}  // namespace

// Run by its tag once, when a command is new.
TEST_CASE("the golden file of the commands' digests is written", "[.golden]") {
  nlohmann::ordered_json digests;
  for (const auto& family : all_families())
    digests[family.name] = to_hex(command_digest(family.command, counting_salt()));
  auto golden = read_golden("command_digest.v1.json");
  golden["digests"] = digests;
  std::ofstream(golden_folder() / "command_digest.v1.json") << golden.dump(2) << '\n';
}

TEST_CASE("a command has the digest that its golden file says, for a repetition may come years later", "[digest]") {
  const auto golden = read_golden("command_digest.v1.json").at("digests");
  const auto families = all_families();
  std::set<std::size_t> kinds;
  for (const auto& family : families) kinds.insert(family.command.index());
  CHECK(kinds.size() == std::variant_size_v<AnyCommand>);
  CHECK(golden.size() == families.size());
  for (const auto& family : families) {
    INFO(family.name);
    CHECK(to_hex(command_digest(family.command, counting_salt())) == golden.at(family.name).get<std::string>());
  }
}

TEST_CASE("any field that the caller sent makes another digest", "[digest]") {
  std::set<Hash> digests;
  std::size_t commands = 0;
  for (const auto& family : all_families()) {
    INFO(family.name);
    CHECK(digests.insert(command_digest(family.command, counting_salt())).second);
    for (std::size_t i = 0; i < family.changed.size(); ++i) {
      INFO("change " << i);
      CHECK(digests.insert(command_digest(family.changed[i], counting_salt())).second);
    }
    commands += 1 + family.changed.size();
  }
  CHECK(digests.size() == commands);
}

TEST_CASE("the same command has the same digest under one salt, and another under another", "[digest]") {
  auto other_salt = counting_salt();
  ++other_salt.back();
  for (const auto& family : all_families()) {
    INFO(family.name);
    CHECK(command_digest(family.command, counting_salt()) == command_digest(family.command, counting_salt()));
    CHECK(command_digest(family.command, counting_salt()) != command_digest(family.command, other_salt));
  }
}

TEST_CASE("what the handler adds to a command makes no other digest", "[digest]") {
  EnrolMember enrolment{.member = {"bob"}, .proposed_code = {"2222222"}, .occurred_at = at};
  const auto before = command_digest(enrolment, counting_salt());
  enrolment.proposed_code = {"3333333"};
  CHECK(command_digest(enrolment, counting_salt()) == before);

  ImportKeys import{.product = {"game"}, .batch = {"b1"}, .keys = {key_from(1)}, .occurred_at = at};
  const auto sealed_once = command_digest(import, counting_salt());
  import.keys.front().digest.bytes.fill(7);
  CHECK(command_digest(import, counting_salt()) == sealed_once);

  PlaceOrder place{.order = {"o1"}, .contact = key_from(1), .occurred_at = at};
  const auto contact_sealed_once = command_digest(place, counting_salt());
  place.contact->digest.bytes.fill(7);
  CHECK(command_digest(place, counting_salt()) == contact_sealed_once);

  DeliverOrder deliver{.order = {"o1"}, .text = key_from(1), .occurred_at = at};
  const auto text_sealed_once = command_digest(deliver, counting_salt());
  deliver.text->digest.bytes.fill(7);
  CHECK(command_digest(deliver, counting_salt()) == text_sealed_once);

  OpenSettlement open{.settlement = {"2026-10"}, .occurred_at = at};
  const auto opened_by_nobody = command_digest(open, counting_salt());
  open.opened_by = "wang";
  CHECK(command_digest(open, counting_salt()) == opened_by_nobody);
}
