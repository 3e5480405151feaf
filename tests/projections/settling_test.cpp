#include "projections/settling.hpp"

#include "eventstore/settlement_lines.hpp"
#include "projections/verification.hpp"
#include "tests/eventstore/own_process.hpp"
#include "tests/projections/shop_books.hpp"

#include <algorithm>
#include <csignal>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::tests;
using namespace upline::domain;
using upline::eventstore::Request;
using upline::projections::Execute;
using upline::projections::SettlingOptions;

namespace {

struct Terms {
  std::string id{"may"};
  Timestamp cutoff{may(20)};
  std::int64_t minimum{1};
  std::int64_t fee{};
  std::string tax{"none"};
};

Execute by(ShopBooks& books) {
  return [&](const Request& request) { return books.shop().handler().execute({&request, 1}).front(); };
}

OpenSettlement command_of(const Terms& t) {
  return {.settlement = {t.id}, .terms = {t.cutoff, {t.minimum}, {t.fee}, t.tax}};
}

/// `fixed`, or the code of the refusal.
std::string settle(ShopBooks& books, const Terms& terms = {}, const SettlingOptions& options = {}) {
  const auto execute = by(books);
  const auto settled =
      upline::projections::settle(books.store(), books.models(), execute, command_of(terms), "wang", options);
  return settled ? std::string(name(settled->stage)) : std::string(code(settled.error().reason));
}

std::string run(ShopBooks& books, Command command) {
  const Request request{.command = std::move(command), .actor = "li", .dated = false};
  const auto outcome = books.shop().handler().execute({&request, 1}).front();
  return outcome.rejection ? refusal(outcome) : std::string(name(outcome.answer));
}

std::string approve(ShopBooks& books, const std::string& id = "may") {
  return run(books, ApproveSettlement{.settlement = {id}});
}

std::string record(ShopBooks& books, const std::string& member, PayoutResult result, const std::string& id = "may") {
  return run(books, RecordPayoutResult{
                        .settlement = {id}, .member = {member}, .currency = {"CNY"}, .result = result, .text = "x"});
}

/// `alice 24 net 24`.
Lines lines_of(ShopBooks& books, const std::string& id = "may") {
  const auto settlement = upline::eventstore::read_settlement(books.store(), {id}).value();
  Lines lines;
  upline::eventstore::read_lines(
      books.store(), {id}, settlement.attempt, {}, [&](const upline::eventstore::SettlementLine& line) {
        const auto& amounts = line.payout.amounts;
        lines.push_back(fmt::format("{} {} net {}", line.member.value, amounts.gross.value, amounts.net.value));
        return true;
      });
  return lines;
}

/// `alice available 0 scheduled 24 paid 0`, as of now, or of then.
Lines standing(ShopBooks& books, const upline::projections::AsOf& as_of = {}) {
  Lines lines;
  books.now().balances().balances(as_of, [&](const upline::projections::Balance& b) {
    lines.push_back(fmt::format("{} available {} scheduled {} paid {}", b.member, b.available.value, b.scheduled.value,
                                b.paid.value));
  });
  return lines;
}

/// What `upline verify` finds.
Lines findings(ShopBooks& books) {
  books.now();
  const auto result = upline::projections::verify(books.store(), &books.shop().vault(), books.models());
  Lines all = result.log_findings;
  all.insert(all.end(), result.books_findings.begin(), result.books_findings.end());
  all.insert(all.end(), result.views_findings.begin(), result.views_findings.end());
  return all;
}

/// Alice 24, bob 49 and carol 99, available on 8 May.
struct Earned : ExampleBooks {
  Earned() { append(purchase({.order = "o1"})); }
};

Command refund_all(Timestamp when) {
  return RefundOrder{.refund = {"r1"}, .order = {"o1"}, .amount = {999}, .reason = "broken", .occurred_at = when};
}

}  // namespace

TEST_CASE("a settlement schedules what is available at its cutoff, and nothing twice", "[settling]") {
  Earned shop;
  CHECK(settle(shop) == "fixed");
  CHECK(lines_of(shop) == Lines{"alice 24 net 24", "bob 49 net 49", "carol 99 net 99"});
  CHECK(standing(shop) == Lines{"alice available 0 scheduled 24 paid 0", "bob available 0 scheduled 49 paid 0",
                                "carol available 0 scheduled 99 paid 0"});
  CHECK(settle(shop) == "fixed");
  CHECK(settle(shop, {.id = "again"}) == "fixed");
  CHECK(lines_of(shop, "again").empty());
  CHECK(findings(shop).empty());
}

TEST_CASE("what comes before the cutoff only counts, and the rest is left for the next run", "[settling]") {
  Earned shop;
  shop.append(purchase({.order = "o2", .at = may(10)}));  // available on 17 May
  CHECK(settle(shop, {.id = "first", .cutoff = may(16)}) == "fixed");
  CHECK(lines_of(shop, "first") == Lines{"alice 24 net 24", "bob 49 net 49", "carol 99 net 99"});
  CHECK(settle(shop, {.id = "second", .cutoff = may(17)}) == "fixed");
  CHECK(lines_of(shop, "second") == Lines{"alice 24 net 24", "bob 49 net 49", "carol 99 net 99"});
  CHECK(settle(shop, {.id = "third", .cutoff = may(16)}) == "cutoff_goes_back");
  CHECK(findings(shop).empty());
}

TEST_CASE("sums below the minimum and suspended members get no line, closed ones do", "[settling]") {
  Earned shop;
  shop.append(SuspendMember{{"carol"}, "under review", may(21)});
  shop.append(CloseMember{{"bob"}, "asked for it", may(21)});
  CHECK(settle(shop, {.minimum = 25}) == "fixed");
  CHECK(lines_of(shop) == Lines{"bob 49 net 49"});
  CHECK(findings(shop).empty());
}

TEST_CASE("whoever carries a settlement on is asked at every sum, also where it gets no line", "[settling]") {
  Earned shop;
  int sums = 0;
  const SettlingOptions counting{.at_sum = [&] { ++sums; }};
  CHECK(settle(shop, {.minimum = 25}, counting) == "fixed");  // two lines, and alice is left out
  CHECK(sums == 3);
  CHECK(settle(shop, {.id = "again", .minimum = 25}, counting) == "fixed");  // nothing is left of bob and carol
  CHECK(sums == 6);
}

TEST_CASE("a walk along sums of which nothing is left can be ended, and goes on behind them", "[settling]") {
  Earned shop;
  CHECK(settle(shop, {.minimum = 25}) == "fixed");
  const auto walk = [&](const upline::eventstore::LineCursor& after, bool goes_on) {
    Lines seen;
    const upline::projections::ProposalVisitor visitor{
        .line = [](const auto&) { return true; },
        .left_out =
            [&](const upline::projections::LeftOutSum& sum) {
              seen.push_back(fmt::format("{} {}", sum.member, sum.gross.value));
              return true;
            },
        .nothing =
            [&](std::string_view member, std::string_view currency) {
              seen.push_back(fmt::format("{} {} nothing", member, currency));
              return goes_on;
            }};
    const SettlementTerms terms{may(20), {25}, {0}, "none"};
    const auto head = shop.store().head().position;
    CHECK(propose_lines(shop.now().payouts(), terms, head, after, visitor));
    return seen;
  };
  CHECK(walk({}, true) == Lines{"alice 24", "bob CNY nothing", "carol CNY nothing"});
  CHECK(walk({}, false) == Lines{"alice 24", "bob CNY nothing"});
  CHECK(walk({{"bob"}, {"CNY"}}, false) == Lines{"carol CNY nothing"});
}

TEST_CASE("tax and fee are taken off each line, and what they would use up gets none", "[settling]") {
  Earned shop;
  CHECK(settle(shop, {.fee = 22, .tax = "flat:600"}) == "fixed");
  CHECK(lines_of(shop) == Lines{"alice 24 net 1", "bob 49 net 24", "carol 99 net 71"});
  CHECK(findings(shop).empty());
  Earned other;
  CHECK(settle(other, {.fee = 24}) == "fixed");
  CHECK(lines_of(other) == Lines{"bob 49 net 25", "carol 99 net 75"});
  CHECK(findings(other).empty());
}

TEST_CASE("a payout that failed comes back, and the next run pays it exactly once", "[settling]") {
  Earned shop;
  settle(shop);
  CHECK(record(shop, "bob", PayoutResult::paid) == "settlement_not_approved");
  CHECK(approve(shop) == "appended");
  CHECK(record(shop, "alice", PayoutResult::failed) == "appended");
  CHECK(record(shop, "bob", PayoutResult::paid) == "appended");
  CHECK(record(shop, "bob", PayoutResult::paid) == "already_there");
  CHECK(record(shop, "dave", PayoutResult::paid) == "unknown_payout");
  CHECK(standing(shop) == Lines{"alice available 24 scheduled 0 paid 0", "bob available 0 scheduled 0 paid 49",
                                "carol available 0 scheduled 99 paid 0"});
  CHECK(settle(shop, {.id = "june", .cutoff = may(31)}) == "fixed");
  CHECK(lines_of(shop, "june") == Lines{"alice 24 net 24"});
  CHECK(approve(shop, "june") == "appended");
  CHECK(record(shop, "alice", PayoutResult::paid, "june") == "appended");
  CHECK(record(shop, "alice", PayoutResult::paid) == "conflict");
  CHECK(standing(shop).front() == "alice available 0 scheduled 0 paid 24");
  CHECK(findings(shop).empty());
}

TEST_CASE("a payout that the bank sent back is available again", "[settling]") {
  Earned shop;
  settle(shop);
  approve(shop);
  record(shop, "alice", PayoutResult::paid);
  CHECK(record(shop, "alice", PayoutResult::returned) == "appended");
  CHECK(standing(shop).front() == "alice available 24 scheduled 0 paid 0");
  CHECK(findings(shop).empty());
}

TEST_CASE("a cancelled settlement frees all that it covered", "[settling]") {
  Earned shop;
  settle(shop);
  CHECK(run(shop, CancelSettlement{.settlement = {"may"}, .reason = "wrong cutoff"}) == "appended");
  CHECK(standing(shop).back() == "carol available 99 scheduled 0 paid 0");
  CHECK(settle(shop, {.id = "anew", .cutoff = may(19)}) == "fixed");
  CHECK(lines_of(shop, "anew").size() == 3);
  CHECK(findings(shop).empty());
}

TEST_CASE("a refund behind a settlement leaves a debt that later commissions pay off", "[settling]") {
  Earned shop;
  settle(shop);
  shop.append(refund_all(may(22)));
  CHECK(standing(shop).back() == "carol available -99 scheduled 99 paid 0");
  CHECK(settle(shop, {.id = "june", .cutoff = may(31)}) == "fixed");
  CHECK(lines_of(shop, "june").empty());
  CHECK(findings(shop).empty());
}

TEST_CASE("orders and refunds between the chunks of a settlement are no part of it", "[settling]") {
  Earned shop;
  ShopBooks other(shop.folder());
  int commands = 0;
  CHECK(settle(shop, {}, {.lines_per_chunk = 1, .before_command = [&] {
                            ++commands;
                            if (commands == 2) other.append(refund_all(may(9)));
                            if (commands == 3) other.append(purchase({.order = "o2"}));
                          }}) == "fixed");
  CHECK(commands == 5);  // opened, three lines, fixed
  CHECK(lines_of(shop) == Lines{"alice 24 net 24", "bob 49 net 49", "carol 99 net 99"});
  CHECK(standing(shop).back() == "carol available 0 scheduled 99 paid 0");
  CHECK(findings(shop).empty());
}

TEST_CASE("an interrupted settlement goes on with the sums that it began with", "[settling]") {
  Earned shop;
  int commands = 0;
  const auto interrupt = [&] {
    if (++commands == 3) throw std::runtime_error("interrupted");
  };
  CHECK_THROWS(settle(shop, {}, {.lines_per_chunk = 1, .before_command = interrupt}));
  shop.append(purchase({.order = "o2"}));
  shop.append(SuspendMember{{"carol"}, "under review", may(21)});
  shop.now();
  CHECK(settle(shop, {.fee = 1}) == "conflict");
  CHECK(settle(shop) == "fixed");
  CHECK(lines_of(shop) == Lines{"alice 24 net 24", "bob 49 net 49", "carol 99 net 99"});
  CHECK(findings(shop).empty());
}

TEST_CASE("a settlement that is fixed while another is computed sends that one back to its beginning", "[settling]") {
  Earned shop;
  ShopBooks other(shop.folder());
  int commands = 0;
  CHECK(settle(shop, {}, {.lines_per_chunk = 1, .before_command = [&] {
                            if (++commands == 3) CHECK(settle(other, {.id = "quick", .minimum = 50}) == "fixed");
                          }}) == "fixed");
  CHECK(lines_of(shop, "quick") == Lines{"carol 99 net 99"});
  CHECK(lines_of(shop) == Lines{"alice 24 net 24", "bob 49 net 49"});
  CHECK(findings(shop).empty());
}

TEST_CASE("balances as of any position know which payouts counted there", "[settling]") {
  Earned shop;
  const auto before = shop.head();
  settle(shop);
  const auto fixed = shop.head();
  approve(shop);
  record(shop, "alice", PayoutResult::paid);
  const auto as_of = [&](Position position) { return standing(shop, shop.models().as_of(position)).front(); };
  CHECK(as_of(before) == "alice available 24 scheduled 0 paid 0");
  CHECK(as_of({fixed.value - 1}) == "alice available 24 scheduled 0 paid 0");
  CHECK(as_of(fixed) == "alice available 0 scheduled 24 paid 0");
  CHECK(as_of(shop.head()) == "alice available 0 scheduled 0 paid 24");
}

TEST_CASE("the payouts of an account are listed with what became of them", "[settling]") {
  Earned shop;
  settle(shop);
  approve(shop);
  record(shop, "alice", PayoutResult::failed);
  Lines lines;
  shop.now().payouts().of_member({}, {"alice"}, [&](const upline::projections::Payout& p) {
    lines.push_back(
        fmt::format("{} {} gross {} failed because {}", p.settlement, p.currency, p.amounts.gross.value, p.reason));
  });
  CHECK(lines == Lines{"may CNY gross 24 failed because x"});
}

TEST_CASE("a method that is not for a currency refuses the whole settlement", "[settling]") {
  Earned shop;
  CHECK(settle(shop, {.tax = "cn-labour-2018"}) == "fixed");
  ExampleBooks dollars;
  dollars.append(AddProduct{{"dollar-card"}, "a card", {999}, {"USD"}, Fulfilment::external, may(1, 0)});
  dollars.append(RecordPurchase{{"o1"}, {"dave"}, {"dollar-card"}, {1}, {999}, {"USD"}, "paypal", may(1)});
  CHECK(settle(dollars, {.tax = "cn-labour-2018"}) == "tax_not_for_currency");
  CHECK(settle(dollars) == "fixed");
  CHECK(lines_of(dollars).size() == 3);
  CHECK(findings(dollars).empty());
}

namespace {

/// The n-th command is the process's last: it dies in front of it, or in the middle of its transaction.
bool settle_until(const std::filesystem::path& folder, int deadly_command, bool in_its_middle) {
  ShopBooks books(folder);
  int commands = 0;
  const Execute execute = [&](const Request& request) {
    const bool dies = ++commands == deadly_command;
    if (dies && !in_its_middle) ::raise(SIGKILL);
    const auto before_commit = [&](upline::eventstore::Pen&, std::span<const upline::eventstore::Outcome>) {
      if (dies) ::raise(SIGKILL);
    };
    return books.shop().handler().execute({&request, 1}, before_commit).front();
  };
  return upline::projections::settle(books.store(), books.models(), execute, command_of({}), "wang",
                                     {.lines_per_chunk = 1})
      .has_value();
}

}  // namespace

TEST_CASE("a settlement that is killed between any two steps goes on where it stopped", "[settling][kill]") {
  for (const bool in_its_middle : {false, true}) {
    for (int deadly_command = 1; deadly_command <= 5; ++deadly_command) {
      INFO(deadly_command << (in_its_middle ? ", in its middle" : ""));
      TempFolder folder;
      {
        ShopBooks books(folder.path());
        set_up_worked_example(books.shop());
        books.append(purchase({.order = "o1"}));
      }
      CHECK_FALSE(OwnProcess([&] { return settle_until(folder.path(), deadly_command, in_its_middle); }).went_well());
      ShopBooks books(folder.path());
      CHECK(standing(books).front() == "alice available 24 scheduled 0 paid 0");
      CHECK(settle(books) == "fixed");
      CHECK(upline::eventstore::read_settlement(books.store(), {"may"})->attempt == Attempt{1});
      CHECK(lines_of(books) == Lines{"alice 24 net 24", "bob 49 net 49", "carol 99 net 99"});
      CHECK(findings(books).empty());
    }
  }
}

TEST_CASE("two accountants who settle at once never cover an entry twice", "[settling][kill]") {
  for (const bool same_id : {true, false}) {
    for (int round = 0; round < 5; ++round) {
      TempFolder folder;
      {
        ShopBooks books(folder.path());
        set_up_worked_example(books.shop());
        books.append(purchase({.order = "o1"}));
      }
      const auto settle_as = [&](const std::string& id) {
        return OwnProcess([&folder, id] {
          ShopBooks books(folder.path());
          return settle(books, {.id = id}, {.lines_per_chunk = 1}) == "fixed";
        });
      };
      auto one = settle_as("may");
      auto other = settle_as(same_id ? "may" : "june");
      CHECK(one.went_well());
      CHECK(other.went_well());
      ShopBooks books(folder.path());
      auto all = lines_of(books);
      if (!same_id) {
        for (auto& line : lines_of(books, "june")) all.push_back(std::move(line));
      }
      std::ranges::sort(all);
      CHECK(all == Lines{"alice 24 net 24", "bob 49 net 49", "carol 99 net 99"});
      CHECK(findings(books).empty());
    }
  }
}
