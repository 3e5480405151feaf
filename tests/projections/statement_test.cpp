// A promoter's statement: opening balance + lines = closing balance, in words that say what each line is.
#include "projections/statement.hpp"

#include "projections/exports/statement_writers.hpp"
#include "tests/projections/shop_books.hpp"

#include <string>
#include <string_view>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;
using Json = nlohmann::json;
using MakeWriter = std::unique_ptr<StatementWriter> (*)(TextSink, StatementStyle);

namespace {

class RefundedBooks : public ExampleBooks {
 public:
  RefundedBooks() {
    append(purchase({.order = "o1", .at = may(1)}));
    append(refund("r1", "o1", 500, may(3)));
    append(refund("r2", "o1", 499, may(20)));
  }
};

std::string written(ReadModels& models, MakeWriter make, const StatementTime& time, Language language) {
  std::string text;
  const auto writer = make([&](std::string_view bytes) { text += bytes; },
                           {.language = language, .exponent_of = [](const Currency&) { return Exponent{2}; }});
  write_statement(models.balances(), models.payouts(), {}, time, *writer);
  return text;
}

StatementTime carol(Timestamp from, Timestamp until) { return {.member = {"carol"}, .from = from, .until = until}; }

}  // namespace

TEST_CASE("a statement's lines lead from the opening to the closing balance, wherever it begins and ends",
          "[statement]") {
  RefundedBooks books;
  auto& models = books.now();
  for (int first = 1; first <= 21; ++first) {
    for (int last = first; last <= 22; ++last) {
      const auto json =
          Json::parse(written(models, statement_as_json, carol(may(first), may(last)), Language::english));
      for (const auto& section : json.at("currencies")) {
        auto balance = section.at("opening_minor").get<std::int64_t>();
        for (const auto& line : section.at("lines")) {
          balance += line.at("amount_minor").get<std::int64_t>();
          CHECK(line.at("balance_minor") == balance);
        }
        CHECK(section.at("closing_minor") == balance);
      }
    }
  }
}

TEST_CASE("a month's statement of the worked example", "[statement]") {
  RefundedBooks books;
  auto& models = books.now();
  CHECK(written(models, statement_as_text, carol(may(2), may(20)), Language::english) ==
        "Statement of commissions\n"
        "Member carol\n"
        "2026-05-02 up to and including 2026-05-20\n"
        "\n"
        "CNY\n"
        "                                      0.99  Opening balance\n"
        "2026-05-03           -0.50            0.49  Taken back, level 1, for order o1: the buyer was refunded (r1).\n"
        "                                      0.49  Closing balance\n"
        "\n" +
            std::string(words(Language::english).footnote) + "\n");
  const auto chinese = written(models, statement_as_text, carol(may(1), may(2)), Language::chinese);
  CHECK(chinese.find("订单 o1 的 1 级佣金：9.99 CNY × 10%，2026-05-08 起可提现") != std::string::npos);
}

TEST_CASE("a statement as rows begins and ends with the balances", "[statement]") {
  RefundedBooks books;
  CHECK(written(books.now(), statement_as_csv, carol(may(2), may(20)), Language::english) ==
        "currency,position,occurred_at,kind,order_id,level,amount_minor,balance_minor,available_at,explanation\n"
        "CNY,,2026-05-02T12:00:00Z,opening,,,,99,,Opening balance\n"
        "CNY,23,2026-05-03T12:00:00Z,reversal,o1,1,-50,49,2026-05-08T12:00:00Z,"
        "\"Taken back, level 1, for order o1: the buyer was refunded (r1).\"\n"
        "CNY,,2026-05-20T12:00:00Z,closing,,,,49,,Closing balance\n");
}

TEST_CASE("a statement's page needs nothing from elsewhere", "[statement]") {
  RefundedBooks books;
  const auto page = written(books.now(), statement_as_html, carol(may(1), may(31)), Language::chinese);
  CHECK(page.starts_with("<!doctype html>\n<html lang=\"zh\">"));
  for (const auto* outside : {"http", "src=", "url(", "<script", "@import"}) {
    CHECK(page.find(outside) == std::string::npos);
  }
  CHECK(page.find("<td class=\"n\">-0.50</td>") != std::string::npos);
  CHECK(page.ends_with("</html>\n"));
}

TEST_CASE("who earned nothing is told so", "[statement]") {
  RefundedBooks books;
  const auto text =
      written(books.now(), statement_as_text, {.member = {"dave"}, .from = may(1), .until = may(2)}, Language::english);
  CHECK(text.ends_with("\nNothing was earned, taken back or paid out by then.\n"));
}

TEST_CASE("no statement names another person", "[statement]") {
  RefundedBooks books;
  for (const auto make : {statement_as_text, statement_as_csv, statement_as_json, statement_as_html}) {
    const auto text = written(books.now(), make, carol(may(1), may(31)), Language::english);
    for (const auto* other : {"alice", "bob", "dave"}) CHECK(text.find(other) == std::string::npos);
  }
}
