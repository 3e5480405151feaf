#include "eventstore/import/csv_reader.hpp"

#include "eventstore/csv_writer.hpp"
#include "tests/eventstore/memory_source.hpp"

#include <array>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <rapidcheck/catch.h>

namespace {

using namespace upline::eventstore::import;
using upline::eventstore::append_csv_field;
using upline::tests::MemorySource;

using Rows = std::vector<std::string>;

const Columns two{{"a", "b"}, {}};
const Columns one{{"a"}, {}};

CsvReader reader_of(std::string bytes, const Columns& columns, std::size_t piece_bytes = SIZE_MAX) {
  return {std::make_unique<MemorySource>(std::move(bytes), piece_bytes), "rows.csv", columns};
}

/// `2 [x][y]` for a good row, `3 bad_quoting` for a faulty one.
std::string show(const CsvRow& row) {
  auto text = fmt::format("{} ", row.line);
  if (row.fault) text += code(*row.fault);
  for (const auto field : row.fields) text += fmt::format("[{}]", field);
  return text;
}

Rows rows_in_pieces(const std::string& bytes, const Columns& columns, std::size_t piece_bytes) {
  auto reader = reader_of(bytes, columns, piece_bytes);
  Rows rows;
  for (CsvRow row; reader.next(row);) rows.push_back(show(row));
  return rows;
}

Rows rows_of(const std::string& bytes, const Columns& columns = two) {
  const auto rows = rows_in_pieces(bytes, columns, SIZE_MAX);
  CHECK(rows == rows_in_pieces(bytes, columns, 4093));
  return rows;
}

std::string error_of(const std::string& bytes, const Columns& columns = two) {
  try {
    reader_of(bytes, columns);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

/// Text out of everything that a CSV writer must take care of.
rc::Gen<std::string> any_field() {
  const auto piece = rc::gen::element<std::string>("x", " ", ",", "\"", "\n", "\r", "\r\n", "\xC3\xA9", "\xE5\x8D\xA1");
  return rc::gen::map(rc::gen::container<Rows>(piece),
                      [](const Rows& pieces) { return fmt::format("{}", fmt::join(pieces, "")); });
}

std::string written(const std::string& field, bool always_quoted) {
  std::string text;
  if (!always_quoted) {
    append_csv_field(text, field);
    return text;
  }
  for (const char c : field) text += c == '"' ? std::string{"\"\""} : std::string{c};
  return '"' + text + '"';
}

}  // namespace

TEST_CASE("fields come in the order of the columns asked for, whatever the header's order", "[csv]") {
  const Columns columns{{"id", "at"}, {"referrer"}};
  CHECK(rows_of("referrer,at,id\nr,t,i\n", columns) == Rows{"2 [i][t][r]"});
  CHECK(rows_of("id,at,referrer\ni,t,\n", columns) == Rows{"2 [i][t][]"});
}

TEST_CASE("an optional column that the header lacks is empty and known to be absent", "[csv]") {
  const Columns columns{{"a"}, {"b", "c"}};
  CHECK(rows_of("c,a\n1,2\n", columns) == Rows{"2 [2][][1]"});
  const auto reader = reader_of("c,a\n", columns);
  CHECK(reader.has_column("a"));
  CHECK(reader.has_column("c"));
  CHECK(!reader.has_column("b"));
  CHECK(!reader.has_column("d"));
}

TEST_CASE("lines end with LF or CR LF, also mixed, and the last one may end without", "[csv]") {
  CHECK(rows_of("a,b\n1,2\n3,4\n") == Rows{"2 [1][2]", "3 [3][4]"});
  CHECK(rows_of("a,b\r\n1,2\r\n3,4\r\n") == Rows{"2 [1][2]", "3 [3][4]"});
  CHECK(rows_of("a,b\r\n1,2\n3,4\r\n5,6") == Rows{"2 [1][2]", "3 [3][4]", "4 [5][6]"});
  CHECK(rows_of("a,b\n1,2\r") == Rows{"2 [1][2]"});
  CHECK(rows_of("a,b\n1,\"2\"\r") == Rows{"2 [1][2]"});
}

TEST_CASE("a file of a header has no rows", "[csv]") {
  for (const auto* bytes : {"a,b", "a,b\n", "a,b\r\n", "a,b\n\n",
                            "\xEF\xBB\xBF"
                            "a,b\n",
                            "b,a"}) {
    INFO(bytes);
    CHECK(rows_of(bytes).empty());
  }
}

TEST_CASE("a byte order mark is skipped at the start and kept anywhere else", "[csv]") {
  CHECK(rows_of("\xEF\xBB\xBF"
                "a,b\n1,2\n") == Rows{"2 [1][2]"});
  CHECK(rows_of("\xEF\xBB\xBF\"a\",b\n1,2\n") == Rows{"2 [1][2]"});
  CHECK(rows_of("a,b\n\xEF\xBB\xBF"
                "1,2\n") == Rows{"2 [\xEF\xBB\xBF"
                                 "1][2]"});
}

TEST_CASE("quoted fields hold commas, quotes and line ends", "[csv]") {
  CHECK(rows_of("a,b\n\"1,2\",\"say \"\"hi\"\"\"\n") == Rows{"2 [1,2][say \"hi\"]"});
  CHECK(rows_of("a,b\n\"\",\"\"\"\"\n") == Rows{"2 [][\"]"});
  CHECK(rows_of("a,b\n\"\"\"\"\"\",x\n") == Rows{"2 [\"\"][x]"});
  CHECK(rows_of("a,b\n\"x\ny\r\nz\",\"\r\"\n") == Rows{"2 [x\ny\r\nz][\r]"});
  CHECK(rows_of("\"a\",\"b\"\r\n1,2") == Rows{"2 [1][2]"});
}

TEST_CASE("a row is numbered by the physical line where it starts", "[csv]") {
  CHECK(rows_of("a,b\n1,\"x\ny\r\nz\"\n2,3\nbad\n4,5") ==
        Rows{"2 [1][x\ny\r\nz]", "5 [2][3]", "6 wrong_column_count", "7 [4][5]"});
  CHECK(rows_of("a,\"b\"\n1,2\n") == Rows{"2 [1][2]"});
}

TEST_CASE("a row with more or fewer fields than the header is faulty", "[csv]") {
  CHECK(rows_of("a,b\n1\n1,2,3\n1,\n,\n,,\n") ==
        Rows{"2 wrong_column_count", "3 wrong_column_count", "4 [1][]", "5 [][]", "6 wrong_column_count"});
}

TEST_CASE("a blank line is faulty, and ignored only as the last line", "[csv]") {
  CHECK(rows_of("a,b\n\n1,2\n\n") == Rows{"2 wrong_column_count", "3 [1][2]"});
  CHECK(rows_of("a,b\r\n\r\n1,2\r\n\r\n") == Rows{"2 wrong_column_count", "3 [1][2]"});
  CHECK(rows_of("a,b\n1,2\n\n\n") == Rows{"2 [1][2]", "3 wrong_column_count"});
  CHECK(rows_of("a\n\n\"\"\n1\n", one) == Rows{"2 wrong_column_count", "3 []", "4 [1]"});
}

TEST_CASE("unsound quoting makes the physical line faulty and leaves the next one alone", "[csv]") {
  for (const auto* line :
       {"x\"y,2", "1,x\"", "\"x\"y,2", "1,\"x\" ", " \"x\",2", "\"x\"\"y\"z,2", "1,\"\"\"", "\"\"\"x\"\",2"}) {
    INFO(line);
    CHECK(rows_of(fmt::format("a,b\n{}\n3,4\n", line)) == Rows{"2 bad_quoting", "3 [3][4]"});
    CHECK(rows_of(fmt::format("a,b\r\n{}\r\n3,4\r\n", line)) == Rows{"2 bad_quoting", "3 [3][4]"});
    CHECK(rows_of(fmt::format("a,b\n{}", line)) == Rows{"2 bad_quoting"});
  }
}

TEST_CASE("text behind a quote that closes on a later line costs the first line only", "[csv]") {
  CHECK(rows_of("a,b\n1,\"x\n2,3\n4,\"y\"\n") == Rows{"2 bad_quoting", "3 [2][3]", "4 [4][y]"});
}

TEST_CASE("a carriage return stands in quotes or in front of a line feed", "[csv]") {
  CHECK(rows_of("a,b\n1,2\r3,4\n5,6\n") == Rows{"2 bad_quoting", "3 [5][6]"});
  CHECK(rows_of("a,b\n1,2\r\r\n5,6\n") == Rows{"2 bad_quoting", "3 [5][6]"});
  CHECK(rows_of("a,b\n1,\"2\"\r3\n5,6\n") == Rows{"2 bad_quoting", "3 [5][6]"});
  CHECK(rows_of("a,b\n\r\r\n5,6\n") == Rows{"2 bad_quoting", "3 [5][6]"});
}

TEST_CASE("an unclosed quote swallows no row behind it", "[csv]") {
  CHECK(rows_of("a,b\n\"1,2\n3,4\n5,6\n") == Rows{"2 bad_quoting", "3 [3][4]", "4 [5][6]"});
  CHECK(rows_of("a,b\n1,2\n3,\"") == Rows{"2 [1][2]", "3 bad_quoting"});
  CHECK(rows_of("a,b\n\"\n\n5,6") == Rows{"2 bad_quoting", "3 wrong_column_count", "4 [5][6]"});
}

TEST_CASE("an unclosed quote far from the end of the file swallows no row behind it", "[csv]") {
  std::string bytes = "a,b\n\"1,2\n";
  Rows expected{"2 line_too_long"};
  for (int line = 3; line < 100'000; ++line) {
    bytes += fmt::format("{},x\n", line);
    expected.push_back(fmt::format("{0} [{0}][x]", line));
  }
  CHECK(rows_of(bytes) == expected);
}

TEST_CASE("bytes that are not UTF-8, and NUL, make a row faulty", "[csv]") {
  CHECK(rows_of("a,b\n1,\xFF\n3,\xE5\x8D\xA1\n") == Rows{"2 bad_encoding", "3 [3][\xE5\x8D\xA1]"});
  CHECK(rows_of("a,b\n1,\"\xC0\x80\n\"\n3,4\n") == Rows{"2 bad_encoding", "4 [3][4]"});
  CHECK(rows_of(std::string{"a,b\n1,\0\n3,4\n", 12}) == Rows{"2 nul_byte", "3 [3][4]"});
}

TEST_CASE("of several faults the gravest is told", "[csv]") {
  CHECK(rows_of("a,b\nx\"\n") == Rows{"2 bad_quoting"});
  CHECK(rows_of("a,b\nx\"\xFF\n") == Rows{"2 bad_encoding"});
  CHECK(rows_of(std::string{"a,b\nx\"\xFF\0\n", 9}) == Rows{"2 nul_byte"});
  CHECK(rows_of("a,b\n" + std::string(record_bytes_max + 1, '\0') + "\"\xFF\n") == Rows{"2 line_too_long"});
  CHECK(rows_of("a,b\n\"x\n\xFF,\n") == Rows{"2 bad_quoting", "3 bad_encoding"});
}

TEST_CASE("a record of 64 KiB is read and one byte more is too long, whatever the line end", "[csv]") {
  const std::string longest(record_bytes_max, 'x');
  for (const std::string end : {"\n", "\r\n"}) {
    CHECK(rows_of("a\n" + longest + end + "y", one) == Rows{fmt::format("2 [{}]", longest), "3 [y]"});
    CHECK(rows_of("a\nx" + longest + end + "y", one) == Rows{"2 line_too_long", "3 [y]"});
  }
  CHECK(rows_of("a\n" + longest, one) == Rows{fmt::format("2 [{}]", longest)});
  CHECK(rows_of("a\nx" + longest, one) == Rows{"2 line_too_long"});
}

TEST_CASE("a record of several lines is as long as its quotes and line ends make it", "[csv]") {
  const std::string longest(record_bytes_max - std::string_view{"\"\n\""}.size(), 'x');
  for (const std::string end : {"\n", "\r\n"}) {
    CHECK(rows_of("a\n\"\n" + longest + "\"" + end + "y", one) == Rows{fmt::format("2 [\n{}]", longest), "4 [y]"});
    const Rows too_long{"2 line_too_long", "3 bad_quoting", "4 [y]"};
    CHECK(rows_of("a\n\"\n" + longest + "x\"" + end + "y", one) == too_long);
  }
}

TEST_CASE("a line of 10 MB is skipped and the next row is read", "[csv]") {
  const std::string line(10'000'000, 'x');
  CHECK(rows_of("a,b\n" + line + "\n1,2\n") == Rows{"2 line_too_long", "3 [1][2]"});
  CHECK(rows_of("a,b\n" + line) == Rows{"2 line_too_long"});
  CHECK(rows_of("a,b\n" + std::string(10'000'000, ',') + "\r\n1,2") == Rows{"2 line_too_long", "3 [1][2]"});
}

TEST_CASE("a faulty row shows nothing of its content, nor of the row before", "[csv]") {
  auto reader = reader_of("a,b\n1,secret\n\"1,secret\n2\n", two);
  CsvRow row;
  REQUIRE(reader.next(row));
  CHECK(row.fields == std::vector<std::string_view>{"1", "secret"});
  for (const auto fault : {RowFault::bad_quoting, RowFault::wrong_column_count}) {
    REQUIRE(reader.next(row));
    CHECK(row.fault == fault);
    CHECK(row.fields.empty());
  }
  CHECK(!reader.next(row));
  CHECK(!reader.next(row));
  CHECK(row.fields.empty());
}

TEST_CASE("records that straddle the buffer are read like others", "[csv]") {
  std::string bytes = "a,b\n";
  Rows expected;
  for (std::size_t line = 2; line < 3'000; ++line) {
    const std::string text(line * 7919 % 1'000, static_cast<char>('a' + line % 26));
    bytes += fmt::format("{},\"{}\"\"\"\r\n", line, text);
    expected.push_back(fmt::format("{0} [{0}][{1}\"]", line, text));
  }
  REQUIRE(bytes.size() > 5 * 256 * 1024);
  CHECK(rows_of(bytes) == expected);
}

TEST_CASE("a file without a usable header is refused in one sentence", "[csv]") {
  CHECK(error_of("") == "rows.csv: line 1: the file is empty; its first line must name the columns a, b.");
  CHECK(error_of("\xEF\xBB\xBF") == error_of(""));
  CHECK(error_of("\n1,2\n") == "rows.csv: line 1: the line is blank; it must name the columns a, b.");
  CHECK(error_of("\n") == error_of("\n1,2\n"));
  CHECK(error_of("a\n1\n") == "rows.csv: line 1: the column b is missing; add it.");
  CHECK(error_of("a,b,a\n") == "rows.csv: line 1: the column a stands there twice; remove one.");
  CHECK(error_of("a,\xFF\n") ==
        "rows.csv: line 1: the header cannot be read (bad_encoding); save the file as CSV in UTF-8.");
}

TEST_CASE("a header that is no line of UTF-8 text is refused", "[csv]") {
  CHECK(error_of(std::string{"a\0,\0b\0\n\0", 8}).find("(nul_byte)") != std::string::npos);
  CHECK(error_of("a,\"b\n1,2\n").find("(bad_quoting)") != std::string::npos);
  CHECK(error_of("a,b\r1,2\r").find("(bad_quoting)") != std::string::npos);
  CHECK(error_of(std::string(100'000, 'a')).find("(line_too_long)") != std::string::npos);
}

TEST_CASE("an unknown column is refused by its place, since its title may be a secret", "[csv]") {
  const Columns keys{{"product_id", "secret"}, {"batch_id"}};
  const auto error = error_of("netflix,AAAA-BBBB\n", keys);
  CHECK(error ==
        "rows.csv: line 1: the title of column 1 is none of product_id, secret (optional: batch_id); correct it, or "
        "remove the column.");
  CHECK(error_of("product_id,secret,batch\n", keys).find("column 3") != std::string::npos);
  CHECK(error_of("product_id,secret,\n", keys).find("column 3") != std::string::npos);
  CHECK(error_of("product_id, secret\n", keys).find("column 2") != std::string::npos);
  CHECK(error_of("Product_id,secret\n", keys).find("column 1") != std::string::npos);
}

TEST_CASE("every fault has a code and a sentence", "[csv]") {
  CHECK(code(RowFault::wrong_column_count) == "wrong_column_count");
  CHECK(code(RowFault::bad_encoding) == "bad_encoding");
  CHECK(code(RowFault::nul_byte) == "nul_byte");
  CHECK(code(RowFault::line_too_long) == "line_too_long");
  CHECK(code(RowFault::bad_quoting) == "bad_quoting");
  CHECK(sentence(RowFault::nul_byte) == "The row holds a NUL byte.");
}

TEST_CASE("what a quoting writer wrote is what the reader returns", "[csv]") {
  rc::prop("write, then read", [](bool quotes_all, bool ends_with_crlf) {
    const auto table = *rc::gen::container<std::vector<std::array<std::string, 2>>>(
        rc::gen::container<std::array<std::string, 2>>(any_field()));
    std::string bytes = "a,b\n";
    for (const auto& [a, b] : table) {
      bytes += written(a, quotes_all) + ',' + written(b, quotes_all) + (ends_with_crlf ? "\r\n" : "\n");
    }
    auto reader = reader_of(bytes, two, *rc::gen::inRange<std::size_t>(1, 100));
    CsvRow row;
    for (const auto& [a, b] : table) {
      RC_ASSERT(reader.next(row));
      RC_ASSERT(!row.fault);
      RC_ASSERT(row.fields == (std::vector<std::string_view>{a, b}));
    }
    RC_ASSERT(!reader.next(row));
  });
}
