// A real history, imported: balances and tree equal the independently computed ones to the byte.
#include "eventstore/import/byte_source.hpp"
#include "eventstore/import/importer.hpp"
#include "eventstore/shop.hpp"
#include "projections/read_models.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;
namespace eventstore = upline::eventstore;
namespace fs = std::filesystem;

namespace {

std::string unpacked(const fs::path& file) {
  const auto source = eventstore::import::open_file(file);
  std::string text;
  std::array<char, 65536> buffer{};
  while (const auto count = source->read(buffer)) text.append(buffer.data(), count);
  return text;
}

std::string balances_csv(ReadModels& models, Timestamp time) {
  std::string csv =
      "member_id,currency,earned_minor,reversed_minor,pending_minor,available_minor,scheduled_minor,paid_minor\n";
  models.balances().balances({.time = time}, [&](const Balance& b) {
    csv += fmt::format("{},{},{},{},{},{},{},{}\n", b.member, b.currency, b.earned.value, b.reversed.value,
                       b.pending.value, b.available.value, b.scheduled.value, b.paid.value);
  });
  return csv;
}

std::string tree_csv(ReadModels& models, Timestamp time) {
  std::string csv = "member_id,referrer_id,depth,direct_count,downline_count\n";
  const auto forest = models.tree().forest({.time = time});
  for (MemberIndex i = 0; i < forest.size(); ++i) {
    const auto row = forest.row(i);
    csv += fmt::format("{},{},{},{},{}\n", row.member, row.referrer, row.place.depth, row.place.direct_count,
                       row.place.downline_count);
  }
  return csv;
}

/// True without a list of what differs: these are megabytes.
bool is_as_expected(ReadModels& models, const fs::path& expected) {
  for (const auto* date : {"1997-03-01", "1999-01-01"}) {
    const auto time = parse_rfc3339(fmt::format("{}T00:00:00Z", date)).value();
    if (balances_csv(models, time) != unpacked(expected / fmt::format("balances-{}.csv.gz", date))) return false;
    if (tree_csv(models, time) != unpacked(expected / fmt::format("tree-{}.csv.gz", date))) return false;
  }
  return true;
}

void check_totals(ReadModels& models, const fs::path& expected) {
  const auto json = nlohmann::json::parse(std::ifstream(expected / "totals-1999-01-01.json"));
  const auto totals = models.totals().totals();
  CHECK(totals.members == json.at("members"));
  CHECK(totals.orders == json.at("orders"));
  const auto& usd = totals.by_currency.at({"USD"});
  CHECK(usd.sales.value == json.at("gross").at("USD"));
  CHECK(usd.refunded.value == json.at("refunded").at("USD"));
  CHECK(usd.earned.value == json.at("earned"));
  CHECK(usd.reversed.value == json.at("reversed"));
}

void import_and_check(const fs::path& history) {
  const TempFolder folder;
  const eventstore::ShopLocation location{folder.path(), "demo", folder.path() / "vault.key"};
  eventstore::prepare_shop(location);
  eventstore::Shop shop(location);
  const std::vector<eventstore::Request> open{{.command = OpenShop{{"USD"}, Timestamp{0}}}};
  shop.handler().execute(open);
  CHECK(eventstore::import::import_folder(shop, history).rejects == 0);
  ReadModels models(shop.store(), location.views());
  models.catch_up();
  CHECK(is_as_expected(models, history / "expected"));
  check_totals(models, history / "expected");
  models.rebuild();
  CHECK(is_as_expected(models, history / "expected"));
  fs::remove_all(location.views());
  models.catch_up();
  CHECK(is_as_expected(models, history / "expected"));
  CHECK(models.compare_with_rebuild().empty());
}

}  // namespace

TEST_CASE("the demonstration shop's read models are those of the independent reading", "[projecting][import]") {
  import_and_check(fs::path(UPLINE_SOURCE_DIR) / "demo");
}

TEST_CASE("the whole history's read models are those of the independent reading", "[projecting][import]") {
  const auto* data = std::getenv("UPLINE_TEST_DATA");
  if (data == nullptr || *data == '\0') {
    WARN("UPLINE_TEST_DATA does not name the folder of the full data set");
    return;
  }
  import_and_check(fs::path(data) / "cdnow");
}
