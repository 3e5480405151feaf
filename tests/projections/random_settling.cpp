#include "tests/projections/random_settling.hpp"

#include "eventstore/settlement_lines.hpp"
#include "projections/settling.hpp"

#include <array>
#include <exception>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace upline::tests {

namespace {

using namespace domain;
using eventstore::Outcome;
using eventstore::Request;

struct Interrupted : std::exception {};

SettlementId settlement(int number) { return {fmt::format("s{}", number % 4)}; }

std::string tax(int number) {
  return std::array{"none", "flat:600", "flat:2500"}.at(static_cast<std::size_t>(number % 3));
}

PayoutResult result(int number) {
  constexpr std::array results{PayoutResult::paid, PayoutResult::paid, PayoutResult::failed, PayoutResult::returned};
  return results.at(static_cast<std::size_t>(number % 4));
}

Outcome execute(ShopBooks& books, const Request& request) {
  return books.shop().handler().execute({&request, 1}).front();
}

void run(ShopBooks& books, Command command) {
  execute(books, {.command = std::move(command), .actor = "li", .dated = false});
}

}  // namespace

rc::Gen<SettlingSteps> any_settling() {
  const auto seed = rc::gen::container<SellingSeed>(rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, 60)));
  const auto seeds = rc::gen::container<std::vector<SellingSeed>>(seed);
  const auto step = rc::gen::build<SettlingStep>(rc::gen::set(&SettlingStep::selling, rc::gen::resize(8, seeds)),
                                                 rc::gen::set(&SettlingStep::accountant, rc::gen::resize(6, seeds)));
  return rc::gen::resize(15, rc::gen::container<SettlingSteps>(step));
}

SettlingBooks::SettlingBooks(const std::filesystem::path& folder) : selling_(folder) {
  books().append(RecordPurchase{{"before-1"}, {"m3"}, {"course"}, {9}, {8'991}, {"CNY"}, "alipay", may(1)});
  books().append(RecordPurchase{{"before-2"}, {"m7"}, {"course"}, {5}, {4'995}, {"CNY"}, "alipay", may(1)});
  books().append(RecordPurchase{{"before-3"}, {"m3"}, {"token"}, {7}, {6'993}, {"USDT"}, "alipay", may(1)});
  while (selling_.now() < may(9)) selling_.run(std::vector<SellingSeed>{});
}

void SettlingBooks::run(const SettlingSteps& steps) {
  for (const auto& step : steps) {
    selling_.run(step.selling);
    for (const auto& seed : step.accountant) run_accountant(seed);
  }
}

void SettlingBooks::run_accountant(const SellingSeed& seed) {
  const auto id = settlement(seed[1]);
  switch (seed[0] % 6) {
    case 0:
    case 1:
      return settle(seed);
    case 2:
      return tests::run(books(), ApproveSettlement{.settlement = id});
    case 3:
      return tests::run(books(), CancelSettlement{.settlement = id, .reason = "wrong minimum"});
    default:
      return record_results(seed);
  }
}

/// One of three is given up before one of its commands; another may carry it on.
void SettlingBooks::settle(const SellingSeed& seed) {
  const auto cutoff = selling_.now() + days(-(seed[2] % 3));
  OpenSettlement command{.settlement = settlement(seed[1]),
                         .terms = {cutoff, {1 + seed[3] % 40}, {seed[4] % 20}, tax(seed[5])}};
  int commands = seed[0] % 3 == 0 ? 1 + seed[5] % 4 : -1;
  const auto interrupt = [&] {
    if (--commands == 0) throw Interrupted();
  };
  try {
    [[maybe_unused]] const auto settled = projections::settle(
        books().store(), books().models(), [&](const Request& request) { return execute(books(), request); },
        std::move(command), "wang", {.lines_per_chunk = 2, .before_command = interrupt});
  } catch (const Interrupted&) {
  }
}

/// Of about half its lines, as the seed has it.
void SettlingBooks::record_results(const SellingSeed& seed) {
  const auto id = settlement(seed[1]);
  const auto found = eventstore::read_settlement(books().store(), id);
  if (!found) return;
  std::vector<RecordPayoutResult> results;
  int number = seed[2];
  eventstore::read_lines(books().store(), id, found->attempt, {}, [&](const eventstore::SettlementLine& line) {
    if (++number % 2 == 0) {
      results.push_back({.settlement = id,
                         .member = line.member,
                         .currency = line.payout.currency,
                         .result = result(seed[3] + number / 2),
                         .text = "x"});
    }
    return true;
  });
  for (auto& recorded : results) tests::run(books(), std::move(recorded));
}

}  // namespace upline::tests
