// A card key is in the vault, and nowhere else: not in a reject, an error, the log, or any file of the shop.
#include "tests/eventstore/import_shop.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace {

using namespace upline::tests;
namespace fs = std::filesystem;

/// Nothing but a secret contains this.
const std::string marker = "KRONJUWEL";

std::string key_line(const std::string& product, const std::string& batch, const std::string& secret) {
  return fmt::format("{},{},{}\n", product, batch, secret);
}

const std::string header = "product_id,batch_id,secret\n";

void check_files_are_silent(const fs::path& folder) {
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    INFO(entry.path());
    CHECK(!read_bytes(entry.path()).contains(marker));
  }
  CHECK(files >= 3);  // log, vault, master key
}

void check_is_silent(ImportShop& shop, const upline::eventstore::import::ImportReport& report) {
  for (const auto& message : shop.messages(report)) CHECK(!message.contains(marker));
  CHECK(shop.events_with(marker).empty());
  check_files_are_silent(shop.location().data);  // with what stands in the write-ahead logs
  shop.reopen();
  check_files_are_silent(shop.location().data);
}

/// The healthy files with other keys.
Files with_keys(const std::string& lines) { return healthy_files_but({{"keys.csv", header + lines}}); }

}  // namespace

TEST_CASE("imported secrets are in no file of the shop, and only the vault can say them", "[import]") {
  std::string keys;
  Lines secrets;
  for (int i = 0; i < 500; ++i) {
    secrets.push_back(fmt::format("{}-{}", marker, i));
    keys += key_line("game", i < 250 ? "b1" : "b2", secrets.back());
  }
  ImportShop shop;
  const auto report = shop.import(with_keys(keys));
  CHECK(report.rejects == 0);
  check_is_silent(shop, report);
  CHECK(shop.secrets("game", 500) == secrets);
}

TEST_CASE("no reject of a key tells the secret, whatever is wrong with the row", "[import]") {
  const auto keys = key_line("game", "b1", marker + "-1") + key_line("game", "b1", marker + "-1") +
                    key_line("game", "b2", marker + "-1") + key_line("unknown", "b1", marker + "-2") +
                    key_line("a b", "b1", marker + "-3") + key_line("game", "", marker + "-4") +
                    key_line("game", "b1", marker + std::string(4097, 'x')) + key_line("game", "b1", marker + ",4") +
                    key_line("game", "b1", marker + "\xFF") + key_line("game", "b1", marker + "\"") +
                    key_line("game", "b1", marker + std::string(66'000, 'x')) + key_line("game", "b1", "\"" + marker);
  ImportShop shop;
  const auto report = shop.import(
      with_keys(keys + key_line("game", "b1", "S-1") + key_line("game", "b1", "S-2") + key_line("game", "b1", "S-3")));
  CHECK(report.rejects == 11);
  CHECK(shop.events_with("pool/game KeysReleased").size() == 2);
  check_is_silent(shop, report);
}

TEST_CASE("a secret under the title of another column is not told either", "[import]") {
  const auto keys = key_line(marker + "-1", "b1", "S-1") + key_line("game", marker + "-2", "S-2") +
                    key_line("game", marker + "-2", "S-2") + key_line(marker + "/3", marker + "/3", "S-3");
  ImportShop shop;
  const auto report = shop.import(with_keys(keys));
  CHECK(shop.rejects(report).size() >= 3);
  for (const auto& message : shop.messages(report)) CHECK(!message.contains(marker));
}

TEST_CASE("no error about a file of keys tells a secret", "[import]") {
  ImportShop shop;
  const auto rows = key_line("game", "b1", marker) + key_line("game", "b2", marker);
  for (const auto& bytes :
       {rows, marker + "\n" + rows, "product_id,batch_id," + marker + "\n" + rows, "\"" + marker + "\n" + rows,
        header + "\"" + marker, "\xFF" + marker + "\n", fmt::format("{0},{0},{0}\n", marker)}) {
    auto files = healthy_files_but({{"keys.csv", bytes}});
    const auto said = input_error_of(shop, files);
    CHECK(!said.contains(marker));
    check_files_are_silent(shop.location().data);
    files.erase("keys.csv");
    files["keys.csv.gz"] = bytes;  // uncompressed
    CHECK_THAT(input_error_of(shop, files), Catch::Contains("gzip") && !Catch::Contains(marker));
  }
}

TEST_CASE("a plan of keys by mistake tells none of them", "[import]") {
  ImportShop shop;
  for (const auto& bytes :
       {marker + "\n", "secret = " + marker + "\n", "id = \"" + marker + "\n", "id = \"" + marker + "\"\n"}) {
    CHECK_THAT(input_error_of(shop, healthy_files_but({{"plan.toml", bytes}})),
               Catch::Contains("plan.toml:") && !Catch::Contains(marker));
  }
}
