#include "projections/statement.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace upline::projections {

namespace {

using domain::Minor;

void add_to(Minor& sum, Minor amount) {
  const auto added = domain::checked_sum(sum, amount);
  if (!added) throw std::overflow_error("a statement's balance does not fit 64 bits");
  sum = *added;
}

/// Every step of the member's payouts, by currency, then position.
std::vector<PayoutMove> moves_of(const Payouts& payouts, const AsOf& as_of, const domain::MemberId& member) {
  std::vector<PayoutMove> moves;
  payouts.of_member(as_of, member, [&](const Payout& payout) {
    const auto add = [&](PayoutStep step, const Happened& happened, Minor amount, std::string_view text) {
      moves.push_back({step, std::string(payout.currency), happened, amount, std::string(payout.settlement),
                       payout.amounts, std::string(text)});
    };
    const auto gross = payout.amounts.gross;
    add(PayoutStep::scheduled, payout.scheduled, {-gross.value}, {});
    if (payout.paid) add(PayoutStep::paid, *payout.paid, {}, payout.reference);
    const auto how_it_ended = payout.paid ? PayoutStep::returned : PayoutStep::failed;
    if (payout.ended) add(how_it_ended, *payout.ended, gross, payout.reason);
    if (payout.cancelled) add(PayoutStep::cancelled, *payout.cancelled, gross, {});
  });
  std::ranges::sort(moves, {}, [](const PayoutMove& move) { return std::tie(move.currency, move.happened.position); });
  return moves;
}

/// The sums of the entries, with what the payouts moved.
std::vector<StatementSums> sums_of(std::vector<StatementSums> entries, const std::vector<PayoutMove>& moves,
                                   const StatementTime& time) {
  std::map<std::string, StatementSums> by_currency;
  for (auto& sums : entries) by_currency[sums.currency.code] = std::move(sums);
  for (const auto& move : moves) {
    if (move.happened.at >= time.until) continue;
    auto& sums = by_currency[move.currency];
    sums.currency = {move.currency};
    if (move.happened.at < time.from) add_to(sums.opening, move.amount);
    add_to(sums.closing, move.amount);
  }
  std::vector<StatementSums> all;
  all.reserve(by_currency.size());
  for (auto& [code, sums] : by_currency) all.push_back(std::move(sums));
  return all;
}

/// Deals the lines, which come by currency, to the currencies' sections; one may have no line.
class Sections {
 public:
  Sections(std::vector<StatementSums> sums, std::string member, StatementWriter& writer)
      : sums_(std::move(sums)), member_(std::move(member)), writer_(writer) {
    begin();
  }

  void add(StatementLine line) {
    while (at_ < sums_.size() && sums_[at_].currency.code != line.currency()) finish();
    if (at_ == sums_.size()) fail(line.currency());
    add_to(balance_, line.amount());
    line.balance = balance_;
    writer_.line(line);
  }

  void end() {
    while (at_ < sums_.size()) finish();
  }

 private:
  void begin() {
    if (at_ == sums_.size()) return;
    balance_ = sums_[at_].opening;
    writer_.begin_currency(sums_[at_].currency, balance_);
  }

  void finish() {
    const auto& [currency, opening, closing] = sums_[at_];
    if (balance_ != closing) fail(currency.code);
    writer_.end_currency(currency, closing);
    ++at_;
    begin();
  }

  [[noreturn]] void fail(std::string_view currency) const {
    throw std::runtime_error(
        fmt::format("the lines of {} in {} do not lead from the opening to the closing balance; make the read models "
                    "anew with: upline rebuild",
                    member_, currency));
  }

  std::vector<StatementSums> sums_;
  std::string member_;
  StatementWriter& writer_;
  std::size_t at_ = 0;
  Minor balance_{};
};

}  // namespace

std::string_view kind_of(const StatementLine& line) {
  if (line.entry != nullptr) return name(line.entry->kind);
  switch (line.payout->step) {
    case PayoutStep::scheduled:
      return "payout";
    case PayoutStep::paid:
      return "payout_paid";
    case PayoutStep::failed:
      return "payout_failed";
    case PayoutStep::returned:
      return "payout_returned";
    case PayoutStep::cancelled:
      return "payout_cancelled";
  }
  std::unreachable();
}

std::vector<StatementSums> statement_sums(const CommissionBalances& balances, const Payouts& payouts, const AsOf& as_of,
                                          const StatementTime& time) {
  return sums_of(balances.statement(as_of, time.member, time.from, time.until), moves_of(payouts, as_of, time.member),
                 time);
}

void statement_lines(const CommissionBalances& balances, const Payouts& payouts, const AsOf& as_of,
                     const domain::MemberId& member, const EntryPage& page,
                     const std::function<void(const StatementLine&)>& visit) {
  using Place = std::pair<std::string_view, domain::Position>;
  const auto place_of = [](const PayoutMove& move) { return Place(move.currency, move.happened.position); };
  const Place after(page.after_currency, page.after_position);
  auto moves = moves_of(payouts, as_of, member);
  std::erase_if(moves, [&](const PayoutMove& move) {
    return move.happened.at < page.from || move.happened.at >= page.until || place_of(move) <= after;
  });
  std::size_t shown = 0;
  const auto has_room = [&] { return page.limit == 0 || shown < page.limit; };
  const auto show = [&](const StatementLine& line) {
    if (!has_room()) return;
    ++shown;
    visit(line);
  };
  auto next = moves.begin();
  balances.entries(as_of, member, page, [&](const Entry& entry) {
    while (next != moves.end() && place_of(*next) < Place(entry.currency, entry.position)) show({.payout = &*next++});
    show({.entry = &entry});
  });
  // Where the entries filled their page, all that is left lies behind it.
  while (next != moves.end() && has_room()) show({.payout = &*next++});
}

void write_statement(const CommissionBalances& balances, const Payouts& payouts, const AsOf& as_of,
                     const StatementTime& time, StatementWriter& writer) {
  const auto snapshot = balances.hold_still();
  writer.begin(time);
  Sections sections(statement_sums(balances, payouts, as_of, time), time.member.value, writer);
  statement_lines(balances, payouts, as_of, time.member, {.from = time.from, .until = time.until},
                  [&](const StatementLine& line) { sections.add(line); });
  sections.end();
  writer.end();
}

}  // namespace upline::projections
