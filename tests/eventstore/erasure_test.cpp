// Erasing a person: what goes with the event, what stays, and that no step of it can be the last one.
#include "eventstore/erasure.hpp"

#include "eventstore/delivered_keys.hpp"
#include "eventstore/log_check.hpp"
#include "eventstore/payees.hpp"
#include "eventstore/shop.hpp"
#include "eventstore/stream_states.hpp"
#include "tests/eventstore/own_process.hpp"
#include "tests/eventstore/selling.hpp"
#include "tests/eventstore/sqlite_work.hpp"
#include "tests/eventstore/tamper.hpp"
#include "tests/eventstore/temp_folder.hpp"
#include "tests/eventstore/whole_log.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

namespace fs = std::filesystem;

const BuyerLookup daves{.contact = "dave@example.org", .secret = "blue horse"};
const BuyerLookup carols{.contact = "carol@example.org", .secret = "red cow"};
const std::string delivered = "login: dave-4711";
const Payee account{.name = "Dave D.", .alipay = "dave-pays@example.org"};

Outcome run(ShopProcess& process, Request request) {
  const std::vector<Request> requests{std::move(request)};
  return process.handler().execute(requests).front();
}

Request placing(const std::string& order, const std::string& member, const BuyerLookup& lookup) {
  return {.command = place({.order = order, .member = member, .product = "visit"}),
          .contact = lookup.contact,
          .query_secret = lookup.secret};
}

/// Two people, of whom the vault knows all that it can know.
void sell_to_both(ShopProcess& process) {
  must_append(run(process, placing("o1", "dave", daves)));
  must_append(run(process, placing("o2", "carol", carols)));
  must_append(run(process, {.command = pay("p1", "o1")}));
  must_append(run(process, {.command = deliver("o1"), .text = delivered}));
  put_payee(process.vault(), process.store(), {"dave"}, account);
  put_payee(process.vault(), process.store(), {"carol"}, {.alipay = "carol-pays"});
}

EraseMember erase(const std::string& member) { return {{member}, "asked for it", opening_time}; }

HandlerOptions at_opening() {
  return {.clock = [] { return opening_time; }};
}

void set_up_selling(ShopProcess& process) {
  set_up_worked_example(process);
  must_append(process.run(add_product("visit", Fulfilment::manual)));
}

/// What the vault's file says of a subject, as bytes: ciphertexts, sealed keys, hashes.
std::vector<std::string> traces_of(const fs::path& folder, const std::string& subject) {
  SQLite::Database vault(folder / "vault.db", SQLite::OPEN_READONLY, 10'000);
  std::vector<std::string> traces;
  for (const auto* sql :
       {"SELECT sealed FROM texts WHERE subject = ?1", "SELECT sealed FROM subject_keys WHERE subject = ?1",
        "SELECT fingerprint FROM lookups WHERE subject = ?1"}) {
    SQLite::Statement rows(vault, sql);
    rows.bind(1, subject);
    while (rows.executeStep()) {
      const auto column = rows.getColumn(0);
      traces.emplace_back(static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes()));
    }
  }
  return traces;
}

/// How many of them stand in a file of the folder.
std::size_t found_in_files(const fs::path& folder, const std::vector<std::string>& traces) {
  std::string bytes;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    bytes.append(std::istreambuf_iterator<char>(in), {});
  }
  return static_cast<std::size_t>(
      std::ranges::count_if(traces, [&](const auto& trace) { return bytes.find(trace) != std::string::npos; }));
}

void check_only_dave_is_gone(ShopProcess& process) {
  auto& vault = process.vault();
  CHECK_FALSE(vault.holds_subject("member/dave"));
  CHECK(vault.looked_up(daves, {}, 10).empty());
  CHECK_FALSE(payee_of(vault, {"dave"}));
  CHECK_FALSE(vault.text(contact_name({"o1"}, {"dave"})));
  CHECK_FALSE(vault.text(delivery_name({"o1"}, {"dave"})));
  CHECK(vault.looked_up(carols, {}, 10) == std::vector<OrderId>{{"o2"}});
  CHECK(vault.text(contact_name({"o2"}, {"carol"})) == carols.contact);
  CHECK(payee_of(vault, {"carol"}) == Payee{.alipay = "carol-pays"});
  CHECK(erasures_are_done(process.store(), vault));
}

std::vector<std::string> left_over(ShopProcess& process) {
  LogCheck check(process.store(), &process.vault());
  process.store().read({1}, process.store().head().position, [&](const StoredEvent& stored) {
    check.apply(stored, decode(stored));
    return true;
  });
  check.finish(process.store().tree_head());
  CHECK(check.findings().empty());
  return check.not_erased();
}

}  // namespace

TEST_CASE("erasing a member leaves no byte of what was known of it in any file, and all of others", "[erasure]") {
  SellingShop shop;
  auto process = shop.fresh();
  auto beside = shop.fresh();  // keeps the journals open, as a server does
  sell_to_both(process);
  const auto traces = traces_of(shop.folder(), "member/dave");
  const auto of_carol = traces_of(shop.folder(), "member/carol");
  REQUIRE(traces.size() == 5);  // contact, delivered text, payee account, key, look-up
  REQUIRE(found_in_files(shop.folder(), traces) == 5);
  must_append(run(process, {.command = erase("dave")}));
  CHECK(found_in_files(shop.folder(), traces) == 0);
  CHECK(found_in_files(shop.folder(), of_carol) == of_carol.size());
  check_only_dave_is_gone(beside);
  CHECK(left_over(beside).empty());
  CHECK(run(process, {.command = erase("dave")}).answer == Answer::already_there);
  CHECK(refusal(run(process, {.command = erase("nobody")})) == "unknown_member");
}

TEST_CASE("an erased member is closed, keeps its place, and gets no payee account again", "[erasure]") {
  SellingShop shop;
  auto process = shop.fresh();
  sell_to_both(process);
  must_append(run(process, {.command = erase("dave")}));
  const auto dave = std::get<EnrolledMember>(read_member(process.store(), {"dave"}));
  CHECK(dave.standing == Standing::closed);
  CHECK(dave.referrer == MemberId{"carol"});
  CHECK(refusal(run(process, placing("o9", "dave", daves))) == "member_closed");
  CHECK_FALSE(process.vault().holds_subject("member/dave"));
  CHECK_FALSE(put_payee(process.vault(), process.store(), {"dave"}, account));
  CHECK_FALSE(process.vault().holds_subject("member/dave"));
  CHECK(erased_members(process.store()) == std::unordered_set<std::string>{"dave"});
  CHECK(is_erased(process.store(), {"dave"}));
  CHECK_FALSE(is_erased(process.store(), {"carol"}));
  CHECK(process.run(deliver("o1")).answer == Answer::already_there);
}

TEST_CASE("what a process recorded and did not destroy is told, and destroyed by one that runs beside it",
          "[erasure]") {
  SellingShop shop;
  auto running = shop.fresh();
  sell_to_both(running);
  running.run_batch({});
  CommandHandler without_vault(running.store(), nullptr, at_opening());
  const std::vector<Request> requests{{.command = erase("dave")}};
  must_append(without_vault.execute(requests).front());
  CHECK(left_over(running) ==
        std::vector<std::string>{"the vault still holds what is known of member dave, who was erased"});
  running.run_batch({});
  CHECK(left_over(running).empty());
  check_only_dave_is_gone(running);
}

TEST_CASE("an erasure that was carried out hides none that comes behind it", "[erasure]") {
  SellingShop shop;
  auto running = shop.fresh();
  sell_to_both(running);
  must_append(run(running, {.command = erase("carol")}));
  CommandHandler without_vault(running.store(), nullptr, at_opening());
  const std::vector<Request> requests{{.command = erase("dave")}};
  must_append(without_vault.execute(requests).front());
  CHECK_FALSE(left_over(running).empty());
  running.run_batch({});
  CHECK(left_over(running).empty());
}

TEST_CASE("an erasure that the vault could not follow fails, stands in the log, and is destroyed later", "[erasure]") {
  SellingShop shop;
  sell_to_both(shop.process());
  const SqliteWork work;
  auto now = opening_time;
  ShopProcess process(shop.folder(), {.clock = [&now] { return now; }});
  REQUIRE(work.connections().size() == 2);
  process.run_batch({});
  sqlite3_commit_hook(work.connections()[1], [](void*) { return 1; }, nullptr);
  const auto outcome = run(process, {.command = erase("dave")});
  CHECK(outcome.answer == Answer::failed);
  CHECK(outcome.failure != nullptr);
  CHECK(is_erased(process.store(), {"dave"}));
  CHECK(process.vault().holds_subject("member/dave"));
  sqlite3_commit_hook(work.connections()[1], nullptr, nullptr);
  process.run_batch({});  // within the second: not tried again
  CHECK(process.vault().holds_subject("member/dave"));
  now = now + Duration{microseconds_per_second};
  process.run_batch({});
  check_only_dave_is_gone(process);
}

TEST_CASE("who reads the vault delays its clearing, and others for no longer than they have patience", "[erasure]") {
  SellingShop shop;
  sell_to_both(shop.process());
  auto now = opening_time;
  ShopProcess process(shop.folder(),
                      {.clock = [&now] { return now; }, .erasing_patience = std::chrono::milliseconds{1}});
  const auto is_unfinished_after = [&](std::int64_t microseconds) {
    now = now + Duration{microseconds};
    process.run_batch({});
    return process.handler().unfinished_erasure() != nullptr;
  };
  {
    SQLite::Database reader(shop.folder() / "vault.db", SQLite::OPEN_READONLY);
    reader.exec("BEGIN");
    REQUIRE(reader.execAndGet("SELECT count(*) FROM texts").getInt() > 0);
    const auto outcome = run(process, {.command = erase("dave")});
    CHECK_THROWS_AS(std::rethrow_exception(outcome.failure), ErasureUnfinished);
    CHECK(is_unfinished_after(microseconds_per_second));
  }
  CHECK(is_unfinished_after(2 * microseconds_per_second - 1));  // each pause is twice as long as the one before
  CHECK_FALSE(is_unfinished_after(1));
  check_only_dave_is_gone(process);
}

TEST_CASE("what is told to somebody who was erased is not kept: it is refused", "[erasure]") {
  SellingShop shop;
  auto& process = shop.process();
  must_append(run(process, placing("o1", "dave", daves)));
  must_append(run(process, {.command = pay("p1", "o1")}));
  must_append(run(process, {.command = erase("dave")}));
  const auto refused = run(process, {.command = deliver("o1"), .text = delivered});
  CHECK(refusal(refused) == "member_closed");
  CHECK_FALSE(process.vault().holds_subject("member/dave"));
  must_append(run(process, {.command = deliver("o1")}));
  CHECK(left_over(process).empty());
}

TEST_CASE("asking again destroys what came into the vault behind an erasure", "[erasure]") {
  SellingShop shop;
  auto& process = shop.process();
  must_append(run(process, {.command = erase("dave")}));
  auto& vault = process.vault();
  vault.put_text({"payee/dave", "member/dave"}, vault.seal_text({"payee/dave", "member/dave"}, "an older program's"));
  vault.commit();
  CHECK_FALSE(left_over(process).empty());
  CHECK(run(process, {.command = erase("dave")}).answer == Answer::already_there);
  CHECK(left_over(process).empty());
}

TEST_CASE("a vault from before the erasure is cleared when it comes back", "[erasure]") {
  TempFolder folder;
  const auto old_vault = folder.path() / "vault.old";
  {
    ShopProcess process(folder.path(), at_opening());
    set_up_selling(process);
    sell_to_both(process);
  }
  fs::copy_file(folder.path() / "vault.db", old_vault);
  {
    must_append(ShopProcess(folder.path(), at_opening()).run(erase("dave")));
  }
  fs::copy_file(old_vault, folder.path() / "vault.db", fs::copy_options::overwrite_existing);
  ShopProcess process(folder.path(), at_opening());
  CHECK(left_over(process).size() == 1);
  carry_out_erasures(process.store(), process.vault());
  check_only_dave_is_gone(process);
}

namespace {

/// Of which the event that erased dave is not as it was written, or cannot be read at all.
void damage_erasure(const fs::path& folder, bool is_readable) {
  const auto position = sqlite::open_event_store(folder)->claimed(ClaimKind::member_erased, claim_key("dave")).value();
  const auto at = std::to_string(position.value);
  tamper(folder, is_readable ? "UPDATE events SET actor = 'nobody' WHERE position = " + at
                             : "UPDATE bundles SET events = substr(events, 1, 20) WHERE first = " + at);
}

}  // namespace

TEST_CASE("an erasure whose event was damaged is carried out all the same, and not again and again", "[erasure]") {
  for (const bool is_readable : {true, false}) {
    CAPTURE(is_readable);
    TempFolder folder;
    const auto old_vault = folder.path() / "vault.old";
    {
      ShopProcess process(folder.path(), at_opening());
      set_up_selling(process);
      sell_to_both(process);
    }
    fs::copy_file(folder.path() / "vault.db", old_vault);
    must_append(ShopProcess(folder.path(), at_opening()).run(erase("dave")));
    damage_erasure(folder.path(), is_readable);
    const auto later = [&] { return std::make_unique<ShopProcess>(folder.path(), at_opening()); };
    CHECK(erasures_are_done(later()->store(), later()->vault()));
    fs::copy_file(old_vault, folder.path() / "vault.db", fs::copy_options::overwrite_existing);
    const auto process = later();
    auto& vault = process->vault();
    CHECK_FALSE(erasures_are_done(process->store(), vault));
    carry_out_erasures(process->store(), vault);
    check_only_dave_is_gone(*process);
    vault.put_text({"payee/dave", "member/dave"}, vault.seal_text({"payee/dave", "member/dave"}, "put there since"));
    vault.commit();
    carry_out_erasures(process->store(), vault);
    CHECK(vault.holds_subject("member/dave"));
  }
}

namespace {

/// In a process that dies at the n-th statement of its SQLite connections, once it is told to count.
struct Mortal {
  static inline int statements_left = 0;

  static int count(unsigned, void*, void*, void*) {
    if (statements_left == 1) ::kill(::getpid(), SIGKILL);
    if (statements_left > 0) --statements_left;
    return 0;
  }
  static int watch(sqlite3* connection, char**, const void*) {
    return sqlite3_trace_v2(connection, SQLITE_TRACE_STMT, &count, nullptr);
  }
};

bool erase_and_die_at(const fs::path& folder, int statement) {
  return OwnProcess([&] {
           sqlite3_auto_extension(reinterpret_cast<void (*)()>(&Mortal::watch));
           ShopProcess process(folder, at_opening());
           process.run_batch({});
           Mortal::statements_left = statement;
           return run(process, {.command = erase("dave")}).answer == Answer::appended;
         })
      .went_well();
}

}  // namespace

TEST_CASE("killed at any statement, an erasure has not begun, or is finished by whoever opens the shop next",
          "[erasure][kill]") {
  TempFolder made;
  {
    ShopProcess process(made.path(), at_opening());
    set_up_selling(process);
    sell_to_both(process);
  }
  const auto traces = traces_of(made.path(), "member/dave");
  int statement = 0;
  int unfinished = 0;
  for (bool survived = false; !survived;) {
    INFO("killed at statement " << ++statement);
    TempFolder copy;
    fs::copy(made.path(), copy.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    survived = erase_and_die_at(copy.path(), statement);
    {
      ShopProcess next(copy.path(), at_opening());
      if (!is_erased(next.store(), {"dave"})) {
        CHECK(payee_of(next.vault(), {"dave"}) == account);
        must_append(next.run(erase("dave")));
      } else {
        if (!left_over(next).empty()) ++unfinished;
        next.run_batch({});
      }
      check_only_dave_is_gone(next);
      CHECK(left_over(next).empty());
      CHECK(found_in_files(copy.path(), traces) == 0);
    }
    REQUIRE(statement < 1000);
  }
  CHECK(unfinished > 3);  // between the event and the end of its destruction
}

TEST_CASE("opening a shop's vault finishes what was cut short, and looking at it as it is does not", "[erasure]") {
  TempFolder data;
  const ShopLocation location{data.path(), "S", data.path() / "vault.key"};
  prepare_shop(location);
  const auto store_only = [&] { return sqlite::open_event_store(location.folder()); };
  {
    Shop shop(location);
    const std::vector<Request> requests{{.command = open_shop()}, {.command = enrol("dave")}};
    for (const auto& outcome : shop.handler().execute(requests)) must_append(outcome);
    put_payee(shop.vault(), shop.store(), {"dave"}, account);
  }
  {
    const auto store = store_only();
    CommandHandler without_vault(*store, nullptr);
    const std::vector<Request> requests{{.command = erase("dave")}};
    must_append(without_vault.execute(requests).front());
  }
  CHECK(Shop(location).vault_as_it_is().holds_subject("member/dave"));
  CHECK_FALSE(Shop(location).vault().holds_subject("member/dave"));
  Shop shop(location);
  CHECK(erasures_are_done(shop.store(), shop.vault_as_it_is()));
}
