#include "eventstore/csv_writer.hpp"

#include <catch2/catch.hpp>

namespace {

std::string field(std::string_view text) {
  std::string out;
  upline::eventstore::append_csv_field(out, text);
  return out;
}

std::string free_text(std::string_view text) {
  std::string out;
  upline::eventstore::append_csv_text(out, text);
  return out;
}

}  // namespace

TEST_CASE("a field is quoted only where RFC 4180 asks for it", "[csv]") {
  for (const auto* plain : {"", "x", " x ", "-99", "2026-05-01T12:00:00+08:00", "a;b", "it's", "\t", "\xE5\x8D\xA1"}) {
    CHECK(field(plain) == plain);
  }
  CHECK(field("a,b") == "\"a,b\"");
  CHECK(field("a\nb") == "\"a\nb\"");
  CHECK(field("a\rb") == "\"a\rb\"");
}

TEST_CASE("quotes inside a field are doubled", "[csv]") {
  CHECK(field("\"") == "\"\"\"\"");
  CHECK(field("say \"hi\"") == "\"say \"\"hi\"\"\"");
  CHECK(field("\"\"") == "\"\"\"\"\"\"");
}

TEST_CASE("a field is appended to what is there", "[csv]") {
  std::string row = "m-1,";
  upline::eventstore::append_csv_field(row, "a,b");
  CHECK(row == "m-1,\"a,b\"");
}

TEST_CASE("free text does not run as a formula in a spreadsheet", "[csv]") {
  CHECK(free_text("=1+1") == "'=1+1");
  CHECK(free_text("+1") == "'+1");
  CHECK(free_text("-1") == "'-1");
  CHECK(free_text("@SUM(A1)") == "'@SUM(A1)");
  CHECK(free_text("\t=1") == "'\t=1");
  CHECK(free_text("\r=1") == "\"'\r=1\"");
  CHECK(free_text("=HYPERLINK(\"x\",A1)") == "\"'=HYPERLINK(\"\"x\"\",A1)\"");
}

TEST_CASE("free text that is no formula stays as it is", "[csv]") {
  for (const auto* plain : {"", "x", " =1", "1-1", "'quoted'", "\xE5\x8D\xA1"}) CHECK(free_text(plain) == plain);
  CHECK(free_text("a,=b") == "\"a,=b\"");
}
