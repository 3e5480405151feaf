#include "cli/member_payee.hpp"

#include "cli/rows_out.hpp"
#include "cli/writing.hpp"
#include "eventstore/erasure.hpp"
#include "eventstore/import/csv_reader.hpp"
#include "eventstore/payees.hpp"
#include "eventstore/stream_states.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::cli {

namespace {

using domain::MemberId;
using eventstore::Payee;

struct PayeeOptions {
  ShopOptions shop;
  std::string member;
  Payee given;
  bool clear{};
  Format format{Format::table};
};

bool is_enrolled(eventstore::Shop& shop, const MemberId& member) {
  return std::holds_alternative<domain::EnrolledMember>(eventstore::read_member(shop.store(), member));
}

std::string erased_sentence(const std::string& member) {
  return fmt::format("member {} was erased, so it gets no payee account", member);
}

void keep(eventstore::Shop& shop, const MemberId& member, const Payee& payee) {
  if (eventstore::put_payee(shop.vault(), shop.store(), member, payee)) return;
  throw CommandRefused({domain::Reason::member_closed, erased_sentence(member.value)});
}

void require_good(const Payee& payee) {
  const auto checked = eventstore::check_payee(payee);
  if (checked) return;
  throw UsageError(fmt::format("--{}: it is no text of at most {} bytes without control characters",
                               checked.error().detail, eventstore::payee_field_bytes_max));
}

/// What is there, with what was given in its place.
Payee merged(Payee payee, const Payee& given) {
  for (const auto& [name, value] : eventstore::payee_fields()) {
    if (!(given.*value).empty()) payee.*value = given.*value;
  }
  return payee;
}

void show(Context& context, const PayeeOptions& options, const std::optional<Payee>& payee, bool is_erased) {
  const auto shown = masked(payee.value_or(Payee{}));
  if (options.format == Format::json) {
    nlohmann::ordered_json json{{"member", options.member}, {"erased", is_erased}};
    for (const auto& [name, value] : eventstore::payee_fields()) {
      json[std::string(name)] =
          (shown.*value).empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(shown.*value);
    }
    return print_json(context, json);
  }
  if (is_erased) {
    context.out << fmt::format("Member {} is erased, and its payee account with it.\n", options.member);
    return;
  }
  if (!payee) {
    context.out << fmt::format("Member {} has no payee account.\n", options.member);
    return;
  }
  context.out << fmt::format("Payouts of member {} go to (masked):\n", options.member);
  for (const auto& [name, value] : eventstore::payee_fields()) {
    if (!(shown.*value).empty()) context.out << fmt::format("  {:<14} {}\n", name, shown.*value);
  }
}

void payee(Context& context, const PayeeOptions& options) {
  require_good(options.given);
  const auto shop = open_shop(options.shop);
  const MemberId member{options.member};
  if (!is_enrolled(*shop, member)) throw NotFound(fmt::format("there is no member {} in this shop", options.member));
  auto there = eventstore::payee_of(shop->vault(), member);
  if (options.clear) {
    there.reset();
    eventstore::put_payee(shop->vault(), shop->store(), member, {});
  } else if (options.given != Payee{}) {
    there = merged(there.value_or(Payee{}), options.given);
    keep(*shop, member, *there);
  }
  show(context, options, there, eventstore::is_erased(shop->store(), member));
}

struct FileOptions {
  ShopOptions shop;
  std::string file;
};

/// One row of the file, put into the vault; what is wrong with it, or nothing.
std::optional<std::string> take_row(eventstore::Shop& shop, const eventstore::import::CsvRow& row) {
  if (row.fault) return std::string(eventstore::import::sentence(*row.fault));
  const MemberId member{std::string(row.fields.front())};
  if (!domain::is_well_formed_id(member.value)) return "the member's id is none";
  if (!is_enrolled(shop, member)) return fmt::format("there is no member {} in this shop", member.value);
  Payee payee;
  std::size_t column = 1;
  for (const auto& [name, value] : eventstore::payee_fields()) payee.*value = row.fields[column++];
  if (const auto checked = eventstore::check_payee(payee); !checked) {
    return fmt::format("{} is no text of at most {} bytes without control characters", checked.error().detail,
                       eventstore::payee_field_bytes_max);
  }
  if (!eventstore::put_payee(shop.vault(), shop.store(), member, payee)) return erased_sentence(member.value);
  return std::nullopt;
}

void payees(Context& context, const FileOptions& options) {
  eventstore::import::Columns columns{.required = {"member_id"}};
  for (const auto& [name, value] : eventstore::payee_fields()) columns.optional.push_back(name);
  eventstore::import::CsvReader reader(options.file, columns);
  const auto shop = open_shop(options.shop);
  std::uint64_t taken = 0;
  std::uint64_t wrong_rows = 0;
  eventstore::import::CsvRow row;
  while (reader.next(row)) {
    if (const auto wrong = take_row(*shop, row)) {
      ++wrong_rows;
      context.err << fmt::format("{}:{}: {}\n", options.file, row.line, *wrong);
    } else {
      ++taken;
    }
  }
  context.out << fmt::format("{} payee accounts are in the vault, {} rows were refused.\n", grouped(taken),
                             grouped(wrong_rows));
  if (wrong_rows > 0) context.exit_code = refused;
}

void add_payee(CLI::App& member, Context& context) {
  auto options = std::make_shared<PayeeOptions>();
  auto* verb = member.add_subcommand("payee", "Show where a member's payouts go (masked), or change it");
  verb->add_option("member", options->member, "The member's id")->required()->type_name("MEMBER");
  auto& given = options->given;
  verb->add_option("--name", given.name, "The name of the account's owner")->type_name("TEXT");
  verb->add_option("--alipay", given.alipay, "The Alipay account")->type_name("TEXT");
  verb->add_option("--wechat-openid", given.wechat_openid, "The openid in the merchant's application")
      ->type_name("TEXT");
  verb->add_option("--bank-account", given.bank_account, "The number of the account, or an IBAN")->type_name("TEXT");
  verb->add_option("--bank", given.bank, "The name of the bank or its branch")->type_name("TEXT");
  verb->add_option("--bank-code", given.bank_code, "The branch's number (CNAPS)")->type_name("TEXT");
  verb->add_option("--bic", given.bic, "The bank's BIC")->type_name("TEXT");
  verb->add_flag("--clear", options->clear, "Forget the payee account");
  add_shop_options(*verb, options->shop);
  add_answer_format(*verb, options->format);
  verb->footer(
      "Payee accounts lie encrypted in the vault: no event, view or message holds them. What is given replaces what "
      "was\n"
      "there, the rest stays. On a machine with other users, give a file to `upline member payees` instead: options "
      "can\n"
      "be seen in the list of processes.\n"
      "Examples:\n"
      "  upline member payee alice\n"
      "  upline member payee alice --name 张伟 --alipay alice@example.org\n"
      "  upline member payee alice --clear");
  verb->callback([&context, options] { payee(context, *options); });
}

void add_payees(CLI::App& member, Context& context) {
  auto options = std::make_shared<FileOptions>();
  auto* verb = member.add_subcommand("payees", "Take payee accounts from a CSV file");
  verb->add_option("file", options->file, "The file; /dev/stdin for standard input")->required()->type_name("FILE");
  add_shop_options(*verb, options->shop);
  verb->footer(
      "Columns: member_id, and any of name, alipay, wechat_openid, bank_account, bank, bank_code, bic. A row replaces "
      "all\n"
      "that the member had; a row that is refused is told with its line, and the others are taken.\n"
      "Example:\n"
      "  upline member payees payees.csv");
  verb->callback([&context, options] { payees(context, *options); });
}

}  // namespace

void add_member_payees(CLI::App& member, Context& context) {
  add_payee(member, context);
  add_payees(member, context);
}

}  // namespace upline::cli
