// What a promoter's statement says of payouts: scheduled, paid, failed, sent back, cancelled.
#include "projections/exports/statement_writers.hpp"
#include "tests/projections/settled_books.hpp"

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// The statement of June, in which all was settled, without its head and foot.
std::string june_of(SettledBooks& books, const std::string& member) {
  std::string text;
  const auto writer =
      statement_as_text([&](std::string_view bytes) { text += bytes; },
                        {.language = Language::english, .exponent_of = [](const Currency&) { return Exponent{2}; }});
  auto& models = books.now();
  write_statement(models.balances(), models.payouts(), {}, {{member}, may(32, 0), may(40)}, *writer);
  const auto begin = text.find("CNY\n");
  const auto end = text.find("Closing balance");
  return text.substr(begin, end - begin);
}

}  // namespace

TEST_CASE("a payout that failed is the promoter's again, and is paid later", "[statement][payouts]") {
  SettledBooks books;
  CHECK(june_of(books, "carol") == R"(CNY
                                     49.90  Opening balance
2026-06-01          -99.90          -50.00  Settlement first: 99.90 CNY, less tax 9.99 and fee 0.07: 89.84 CNY are on their way to you.
2026-06-01           99.90           49.90  Settlement first could not be paid (x); the amount is yours again.
2026-06-01          -49.90            0.00  Settlement second: 49.90 CNY, less tax 4.99 and fee 0.07: 44.84 CNY are on their way to you.
2026-06-01           49.90           49.90  Settlement second was cancelled; the amount is yours again.
2026-06-01          -49.90            0.00  Settlement third: 49.90 CNY, less tax 4.99 and fee 0.07: 44.84 CNY are on their way to you.
2026-06-01            0.00            0.00  Settlement third was paid (x).
                                      0.00  )");
}

TEST_CASE("a payout that the bank sent back is the promoter's again", "[statement][payouts]") {
  SettledBooks books;
  CHECK(june_of(books, "bob") == R"(CNY
                                     24.95  Opening balance
2026-06-01          -49.95          -25.00  Settlement first: 49.95 CNY, less tax 5.00 and fee 0.07: 44.88 CNY are on their way to you.
2026-06-01            0.00          -25.00  Settlement first was paid (x).
2026-06-01           49.95           24.95  Settlement first was sent back by the bank (x); the amount is yours again.
2026-06-01          -24.95            0.00  Settlement second: 24.95 CNY, less tax 2.50 and fee 0.07: 22.38 CNY are on their way to you.
2026-06-01           24.95           24.95  Settlement second was cancelled; the amount is yours again.
2026-06-01          -24.95            0.00  Settlement third: 24.95 CNY, less tax 2.50 and fee 0.07: 22.38 CNY are on their way to you.
                                      0.00  )");
}
