// Banks repeat the account in their reasons; what is in the log is there for ever.
#include "eventstore/payees.hpp"
#include "eventstore/shop.hpp"
#include "tests/api/settled_books.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::tests;
using Json = nlohmann::json;
using Lines = std::vector<std::string>;

namespace {

const std::string path = "/settlements/may";
const std::string csv = "Content-Type: text/csv\r\n";

/// An approved settlement whose bob and carol have payee accounts.
struct Approved : SettledBooks {
  Approved() {
    {
      upline::eventstore::Shop shop({data(), "kami", data() / "vault.key"});
      put_payee(shop.vault(), shop.store(), {"bob"}, {.name = "王芳华", .bank_account = "6222020200012345678"});
      put_payee(shop.vault(), shop.store(), {"carol"}, {.alipay = "Li.Na@mail.example"});
    }
    auto asking = client();
    settle(asking, "may");
    asking.post(path + "/approve", Json::object());
  }
};

/// The files in the data folder that hold one of these.
Lines files_with(const std::filesystem::path& folder, const Lines& texts) {
  Lines found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    for (const auto& text : texts) {
      if (bytes.find(text) != std::string::npos) found.push_back(entry.path().filename().string() + ": " + text);
    }
  }
  return found;
}

}  // namespace

TEST_CASE("a result that repeats the member's payee account is refused, and nothing of it is kept", "[settlements]") {
  const Approved books;
  auto client = books.client();
  const Json rows{
      {"results",
       {result("bob", "failed", "no card 6222 0202 0001 2345 678"), result("bob", "failed", "户名王芳华不符"),
        result("carol", "paid", "to LI.NA@mail.EXAMPLE"), result("alice", "failed", "no card 6222020200012345679")}}};
  const auto answer = client.post(path + "/results", rows);
  CHECK(answer.status == 201);
  CHECK(answer.body.at("recorded") == 1);
  CHECK(answer.body.at("open_lines") == 2);
  Lines refused;
  for (const auto& row : answer.body.at("refused")) {
    refused.push_back(fmt::format("{} {}", row.at("row").get<int>(), row.at("code").get<std::string>()));
  }
  CHECK(refused == Lines{"1 personal_data", "2 personal_data", "3 personal_data"});
  for (const auto* part : {"6222", "2345", "王芳华", "LI.NA", "EXAMPLE"}) {
    CHECK(answer.body.at("refused").dump().find(part) == std::string::npos);
  }
  const auto position = answer.body.at("position").get<int>();
  CHECK(client.get(fmt::format("{}?min_position={}", path, position)).status == 200);  // read models have it, too
  CHECK(files_with(books.data(), {"6222 0202 0001 2345 678", "6222020200012345678", "王芳华", "LI.NA@mail.EXAMPLE"})
            .empty());
  CHECK_FALSE(files_with(books.data(), {"no card 6222020200012345679"}).empty());  // so it would be found
}

TEST_CASE("a file of results is looked through for payee accounts as well", "[settlements]") {
  const Approved books;
  auto client = books.client();
  const std::string file =
      "member_id,currency,status,reference_or_reason\n"
      "bob,CNY,failed,6222-0202-0001-2345-678\n"
      "carol,CNY,paid,b1\n";
  const auto answer = client.post_text(path + "/results", file, csv);
  CHECK(answer.status == 201);
  CHECK(answer.body.at("recorded") == 1);
  REQUIRE(answer.body.at("refused").size() == 1);
  CHECK(answer.body.at("refused").at(0).at("row") == 2);
  CHECK(answer.body.at("refused").at(0).at("code") == "personal_data");
  CHECK(files_with(books.data(), {"6222-0202-0001-2345-678"}).empty());
}

TEST_CASE("where every result repeats an account, nothing is recorded", "[settlements]") {
  const Approved books;
  auto client = books.client();
  const auto answer = client.post(path + "/results", {{"results", {result("carol", "paid", "Li.Na@mail.example")}}});
  CHECK(answer.status == 200);
  CHECK(answer.body.at("recorded") == 0);
  CHECK(answer.body.at("refused").at(0).at("code") == "personal_data");
}
