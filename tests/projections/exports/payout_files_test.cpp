// Payout files: the templates byte by byte, and what cannot be written.
#include "eventstore/hex.hpp"
#include "projections/exports/gbk.hpp"
#include "tests/projections/exports/payouts.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <iconv.h>
#include <unistd.h>

using namespace upline::tests;
using namespace upline::projections;

namespace {

/// By a decoder of its own, so that encoding and decoding do not agree by mistake.
std::string from_gbk(std::string bytes) {
  auto* converter = ::iconv_open("UTF-8", "GBK");
  std::string text(bytes.size() * 3, '\0');
  auto* from = bytes.data();
  auto* to = text.data();
  auto left = bytes.size();
  auto room = text.size();
  REQUIRE(::iconv(converter, &from, &left, &to, &room) == 0);
  ::iconv_close(converter);
  text.resize(text.size() - room);
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// True when the program says yes to the file.
bool accepts_xml(const std::string& xml) {
  const auto file = std::filesystem::temp_directory_path() / fmt::format("pain001-{}.xml", ::getpid());
  std::ofstream(file, std::ios::binary) << xml;
  const auto status = std::system(
      fmt::format("xmllint --noout --nonet --schema {}/tests/projections/exports/pain.001.001.09.xsd {} 2>/dev/null",
                  UPLINE_SOURCE_DIR, file.string())
          .c_str());
  std::filesystem::remove(file);
  return status == 0;
}

std::string with(std::string text, std::string_view before, std::string_view after) {
  const auto at = text.find(before);
  REQUIRE(at != std::string::npos);
  return text.replace(at, before.size(), after);
}

}  // namespace

TEST_CASE("Alipay's batch: GBK, CRLF, a title, a header, amounts in yuan", "[payouts]") {
  const Payouts payouts{.payees = {{"alice", {.name = "张伟", .alipay = "alice@example.org"}},
                                   {"bob:2", {.name = "王芳", .alipay = "13800000000"}}}};
  const auto files = payouts.written("alipay");
  REQUIRE(files.size() == 1);
  CHECK(from_gbk(files.front()) ==
        "支付宝批量付款文件模板\r\n"
        "序号（必填）,收款方支付宝账号（必填）,收款方姓名（必填）,金额（必填，单位：元）,备注（选填）\r\n"
        "1,alice@example.org,张伟,1234.50,佣金 2026-10\r\n"
        "2,13800000000,王芳,0.05,佣金 2026-10\r\n");
  // 张 is D5 C5 in GBK.
  CHECK(files.front().find("\xD5\xC5") != std::string::npos);
}

TEST_CASE("MyBank's batch: GBK, CRLF, a header, the branch by name and number", "[payouts]") {
  const Payouts payouts{.lines = {{"alice", "CNY", {123450}}}};
  CHECK(from_gbk(payouts.written("mybank").front()) ==
        "收款方名称,收款方账号,收款方开户行名称,收款行联行号,金额,附言/用途\r\n"
        "张伟,6222020200012345678,中国工商银行北京分行,102100099996,1234.50,佣金 2026-10\r\n");
}

TEST_CASE("WeChat's batch: a mark, a head with number and total, then the rows", "[payouts]") {
  const auto files = Payouts{}.written("wechat");
  REQUIRE(files.size() == 1);
  const auto lines = lines_of(files.front());
  REQUIRE(lines.size() == 12);
  CHECK(lines[0] == "\xEF\xBB\xBF微信支付批量转账到零钱模版（勿删）");
  CHECK(lines[2] == "批次名称（必填）,佣金 2026-10");
  CHECK(lines[3] == "转账appid（必填）,wx0123456789abcdef");
  CHECK(lines[4] == "转账总金额(元)（必填）,1234.55");
  CHECK(lines[5] == "转账总笔数（必填）,2");
  CHECK(lines[7] == ",");
  CHECK(lines[8] == "转账明细（勿删）");
  CHECK(lines[10] == payout_reference("2026-10", "alice", "CNY") + ",oAlice-0001,张伟,,1234.50,佣金 2026-10");
}

TEST_CASE("WeChat takes 1,000 rows a file: the next one begins another, with a head of its own", "[payouts]") {
  Payouts payouts{.lines = {}};
  for (int i = 0; i < 2001; ++i) payouts.lines.push_back({i % 2 == 0 ? "alice" : "bob:2", "CNY", {i + 1}});
  const auto files = payouts.written("wechat");
  REQUIRE(files.size() == 3);
  CHECK(lines_of(files[0])[5] == "转账总笔数（必填）,1000");
  CHECK(lines_of(files[0])[4] == "转账总金额(元)（必填）,5005.00");
  CHECK(lines_of(files[2])[5] == "转账总笔数（必填）,1");
  CHECK(lines_of(files[2])[4] == "转账总金额(元)（必填）,20.01");
  std::set<std::string> batches;
  for (const auto& file : files) batches.insert(lines_of(file)[1]);
  CHECK(batches.size() == 3);
}

TEST_CASE("pain.001.001.09 is valid, and its number and sum are those of the lines", "[payouts]") {
  Payouts payouts;
  payouts.lines.push_back({"bob:2", "JPY", {7}});
  payouts.lines.push_back({"bob:2", "TND", {1234567}});
  const auto xml = payouts.written("pain001").front();
  CHECK(accepts_xml(xml));
  CHECK(xml.find("<NbOfTxs>4</NbOfTxs><CtrlSum>2476.117</CtrlSum>") != std::string::npos);
  CHECK(xml.find("<Nm>Bob &amp; Söhne &lt;GmbH&gt;</Nm>") != std::string::npos);
  CHECK(xml.find("<InstdAmt Ccy=\"TND\">1234.567</InstdAmt>") != std::string::npos);
  CHECK(xml.find("<IBAN>DE89370400440532013000</IBAN>") != std::string::npos);
  CHECK(xml.find("<Othr><Id>6222020200012345678</Id></Othr>") != std::string::npos);
}

TEST_CASE("the schema of the tests refuses what a bank would", "[payouts]") {
  const auto xml = Payouts{}.written("pain001").front();
  CHECK_FALSE(accepts_xml(with(xml, "Ccy=\"CNY\">", "Ccy=\"yuan\">")));
  CHECK_FALSE(accepts_xml(with(xml, "1234.50<", "1234.50 <x/><")));
  CHECK_FALSE(accepts_xml(with(xml, "<PmtMtd>TRF", "<PmtMtd>XXX")));
  CHECK_FALSE(accepts_xml(with(xml, "<BICFI>ICBKCNBJ", "<BICFI>ICBK")));
  CHECK_FALSE(accepts_xml(with(xml, "Bob &amp;", "Bob &")));
  CHECK_FALSE(accepts_xml(with(xml, "<EndToEndId>", "<EndToEndId>0000")));
}

TEST_CASE("the same settlement leads to the same bytes", "[payouts]") {
  for (const auto& format : payout_formats()) {
    Payouts payouts;
    payouts.payees["bob:2"].name = "王芳";
    CHECK(payouts.written(format.name) == payouts.written(format.name));
  }
}

TEST_CASE("a payee without what a format needs fails it with the member's id, and with nothing of the account",
          "[payouts]") {
  for (const auto& [format, field] :
       {std::pair{"alipay", "alipay"}, {"mybank", "bank_code"}, {"pain001", "bic"}, {"wechat", "wechat_openid"}}) {
    Payouts payouts;
    payouts.payees["bob:2"].name = "王芳";
    for (const auto& known : upline::eventstore::payee_fields()) {
      if (known.name == field) (payouts.payees["bob:2"].*known.value).clear();
    }
    CHECK(payouts.refusal(format) ==
          fmt::format("the payee account of member bob:2 has no {}, which {} needs", field, format));
    payouts.payees.erase("bob:2");
    CHECK(payouts.refusal(format) == "member bob:2 has no payee account; set it with: upline member payee bob:2");
  }
}

TEST_CASE("what GBK cannot write, or a template has no room for, fails with the member's id", "[payouts]") {
  for (const auto* format : {"alipay", "mybank"}) {
    CHECK(Payouts{}.refusal(format).starts_with("the payee account of member bob:2 holds a character that GBK"));
    Payouts comma;
    comma.payees["alice"].name = "张,伟";
    CHECK(comma.refusal(format).starts_with("the payee account of member alice holds a comma"));
    Payouts dollars{.lines = {{"alice", "USD", {1}}}};
    CHECK(dollars.refusal(format).starts_with("member alice is to be paid in USD"));
  }
}

TEST_CASE("formats that say who pays ask for it", "[payouts]") {
  Payouts payouts;
  payouts.payer = {};
  CHECK(payouts.refusal("pain001") == "pain001 needs who pays: give --payer-name, --payer-account and --payer-bic");
  CHECK(payouts.refusal("wechat") == "wechat needs the appid that pays: give --payer-appid");
}

TEST_CASE("GBK takes Chinese and ASCII as they are, and nothing by halves", "[payouts]") {
  GbkEncoder encoder;
  CHECK(encoder.encode("abc") == "abc");
  CHECK(encoder.encode("中文") == "\xD6\xD0\xCE\xC4");
  CHECK(encoder.encode("") == "");
  CHECK_FALSE(encoder.encode("😀").has_value());
  CHECK_FALSE(encoder.encode("\xFF").has_value());
  CHECK(encoder.encode("after a refusal") == "after a refusal");
}
