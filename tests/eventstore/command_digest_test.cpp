#include "eventstore/command_digest.hpp"

#include "tests/eventstore/golden.hpp"

#include <algorithm>
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
    return Command{EnrolMember{{std::move(member)}, std::move(referrer), std::move(code), {"9999999"}, t}};
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
           {CloseMember{{"bot"}, "why", at}, CloseMember{{"bob"}, "because", at}, CloseMember{{"bob"}, "why", later}}}};
}

std::vector<Family> order_families() {
  const auto keys = [](std::vector<SealedKey> list, bool release = true, Timestamp t = at) {
    return Command{ImportKeys{{"game"}, {"b1"}, std::move(list), release, t}};
  };
  const auto one = key_from(32);
  const auto two = key_from(48);
  const RecordPurchase sale{{"o1"}, {"bob"}, {"game"}, {2}, {1998}, {"CNY"}, "wechat", at};
  const auto sale_with = [&](auto change) {
    auto changed = sale;
    change(changed);
    return Command{changed};
  };
  return {{"ImportKeys",
           keys({one, two}),
           {keys({two, one}), keys({one}), keys({one, two, two}), keys({one, key_from(49)}), keys({one, two}, false),
            keys({one, two}, true, later), ImportKeys{{"film"}, {"b1"}, {one, two}, true, at},
            ImportKeys{{"game"}, {"b2"}, {one, two}, true, at}}},
          {"RecordPurchase",
           sale,
           {sale_with([](auto& s) { s.order = {"o2"}; }), sale_with([](auto& s) { s.member = {"bot"}; }),
            sale_with([](auto& s) { s.product = {"film"}; }), sale_with([](auto& s) { s.quantity = {3}; }),
            sale_with([](auto& s) { s.amount = {1997}; }), sale_with([](auto& s) { s.currency = {"USD"}; }),
            sale_with([](auto& s) { s.channel = "alipay"; }), sale_with([](auto& s) { s.occurred_at = later; }),
            sale_with([](auto& s) { std::swap(s.order.value, s.member.value); })}},
          {"RefundOrder",
           RefundOrder{{"r1"}, {"o1"}, {500}, "坏卡", at},
           {RefundOrder{{"r2"}, {"o1"}, {500}, "坏卡", at}, RefundOrder{{"r1"}, {"o2"}, {500}, "坏卡", at},
            RefundOrder{{"r1"}, {"o1"}, {501}, "坏卡", at}, RefundOrder{{"r1"}, {"o1"}, {500}, "", at},
            RefundOrder{{"r1"}, {"o1"}, {500}, "坏卡", later}}}};
}

std::vector<Family> all_families() {
  std::vector<Family> all;
  for (auto* make : {policy_families, plan_and_product_families, member_families, order_families}) {
    for (auto& family : make()) all.push_back(std::move(family));
  }
  return all;
}

}  // namespace

TEST_CASE("a command has the digest that its golden file says, for a repetition may come years later", "[digest]") {
  const auto golden = read_golden("command_digest.v1.json").at("digests");
  const auto families = all_families();
  CHECK(families.size() == std::variant_size_v<Command>);
  CHECK(golden.size() == std::variant_size_v<Command>);
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

  ImportKeys import{{"game"}, {"b1"}, {key_from(1)}, true, at};
  const auto sealed_once = command_digest(import, counting_salt());
  import.keys.front().digest.bytes.fill(7);
  CHECK(command_digest(import, counting_salt()) == sealed_once);
}
