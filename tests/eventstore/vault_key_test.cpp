// The master key's file: who makes it, who may read it, and what is said when it is not what it should be.
#include "eventstore/vault.hpp"
#include "tests/eventstore/own_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
namespace fs = std::filesystem;

namespace {

constexpr auto owner_only = fs::perms::owner_read | fs::perms::owner_write;

fs::path key_file(const TempFolder& folder, const std::string& text, fs::perms mode = owner_only) {
  const auto file = folder.path() / "vault.key";
  std::ofstream(file) << text;
  fs::permissions(file, mode);
  return file;
}

std::size_t files_in(const TempFolder& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder.path()), {}));
}

const std::string digits = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

}  // namespace

TEST_CASE("a master key is 64 hexadecimal digits", "[vault]") {
  const TempFolder folder;
  for (const auto& text : {digits, digits + "\n"}) {
    const auto key = read_master_key(key_file(folder, text));
    for (std::size_t i = 0; i < key.size(); ++i) CHECK(key[i] == i);
  }
}

TEST_CASE("a file that holds no master key is refused with a sentence that names it", "[vault]") {
  const TempFolder folder;
  for (const auto& text : {std::string(), std::string("\n"), digits.substr(1), digits.substr(0, 63) + "g",
                           " " + digits.substr(0, 63), digits.substr(0, 32) + "\n" + digits.substr(32)}) {
    INFO('"' << text << '"');
    const auto file = key_file(folder, text);
    CHECK_THROWS_AS(read_master_key(file), VaultKeyError);
    CHECK_THROWS_WITH(read_master_key(file), Catch::Contains("vault.key") && Catch::Contains("64 hexadecimal digits"));
  }
}

TEST_CASE("a master key that others may read or write is refused", "[vault]") {
  const TempFolder folder;
  using enum fs::perms;
  for (const auto more : {group_read, group_write, others_read, others_write, others_exec}) {
    const auto file = key_file(folder, digits, owner_only | more);
    CHECK_THROWS_AS(read_master_key(file), VaultKeyError);
    CHECK_THROWS_WITH(read_master_key(file), Catch::Contains("may be read by others") && Catch::Contains("chmod 600"));
  }
  CHECK_NOTHROW(read_master_key(key_file(folder, digits, owner_read)));
}

TEST_CASE("a master key that is missing, or is a folder, is said to be so", "[vault]") {
  const TempFolder folder;
  CHECK_THROWS_AS(read_master_key(folder.path() / "none"), VaultKeyError);
  CHECK_THROWS_WITH(read_master_key(folder.path() / "none"), Catch::Contains("none cannot be read"));
  const auto inner = folder.path() / "inner";
  fs::create_directory(inner);
  fs::permissions(inner, fs::perms::owner_all);
  CHECK_THROWS_AS(read_master_key(inner), VaultKeyError);
}

TEST_CASE("a master key is made once, for its owner only, and kept", "[vault]") {
  const TempFolder folder;
  const auto file = folder.path() / "vault.key";
  ensure_master_key(file);
  const auto first = read_master_key(file);
  CHECK(fs::status(file).permissions() == owner_only);
  ensure_master_key(file);
  CHECK(read_master_key(file) == first);
  CHECK(files_in(folder) == 1);

  const TempFolder other;
  ensure_master_key(other.path() / "vault.key");
  CHECK(read_master_key(other.path() / "vault.key") != first);
}

TEST_CASE("a master key is not made where it cannot be", "[vault]") {
  const TempFolder folder;
  CHECK_THROWS_AS(ensure_master_key(folder.path() / "nowhere" / "vault.key"), VaultKeyError);
  CHECK_THROWS_WITH(ensure_master_key(folder.path() / "nowhere" / "vault.key"), Catch::Contains("cannot be written"));
}

TEST_CASE("threads that make the master key at once agree on one", "[vault][concurrency]") {
  for (int round = 0; round < 20; ++round) {
    const TempFolder folder;
    const auto file = folder.path() / "vault.key";
    std::vector<SecretKey> keys(8);
    std::vector<std::thread> threads;
    for (auto& key : keys) {
      threads.emplace_back([&file, &key] {
        ensure_master_key(file);
        key = read_master_key(file);
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(std::ranges::count(keys, keys.front()) == 8);
    CHECK(files_in(folder) == 1);
  }
}

TEST_CASE("processes that make the master key at once agree on one", "[vault][concurrency]") {
  const TempFolder folder;
  const auto file = folder.path() / "vault.key";
  std::vector<OwnProcess> processes;
  for (int i = 0; i < 4; ++i) {
    processes.emplace_back([&file] {
      ensure_master_key(file);
      const auto key = read_master_key(file);
      ensure_master_key(file);
      return read_master_key(file) == key;
    });
  }
  for (auto& process : processes) CHECK(process.went_well());
  CHECK(files_in(folder) == 1);
}
