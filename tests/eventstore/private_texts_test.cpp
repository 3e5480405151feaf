// What a buyer tells the shop, and what is delivered by hand: in the vault, and nowhere else.
#include "eventstore/delivered_keys.hpp"
#include "tests/eventstore/selling.hpp"
#include "tests/eventstore/sqlite_work.hpp"
#include "tests/eventstore/whole_log.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

const std::string contact = "dave.the.buyer@example.org";
const std::string account = "login: dave-4711\npassword: correct-horse";
const std::string address = "2001:db8:4711::beef";
const std::string visitor = "cookie-of-dave-4711";

Outcome run(ShopProcess& process, Request request) {
  const std::vector<Request> requests{std::move(request)};
  return process.handler().execute(requests).front();
}

Request placing_with_contact(std::string order = "o1") {
  return {.command = place({.order = std::move(order), .product = "visit"}), .address = address, .contact = contact};
}

Request delivery_with_text(std::string order = "o1") { return {.command = deliver(std::move(order)), .text = account}; }

void sell_by_hand(ShopProcess& process) {
  must_append(run(process, placing_with_contact()));
  must_append(run(process, {.command = pay("p1", "o1")}));
  must_append(run(process, delivery_with_text()));
  must_append(run(process, {.command = EnrolMember{.member = {"erin"}, .occurred_at = may(2)}, .visitor = visitor}));
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("contact, delivered text, address and visitor stand in no file as they were given", "[selling][vault]") {
  SellingShop shop;
  auto process = shop.fresh();
  sell_by_hand(process);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(shop.folder())) {
    if (!entry.is_regular_file()) continue;
    ++files;
    INFO(entry.path().filename());
    const auto bytes = bytes_of(entry.path());
    for (const auto& secret : {contact, account, address, visitor}) CHECK(bytes.find(secret) == std::string::npos);
    CHECK(bytes.find("correct-horse") == std::string::npos);
  }
  CHECK(files >= 4);  // both databases and their write-ahead logs
}

TEST_CASE("the log names a text by hash and ciphertext, and the vault gives it back", "[selling][vault]") {
  SellingShop shop;
  sell_by_hand(shop.process());
  auto fresh = shop.fresh();
  CHECK(fresh.vault().text(contact_name({"o1"}, {"dave"})) == contact);
  CHECK(fresh.vault().text(delivery_name({"o1"}, {"dave"})) == account);
  const auto order = std::get<DeliveredOrder>(read_order(fresh.store(), {"o1"}));
  CHECK(delivered_text(fresh.vault(), {"o1"}, order) == account);
  const auto placed = std::get<OrderPlaced>(decode(fresh.store().read_stream("order/o1").front()).event);
  CHECK(fresh.vault().holds_text(contact_name({"o1"}, {"dave"}), placed.contact.value()));
  CHECK(placed.contact->fingerprint == fresh.vault().fingerprint(contact));
  CHECK(placed.address == fresh.vault().fingerprint("address:" + address));
  CHECK(what_is_wrong_with(fresh.store(), &fresh.vault()).empty());
}

TEST_CASE("the same placing with another contact is the same order, by its id another command", "[selling]") {
  SellingShop shop;
  auto first = placing_with_contact();
  first.command_id = "place-1";
  must_append(run(shop.process(), first));
  auto fresh = shop.fresh();
  CHECK(run(fresh, first).answer == Answer::repeated);
  auto other = first;
  other.contact = "somebody@example.org";
  CHECK(refusal(run(fresh, other)) == "command_id_reused");
  other.command_id.clear();
  CHECK(run(fresh, other).answer == Answer::already_there);
  CHECK(fresh.vault().text(contact_name({"o1"}, {"dave"})) == contact);
}

TEST_CASE("an order that was delivered by hand is not delivered again with another text", "[selling]") {
  SellingShop shop;
  sell_by_hand(shop.process());
  auto fresh = shop.fresh();
  CHECK(run(fresh, delivery_with_text()).answer == Answer::already_there);
  CHECK(run(fresh, {.command = deliver("o1")}).answer == Answer::already_there);
  CHECK(refusal(run(fresh, {.command = deliver("o1"), .text = "another"})) == "conflict");
  CHECK(fresh.vault().text(delivery_name({"o1"}, {"dave"})) == account);
}

TEST_CASE("texts that no vault should hold are refused, and nothing repeats them", "[selling]") {
  SellingShop shop;
  const std::string long_text(501, 'x');
  const auto check_refused = [&](Request request, const std::string& which) {
    const auto outcome = run(shop.process(), std::move(request));
    CHECK(refusal(outcome) == "invalid_text");
    CHECK(outcome.rejection.value().detail == which);
  };
  check_refused({.command = place("o1"), .contact = long_text}, "contact");
  check_refused({.command = place("o1"), .contact = "two\nlines"}, "contact");
  check_refused({.command = place("o1"), .address = long_text}, "address");
  check_refused({.command = enrol("erin"), .visitor = long_text}, "visitor");
  check_refused({.command = deliver("o1"), .text = std::string(private_text_bytes_max + 1, 'x')}, "text");
}

TEST_CASE("a refused placing and a batch that breaks down leave no text in the vault", "[selling][vault]") {
  SellingShop shop;
  auto refused = placing_with_contact("o9");
  std::get<PlaceOrder>(refused.command).product = {"nothing"};
  CHECK(refusal(run(shop.process(), refused)) == "unknown_product");
  const std::vector<Request> requests{placing_with_contact("o8")};
  const auto break_down = [](Pen&, std::span<const Outcome>) { throw std::runtime_error("the disk is full"); };
  CHECK_THROWS(shop.process().handler().execute(requests, break_down));
  auto fresh = shop.fresh();
  CHECK(!fresh.vault().text(contact_name({"o9"}, {"dave"})).has_value());
  CHECK(!fresh.vault().text(contact_name({"o8"}, {"dave"})).has_value());
  must_append(run(shop.process(), placing_with_contact("o8")));
  CHECK(fresh.vault().text(contact_name({"o8"}, {"dave"})) == contact);
}

namespace {

/// Which of a process's two databases committed, in order; and a log that refuses to.
struct Commits {
  static int note(void* self) {
    auto& commits = *static_cast<Commits*>(self);
    commits.order += 'l';
    return commits.log_fails ? 1 : 0;
  }
  static int note_vault(void* self) {
    static_cast<Commits*>(self)->order += 'v';
    return 0;
  }

  std::string order{};
  bool log_fails{};
};

}  // namespace

TEST_CASE("the vault commits before the log, and where the log does not follow the text waits for another try",
          "[selling][vault]") {
  SellingShop shop;
  const SqliteWork work;
  auto process = shop.fresh();
  REQUIRE(work.connections().size() == 2);
  Commits commits;
  sqlite3_commit_hook(work.connections()[0], Commits::note, &commits);
  sqlite3_commit_hook(work.connections()[1], Commits::note_vault, &commits);

  commits.log_fails = true;
  CHECK_THROWS(run(process, placing_with_contact()));
  CHECK(commits.order == "vl");
  CHECK(process.store().stream_head("order/o1").version == Version{0});
  CHECK(process.vault().text(contact_name({"o1"}, {"dave"})) == contact);  // an orphan, and harmless

  commits.log_fails = false;
  commits.order.clear();
  must_append(run(process, placing_with_contact()));
  CHECK(commits.order == "vl");
  CHECK(what_is_wrong_with(process.store(), &process.vault()).empty());
}

TEST_CASE("a text that was left in the vault by a batch cut short gives way to the one that is placed",
          "[selling][vault]") {
  SellingShop shop;
  const auto name = contact_name({"o1"}, {"dave"});
  const auto sealed = shop.process().vault().seal_text(name, "an orphan");
  shop.process().vault().put_text(name, sealed);
  shop.process().vault().commit();
  auto fresh = shop.fresh();
  CHECK(what_is_wrong_with(fresh.store(), &fresh.vault()).empty());
  must_append(run(fresh, placing_with_contact()));
  CHECK(fresh.vault().text(name) == contact);
  CHECK(what_is_wrong_with(fresh.store(), &fresh.vault()).empty());
}

TEST_CASE("an order placed without a secret takes no look-up over that was left behind", "[selling][vault]") {
  SellingShop shop;
  auto process = shop.fresh();
  auto& vault = process.vault();
  const BuyerLookup lookup{.contact = contact, .secret = "blue horse"};
  for (const auto* id : {"o1", "o2"}) vault.put_lookup({id}, {"dave"}, lookup);
  vault.commit();
  must_append(run(process, placing_with_contact("o1")));
  CHECK_FALSE(vault.lookup_subject({"o1"}));
  auto with_secret = placing_with_contact("o2");
  with_secret.query_secret = lookup.secret;
  must_append(run(process, with_secret));
  CHECK(vault.lookup_subject({"o2"}) == "member/dave");
  CHECK(vault.looked_up(lookup, {}, 10) == std::vector<OrderId>{{"o2"}});
}

TEST_CASE("erasing a buyer's contact takes the buyer's look-ups along, and nobody else's", "[selling][vault]") {
  SellingShop shop;
  auto process = shop.fresh();
  auto& vault = process.vault();
  const BuyerLookup lookup{.contact = contact, .secret = "blue horse"};
  for (const auto* id : {"o1", "o2"}) {
    auto placing = placing_with_contact(id);
    placing.query_secret = lookup.secret;
    must_append(run(process, placing));
  }
  vault.put_lookup({"of-erin"}, {"erin"}, lookup);
  CHECK(vault.erase_text(contact_name({"o1"}, {"dave"})));
  vault.commit();
  CHECK(vault.looked_up(lookup, {}, 10) == std::vector<OrderId>{{"of-erin"}});
}
