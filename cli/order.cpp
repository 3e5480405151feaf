#include "cli/change_verb.hpp"
#include "cli/order_out.hpp"
#include "cli/order_reads.hpp"
#include "cli/queries.hpp"
#include "cli/text_input.hpp"
#include "cli/verbs.hpp"
#include "domain/command.hpp"
#include "eventstore/order_history.hpp"

#include <array>
#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

using namespace domain;

struct Words {
  WriteOptions write;
  std::string order;
  std::string member;
  std::string product;
  std::int64_t quantity{1};
  std::string contact;
  std::string address;
  std::string id;  // of a payment, refund or return
  std::int64_t amount{};
  std::string currency;
  std::string channel;
  std::string reason;
  std::string text;
  std::string text_file;
  bool chargeback{};
  bool revoke_keys{};
  std::uint64_t key{};
};

void add_order_id(CLI::App& verb, Words& words) {
  verb.add_option("order", words.order, "The order's id")->required()->type_name("ORDER");
}

void add_amount(CLI::App& verb, Words& words) {
  verb.add_option("--amount-minor", words.amount, "How much, in minor units (cents, fen)")->required()->type_name("N");
}

void add_currency(CLI::App& verb, Words& words) {
  verb.add_option("--currency", words.currency, "The currency of the amount")->required()->type_name("CODE");
}

void add_channel(CLI::App& verb, Words& words, const char* what) {
  add_text(verb, "--channel", words.channel, what)->type_name("NAME");
}

// What the words become

void add_place_options(CLI::App& verb, Words& words) {
  add_order_id(verb, words);
  verb.add_option("--member", words.member, "Who buys")->required()->type_name("MEMBER");
  verb.add_option("--product", words.product, "What")->required()->type_name("PRODUCT");
  verb.add_option("--quantity", words.quantity, "How many units (default 1)")->type_name("N");
  add_text(verb, "--contact", words.contact, "How to reach the buyer: kept encrypted; - reads standard input")
      ->type_name("TEXT|-");
  add_text(verb, "--address", words.address, "Network address of the buyer: only a keyed hash is kept")
      ->type_name("ADDRESS");
}

eventstore::Request place(const Words& words) {
  auto request = request_of(
      PlaceOrder{
          .order = {words.order}, .member = {words.member}, .product = {words.product}, .quantity = {words.quantity}},
      words.write);
  request.contact = words.contact == "-" ? read_text("-", reason_bytes_max) : words.contact;
  request.address = words.address;
  return request;
}

void add_pay_options(CLI::App& verb, Words& words) {
  add_order_id(verb, words);
  verb.add_option("--payment", words.id, "The payment's id, as the gateway has it")->required()->type_name("ID");
  add_amount(verb, words);
  add_currency(verb, words);
  add_channel(verb, words, "The gateway that it came through");
}

eventstore::Request pay(const Words& words) {
  return request_of(PayOrder{.payment = {words.id},
                             .order = {words.order},
                             .amount = {words.amount},
                             .currency = {words.currency},
                             .channel = words.channel},
                    words.write);
}

void add_deliver_options(CLI::App& verb, Words& words) {
  add_order_id(verb, words);
  auto* text = add_text(verb, "--text", words.text, "What is delivered: kept encrypted");
  verb.add_option("--text-file", words.text_file, "The same, from a file or standard input (-)")
      ->type_name("FILE|-")
      ->excludes(text);
}

eventstore::Request deliver(const Words& words) {
  auto request = request_of(DeliverOrder{.order = {words.order}}, words.write);
  request.text = words.text_file.empty() ? words.text : read_text(words.text_file, eventstore::private_text_bytes_max);
  return request;
}

void add_cancel_options(CLI::App& verb, Words& words) {
  add_order_id(verb, words);
  add_text(verb, "--reason", words.reason, "Why");
}

eventstore::Request cancel(const Words& words) {
  return request_of(CancelOrder{.order = {words.order}, .reason = words.reason}, words.write);
}

void add_refund_options(CLI::App& verb, Words& words) {
  add_order_id(verb, words);
  verb.add_option("--refund", words.id, "The refund's id")->required()->type_name("ID");
  add_amount(verb, words);
  add_text(verb, "--reason", words.reason, "Why");
  verb.add_flag("--chargeback", words.chargeback, "The channel took it back");
  verb.add_flag("--revoke-keys", words.revoke_keys, "The keys that the order holds are void from now on");
}

eventstore::Request refund(const Words& words) {
  return request_of(RefundOrder{.refund = {words.id},
                                .order = {words.order},
                                .amount = {words.amount},
                                .reason = words.reason,
                                .kind = words.chargeback ? RefundKind::chargeback : RefundKind::refund,
                                .revoke_keys = words.revoke_keys},
                    words.write);
}

void add_return_options(CLI::App& verb, Words& words) {
  add_order_id(verb, words);
  verb.add_option("--return", words.id, "The return's id")->required()->type_name("ID");
  add_amount(verb, words);
  add_currency(verb, words);
  add_channel(verb, words, "The gateway that it went back through");
}

eventstore::Request return_payment(const Words& words) {
  return request_of(ReturnPayment{.id = {words.id},
                                  .order = {words.order},
                                  .amount = {words.amount},
                                  .currency = {words.currency},
                                  .channel = words.channel},
                    words.write);
}

void add_replace_options(CLI::App& verb, Words& words) {
  add_order_id(verb, words);
  verb.add_option("--key", words.key, "The number of the bad key, as 'order show' has it")
      ->required()
      ->type_name("NUMBER")
      ->check(check_positive);
  add_text(verb, "--reason", words.reason, "What is wrong with it")->required();
}

eventstore::Request replace_key(const Words& words) {
  return request_of(ReplaceKey{.order = {words.order}, .key = words.key, .reason = words.reason}, words.write);
}

// What holds afterwards

Told order_as_it_is(eventstore::Shop& shop, const Words& words) {
  const OrderId id{words.order};
  const auto order = eventstore::read_order(shop.store(), id);
  return {order_sentence(id, order, exponents_of(shop.store())), {{"order", order_answer(id, order)}}};
}

Told payment_and_order(eventstore::Shop& shop, const Words& words) {
  auto told = order_as_it_is(shop, words);
  const Currency currency{words.currency};
  told.sentence =
      fmt::format("Payment {} of {} is recorded. {}", words.id,
                  to_text(Money{{words.amount}, currency, exponents_of(shop.store())(currency)}), told.sentence);
  return told;
}

Told refund_and_order(eventstore::Shop& shop, const Words& words) {
  auto told = order_as_it_is(shop, words);
  const auto order = eventstore::read_order(shop.store(), {words.order});
  const auto& currency = terms_of(order)->currency;
  told.sentence =
      fmt::format("{} {} of {} is recorded. {}", words.chargeback ? "Chargeback" : "Refund", words.id,
                  to_text(Money{{words.amount}, currency, exponents_of(shop.store())(currency)}), told.sentence);
  return told;
}

Told return_and_order(eventstore::Shop& shop, const Words& words) {
  auto told = order_as_it_is(shop, words);
  const Currency currency{words.currency};
  told.sentence =
      fmt::format("Return {} of {} is recorded. {}", words.id,
                  to_text(Money{{words.amount}, currency, exponents_of(shop.store())(currency)}), told.sentence);
  return told;
}

Told replacement_and_order(eventstore::Shop& shop, const Words& words) {
  auto told = order_as_it_is(shop, words);
  told.sentence = fmt::format("Key {} is replaced. {}", words.key, told.sentence);
  return told;
}

constexpr std::array changes{
    ChangeVerb<Words>{"place", "Order units of a product; keys are held until the order is paid or expires",
                      "Examples:\n"
                      "  upline order place o1 --member bob --product game\n"
                      "  upline order place o2 --member bob --product game --quantity 3 --address 203.0.113.7\n"
                      "  upline order place o3 --member bob --product game --contact - <contact.txt",
                      add_place_options, place, order_as_it_is},
    ChangeVerb<Words>{"pay", "Record a payment; one that reaches the amount due delivers the order",
                      "A payment is known by its id: reported again it changes nothing.\n"
                      "Example:\n"
                      "  upline order pay o1 --payment wx-7781 --amount-minor 1999 --currency CNY --channel wechat",
                      add_pay_options, pay, payment_and_order},
    ChangeVerb<Words>{"deliver", "Deliver a paid order by hand, or out of new stock",
                      "Examples:\n"
                      "  upline order deliver o1 --text 'account 7, password in your mail'\n"
                      "  upline order deliver o1 --text-file - <delivery.txt",
                      add_deliver_options, deliver, order_as_it_is},
    ChangeVerb<Words>{"cancel", "Cancel an unpaid order; the keys that it held are free",
                      "Example:\n"
                      "  upline order cancel o1 --reason 'ordered twice'",
                      add_cancel_options, cancel, order_as_it_is},
    ChangeVerb<Words>{"refund", "Pay an order back, in part or whole, and take the commissions back with it",
                      "The amount is in the order's currency.\n"
                      "Examples:\n"
                      "  upline order refund o1 --refund r1 --amount-minor 500 --reason 'half of it was used'\n"
                      "  upline order refund o1 --refund r2 --amount-minor 1999 --chargeback --revoke-keys",
                      add_refund_options, refund, refund_and_order},
    ChangeVerb<Words>{"return", "Record that what is owed back (an excess, a second payment) was paid back",
                      "The sale stands as it is; paying a sale back is a refund.\n"
                      "Example:\n"
                      "  upline order return o1 --return b1 --amount-minor 100 --currency CNY --channel wechat",
                      add_return_options, return_payment, return_and_order},
    ChangeVerb<Words>{"replace-key", "Give another key for one that turned out bad, which is revoked",
                      "Example:\n"
                      "  upline order replace-key o1 --key 17 --reason 'already redeemed'",
                      add_replace_options, replace_key, replacement_and_order},
};

}  // namespace

void add_order(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("order", "Sell: place, pay, deliver, refund orders, and look at them");
  verb->require_subcommand(1);
  verb->footer(
      "Examples:\n"
      "  upline order place o1 --member bob --product game\n"
      "  upline order pay o1 --payment wx-7781 --amount-minor 1999 --currency CNY\n"
      "  upline order keys o1");
  for (const auto& change : changes) add_change(*verb, context, change);
  add_order_reads(*verb, context);
}

}  // namespace upline::cli
