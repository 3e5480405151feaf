#include "projections/statement.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace upline::projections {

namespace {

using domain::Minor;

/// Deals the lines, which come by currency, to the currencies' sections; one may have no line.
class Sections {
 public:
  Sections(std::vector<StatementSums> sums, std::string member, StatementWriter& writer)
      : sums_(std::move(sums)), member_(std::move(member)), writer_(writer) {
    begin();
  }

  void add(const Entry& entry) {
    while (at_ < sums_.size() && sums_[at_].currency.code != entry.currency) finish();
    if (at_ == sums_.size()) fail(entry.currency);
    const auto sum = domain::checked_sum(balance_, entry.amount);
    if (!sum) throw std::overflow_error("a statement's balance does not fit 64 bits");
    balance_ = *sum;
    writer_.line({entry, balance_});
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

void write_statement(const CommissionBalances& balances, const AsOf& as_of, const StatementTime& time,
                     StatementWriter& writer) {
  writer.begin(time);
  Sections sections(balances.statement(as_of, time.member, time.from, time.until), time.member.value, writer);
  balances.entries(as_of, time.member, EntryPage{.from = time.from, .until = time.until},
                   [&](const Entry& entry) { sections.add(entry); });
  sections.end();
  writer.end();
}

}  // namespace upline::projections
