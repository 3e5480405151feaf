#include "cli/change_verb.hpp"
#include "cli/member_erase.hpp"
#include "cli/member_payee.hpp"
#include "cli/member_reads.hpp"
#include "cli/verbs.hpp"
#include "domain/command.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/stream_states.hpp"

#include <array>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

using namespace domain;

struct Words {
  WriteOptions write;
  std::string member;
  std::string referrer;
  std::string code;
  std::string visitor;
  std::string reason;
};

void add_member_id(CLI::App& verb, Words& words) {
  verb.add_option("member", words.member, "The member's id")->required()->type_name("MEMBER");
}

void add_referrer(CLI::App& verb, Words& words) {
  verb.add_option("referrer", words.referrer, "The member who referred them")->required()->type_name("REFERRER");
}

void add_reason(CLI::App& verb, Words& words) { add_text(verb, "--reason", words.reason, "Why")->required(); }

CLI::Option* add_visitor(CLI::App& verb, Words& words) {
  return add_text(verb, "--visitor", words.visitor,
                  "Whatever the storefront knows the visitor by, such as a cookie: only a keyed hash is kept");
}

// What the words become

void add_adding_options(CLI::App& verb, Words& words) {
  add_member_id(verb, words);
  auto* referrer = verb.add_option("--referrer", words.referrer, "The member who referred them")
                       ->type_name("MEMBER")
                       ->check(check_not_empty);
  verb.add_option("--referrer-code", words.code, "The referral code that they came with")
      ->type_name("CODE")
      ->check(check_not_empty)
      ->excludes(referrer);
  add_visitor(verb, words);
}

eventstore::Request add(const Words& words) {
  EnrolMember command{.member = {words.member}};
  if (!words.referrer.empty()) command.referrer = MemberId{words.referrer};
  if (!words.code.empty()) command.referrer_code = ReferralCode{words.code};
  auto request = request_of(std::move(command), words.write);
  request.visitor = words.visitor;
  return request;
}

void add_binding_options(CLI::App& verb, Words& words) {
  add_member_id(verb, words);
  add_referrer(verb, words);
}

eventstore::Request bind(const Words& words) {
  return request_of(BindReferrer{.member = {words.member}, .referrer = {words.referrer}}, words.write);
}

void add_moving_options(CLI::App& verb, Words& words) {
  add_binding_options(verb, words);
  add_reason(verb, words);
}

eventstore::Request move(const Words& words) {
  return request_of(MoveMember{.member = {words.member}, .referrer = {words.referrer}, .reason = words.reason},
                    words.write);
}

void add_reasoned_options(CLI::App& verb, Words& words) {
  add_member_id(verb, words);
  add_reason(verb, words);
}

eventstore::Request suspend(const Words& words) {
  return request_of(SuspendMember{.member = {words.member}, .reason = words.reason}, words.write);
}

eventstore::Request resume(const Words& words) {
  return request_of(ResumeMember{.member = {words.member}}, words.write);
}

eventstore::Request close(const Words& words) {
  return request_of(CloseMember{.member = {words.member}, .reason = words.reason}, words.write);
}

void add_click_options(CLI::App& verb, Words& words) {
  verb.add_option("code", words.code, "The referral code of the link")->required()->type_name("CODE");
  add_visitor(verb, words)->required()->check(check_not_empty);
}

eventstore::Request click(const Words& words) {
  auto request = request_of(RecordClick{.code = {words.code}}, words.write);
  request.visitor = words.visitor;
  return request;
}

// What holds afterwards

EnrolledMember member_of(eventstore::Shop& shop, const Words& words) {
  return std::get<EnrolledMember>(eventstore::read_member(shop.store(), {words.member}));
}

nlohmann::ordered_json member_json(const EnrolledMember& member, const Words& words) {
  return {{"member", words.member},
          {"standing", name(member.standing)},
          {"referrer", member.referrer ? nlohmann::ordered_json(member.referrer->value) : nullptr}};
}

Told told_enrolled(eventstore::Shop& shop, const Words& words) {
  const auto history = shop.store().read_stream(to_text(stream_of(MemberId{words.member})));
  const auto enrolled = std::get<MemberEnrolled>(eventstore::decode(history.front()).event);
  const auto member = member_of(shop, words);
  auto json = member_json(member, words);
  json["code"] = enrolled.code.value;
  std::string by;
  if (enrolled.referrer) by = ", referred by " + enrolled.referrer->value;
  if (enrolled.invited_by) by = ", invited by " + enrolled.invited_by->value;
  return {fmt::format("Member {} is enrolled{}, referral code {}.", words.member, by, enrolled.code.value), json};
}

Told told_referrer(eventstore::Shop& shop, const Words& words) {
  return {fmt::format("Member {} has the referrer {}.", words.member, words.referrer),
          member_json(member_of(shop, words), words)};
}

Told told_moved(eventstore::Shop& shop, const Words& words) {
  return {fmt::format("Member {} has the referrer {}, for later orders.", words.member, words.referrer),
          member_json(member_of(shop, words), words)};
}

Told told_standing(eventstore::Shop& shop, const Words& words) {
  const auto member = member_of(shop, words);
  return {fmt::format("Member {} is {}.", words.member, name(member.standing)), member_json(member, words)};
}

Told told_click(eventstore::Shop&, const Words& words) {
  return {fmt::format("The click on the link {} is recorded.", words.code), {{"code", words.code}}};
}

constexpr std::array changes{
    ChangeVerb<Words>{"add", "Enrol a member, who gets a referral code",
                      "Without a referrer the visitor's last click counts, where the policy says so.\n"
                      "Examples:\n"
                      "  upline member add alice\n"
                      "  upline member add bob --referrer alice\n"
                      "  upline member add carol --referrer-code 7KQ2MXT\n"
                      "  upline member add dave --visitor cookie-5521",
                      add_adding_options, add, told_enrolled},
    ChangeVerb<Words>{"bind", "Give a member that has none its referrer, once",
                      "Example:\n"
                      "  upline member bind bob alice",
                      add_binding_options, bind, told_referrer},
    ChangeVerb<Words>{"move", "Move a member to another referrer; what was earned stays as it is",
                      "Example:\n"
                      "  upline member move bob carol --reason 'bound to the wrong link'",
                      add_moving_options, move, told_moved},
    ChangeVerb<Words>{"suspend", "Let a member earn nothing until it is resumed",
                      "Example:\n"
                      "  upline member suspend bob --reason 'under review'",
                      add_reasoned_options, suspend, told_standing},
    ChangeVerb<Words>{"resume", "End a suspension",
                      "Example:\n"
                      "  upline member resume bob",
                      add_member_id, resume, told_standing},
    ChangeVerb<Words>{"close", "Close a member for good; what was earned is still paid out",
                      "Example:\n"
                      "  upline member close bob --reason 'asked for it'",
                      add_reasoned_options, close, told_standing},
    ChangeVerb<Words>{"click", "Record that somebody followed a referral link",
                      "Example:\n"
                      "  upline member click 7KQ2MXT --visitor cookie-5521",
                      add_click_options, click, told_click},
};

}  // namespace

void add_member(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("member", "Who buys and refers: enrol, bind, suspend members");
  verb->require_subcommand(1);
  verb->footer(
      "Examples:\n"
      "  upline member add bob --referrer alice\n"
      "  upline member show bob");
  for (const auto& change : changes) add_change(*verb, context, change);
  add_member_reads(*verb, context);
  add_member_payees(*verb, context);
  add_member_erase(*verb, context);
}

}  // namespace upline::cli
