#include "cli/member_erase.hpp"

#include "cli/confirmation.hpp"
#include "cli/writing.hpp"
#include "domain/command.hpp"
#include "eventstore/stream_states.hpp"

#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

using namespace domain;

struct EraseOptions {
  WriteOptions write;
  std::string member;
  std::string reason;
  bool yes{};
};

constexpr const char* summary =
    "Member {} is erased for good, and nothing brings it back:\n"
    "  goes   the payee account, the contacts of its orders, what was delivered to it by hand, and by what it finds\n"
    "         its orders again, with the key that they were encrypted under\n"
    "  stays  its id and place in the tree, its orders, entries, payouts and totals, and the card keys that it bought\n"
    "  from now on it is closed: it places no order and earns nothing new; what it earned is still settled, but\n"
    "  payout files leave it out\n"
    "Copies of this folder that were made before still hold it.\n";

void refuse_unknown(eventstore::Shop& shop, const std::string& member) {
  if (std::holds_alternative<EnrolledMember>(eventstore::read_member(shop.store(), {member}))) return;
  throw CommandRefused({Reason::unknown_member, member});
}

void erase(Context& context, const EraseOptions& options) {
  refuse_without_yes(options.yes, "a person would be erased");
  const auto shop = open_shop(options.write.shop);
  refuse_unknown(*shop, options.member);
  if (!options.yes && !ask_on_terminal(context, fmt::format(summary, options.member), "Erase?")) {
    context.err << "nothing was done\n";
    context.exit_code = refused;
    return;
  }
  const auto outcome = write(
      context, *shop, request_of(EraseMember{.member = {options.member}, .reason = options.reason}, options.write),
      options.write);
  tell(context, *shop, outcome, options.write,
       {fmt::format("Member {} is erased.", options.member), {{"member", options.member}, {"erased", true}}});
}

}  // namespace

void add_member_erase(CLI::App& member, Context& context) {
  auto options = std::make_shared<EraseOptions>();
  auto* verb = member.add_subcommand("erase", "Erase the person behind a member: payee account, contacts, look-ups");
  verb->add_option("member", options->member, "The member's id")->required()->type_name("MEMBER");
  add_text(*verb, "--reason", options->reason, "Why; it stays in the log, so it names nobody")->required();
  verb->add_flag("--yes", options->yes, "Do not ask");
  add_write_options(*verb, options->write);
  verb->footer(
      "On a terminal it says what goes and what stays, and asks; a script says --yes. Backups that were made before,\n"
      "and files that were exported, are out of its reach: delete them yourself.\n"
      "Example:\n"
      "  upline member erase bob --reason 'asked for it on 3 May' --yes");
  verb->callback([&context, options] { erase(context, *options); });
}

}  // namespace upline::cli
