// A payout file in parts: all of one export, or visibly not whole.
#include "projections/exports/payout_parts.hpp"

#include "eventstore/stored_event.hpp"
#include "tests/eventstore/temp_folder.hpp"
#include "tests/projections/exports/payouts.hpp"

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <catch2/catch.hpp>
#include <sys/stat.h>

using namespace upline::projections;
using namespace upline::tests;
namespace fs = std::filesystem;

namespace {

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Payouts whose file has so many parts: 1,000 lines fit each.
Payouts of_parts(int parts) {
  Payouts payouts{.lines = {}};
  for (int i = 0; i < 1000 * (parts - 1) + 1; ++i) payouts.lines.push_back({"alice", "CNY", {i + 1}});
  return payouts;
}

class PartsFolder {
 public:
  fs::path operator/(const std::string& name) const { return folder_.path() / name; }

  PayoutParts sealed(const Payouts& payouts, std::string_view format = "wechat") const {
    PayoutParts parts(folder_.path() / "pay.csv");
    find_payout_format(format)->write(payouts.batch(), parts);
    parts.seal();
    return parts;
  }

  PayoutParts placed(const Payouts& payouts, std::string_view format = "wechat") const {
    auto parts = sealed(payouts, format);
    parts.place();
    return parts;
  }

  std::set<std::string> names() const {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_.path())) found.insert(entry.path().filename().string());
    return found;
  }

  std::string put(const std::string& name, const std::string& text) const {
    std::ofstream(*this / name, std::ios::binary) << text;
    return text;
  }

 private:
  TempFolder folder_;
};

using Names = std::set<std::string>;

}  // namespace

TEST_CASE("parts that an earlier export left are removed with the next one, which has fewer", "[payouts]") {
  const PartsFolder folder;
  folder.placed(of_parts(3));
  CHECK(folder.names() == Names{"pay.csv", "pay-2.csv", "pay-3.csv"});
  const auto two = folder.placed(of_parts(2));
  CHECK(two.removed() == std::vector<std::string>{folder / "pay-3.csv"});
  CHECK(folder.names() == Names{"pay.csv", "pay-2.csv"});
  folder.placed(of_parts(3));
  const auto one = folder.placed(of_parts(1));
  CHECK(one.removed() == std::vector<std::string>{folder / "pay-3.csv", folder / "pay-2.csv"});
  CHECK(folder.names() == Names{"pay.csv"});
  CHECK(content_of(folder / "pay.csv") == of_parts(1).written("wechat").front());
}

TEST_CASE("parts of another format are removed too, and those that a spreadsheet saved again", "[payouts]") {
  const PartsFolder folder;
  folder.placed(of_parts(2));
  std::string saved;
  for (const char c : content_of(folder / "pay-2.csv")) saved += c == '\n' ? "\r\n" : std::string(1, c);
  folder.put("pay-2.csv", saved);
  CHECK(folder.placed(Payouts{.lines = {{"alice", "CNY", {1}}}}, "alipay").removed().size() == 1);
  CHECK(folder.names() == Names{"pay.csv"});
}

TEST_CASE("a file that is no further part stays, whatever its name, and is told", "[payouts]") {
  const PartsFolder folder;
  const auto first = of_parts(1).written("wechat").front();
  const auto second = of_parts(2).written("wechat").at(1);
  folder.put("pay-2.csv", first);     // the first part of what was exported there
  folder.put("pay-3.csv", second);    // another number's
  folder.put("pay-4.csv", "member");  // anything
  for (const auto* name : {"pay-02.csv", "pay-1.csv", "pay-2.txt", "pay-x.csv", "paying-2.csv"})
    folder.put(name, second);
  const auto before = folder.names();
  const auto parts = folder.placed(of_parts(1));
  CHECK(parts.removed().empty());
  CHECK(parts.strangers() ==
        std::vector<std::string>{folder / "pay-4.csv", folder / "pay-3.csv", folder / "pay-2.csv"});
  auto after = before;
  after.insert("pay.csv");
  CHECK(folder.names() == after);
}

TEST_CASE("parts are not at their places before they are placed, and go where they never are", "[payouts]") {
  const PartsFolder folder;
  folder.placed(of_parts(2));
  const auto before = content_of(folder / "pay-2.csv");
  {
    const auto never = folder.sealed(of_parts(3));
  }
  CHECK(folder.names() == Names{"pay.csv", "pay-2.csv"});
  CHECK(content_of(folder / "pay-2.csv") == before);
}

TEST_CASE("where placing is interrupted there is no first part, and the next export repairs it", "[payouts]") {
  const PartsFolder folder;
  folder.placed(of_parts(3));
  {
    auto parts = folder.sealed(of_parts(2));
    fs::remove(folder / "pay-2.csv");
    fs::create_directory(folder / "pay-2.csv");
    CHECK_THROWS_AS(parts.place(), upline::eventstore::StoreUnwritable);
  }
  CHECK(folder.names() == Names{"pay-2.csv"});
  fs::remove(folder / "pay-2.csv");
  folder.placed(of_parts(2));
  CHECK(folder.names() == Names{"pay.csv", "pay-2.csv"});
}

TEST_CASE("where the first part cannot go, no other one does", "[payouts]") {
  const PartsFolder folder;
  folder.put("pay-2.csv", of_parts(2).written("wechat").at(1));
  auto parts = folder.sealed(of_parts(1));
  fs::create_directory(folder / "pay.csv");  // which cannot be unlinked
  CHECK_THROWS_AS(parts.place(), upline::eventstore::StoreUnwritable);
  CHECK(fs::is_directory(folder / "pay.csv"));
  CHECK(fs::exists(folder / "pay-2.csv"));
}

TEST_CASE("parts are their owner's only, and what killed runs left of them is removed", "[payouts]") {
  const PartsFolder folder;
  folder.put(".pay.csv.999999999.part", "left");
  folder.put(".pay-7.csv.999999999.part", "left");
  folder.put(".pay-x.csv.999999999.part", "another's");
  folder.placed(of_parts(2));
  CHECK(folder.names() == Names{"pay.csv", "pay-2.csv", ".pay-x.csv.999999999.part"});
  for (const auto* name : {"pay.csv", "pay-2.csv"}) {
    struct stat status{};
    REQUIRE(::stat((folder / name).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
  }
}
