// Payee accounts: in the vault, under the member's key, and shown masked.
#include "eventstore/payees.hpp"

#include "tests/eventstore/selling.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

const Payee account{.name = "张伟",
                    .alipay = "zhang.wei@example.org",
                    .wechat_openid = "oABCDEF-123456",
                    .bank_account = "6222020200012345678",
                    .bank = "中国工商银行北京分行",
                    .bank_code = "102100099996",
                    .bic = "ICBKCNBJ"};
const MemberId alice{"alice"};
const MemberId bob{"bob"};

}  // namespace

TEST_CASE("a payee account comes back as it was given, field by field, and belongs to one member", "[payees]") {
  SellingShop shop;
  auto process = shop.fresh();
  CHECK_FALSE(payee_of(process.vault(), alice));
  put_payee(process.vault(), process.store(), alice, account);
  put_payee(process.vault(), process.store(), bob, {.alipay = "bob"});
  CHECK(payee_of(process.vault(), alice) == account);
  CHECK(payee_of(process.vault(), bob) == Payee{.alipay = "bob"});
  put_payee(process.vault(), process.store(), alice, {.bic = "COBADEFF"});
  CHECK(payee_of(process.vault(), alice) == Payee{.bic = "COBADEFF"});
  put_payee(process.vault(), process.store(), alice, {});
  CHECK_FALSE(payee_of(process.vault(), alice));
  CHECK(payee_of(process.vault(), bob) == Payee{.alipay = "bob"});
}

TEST_CASE("no part of a payee account stands in a file as it was given", "[payees]") {
  SellingShop shop;
  auto process = shop.fresh();
  put_payee(process.vault(), process.store(), alice, account);
  for (const auto& entry : std::filesystem::directory_iterator(shop.folder())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    INFO(entry.path().filename());
    for (const auto& [name, value] : payee_fields()) CHECK(bytes.find(account.*value) == std::string::npos);
  }
}

TEST_CASE("a text that repeats a part of a payee account is found, however it is written", "[payees]") {
  for (const auto* text : {"收款人张伟账户不存在", "no account zhang.wei@example.org", "ZHANG.WEI@EXAMPLE.ORG closed",
                           "6222020200012345678", "card 6222 0202 0001 2345 678", "6222-0202-0001-2345-678 rejected",
                           "no branch icbkCNBJ", "openid oabcdef-123456"}) {
    INFO(text);
    CHECK(repeats(text, account));
  }
  for (const auto* text : {"", "no such account", "bank-1001", "ref 622202020001234567", "example.org", "张先生"}) {
    INFO(text);
    CHECK_FALSE(repeats(text, account));
  }
  CHECK_FALSE(repeats("failed: bob", {.alipay = "bob"}));  // too short to tell anything
  CHECK_FALSE(repeats("paid online again", {.name = "li na"}));
  CHECK_FALSE(repeats("any text", {}));
}

TEST_CASE("what is shown of a payee account tells neither it nor its length", "[payees]") {
  const auto shown = masked(account);
  CHECK(shown.name == "张****");
  CHECK(shown.alipay == "z****rg");
  CHECK(shown.bank_account == "6****78");
  CHECK(shown.bank == "中****分行");
  CHECK(masked(Payee{}) == Payee{});
  CHECK(masked(Payee{.name = "李"}).name == "李****");
}

TEST_CASE("a field that is no text of an account is refused by its name only", "[payees]") {
  for (const auto& [name, value] : payee_fields()) {
    auto wrong = account;
    wrong.*value = "a\tb";
    REQUIRE_FALSE(check_payee(wrong));
    CHECK(check_payee(wrong).error() == Rejection{Reason::invalid_text, std::string(name)});
    wrong.*value = std::string(payee_field_bytes_max + 1, 'x');
    CHECK_FALSE(check_payee(wrong));
    wrong.*value = std::string(payee_field_bytes_max, 'x');
    CHECK(check_payee(wrong));
  }
}
