// A file is whole or not there.
#include "projections/exports/output_file.hpp"

#include "eventstore/stored_event.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace upline::projections;
using upline::tests::TempFolder;
namespace fs = std::filesystem;

namespace {

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

auto files_in(const fs::path& folder) { return std::distance(fs::directory_iterator(folder), {}); }

mode_t mode_of(const fs::path& file) {
  struct stat status{};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

}  // namespace

TEST_CASE("a finished file holds what was written, and its hash is that of its bytes", "[export]") {
  const TempFolder folder;
  const auto target = folder.path() / "out.txt";
  OutputFile file(target);
  file.write("ab");
  file.write("c");
  CHECK_FALSE(fs::exists(target));
  CHECK(upline::eventstore::to_hex(file.finish()) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(content_of(target) == "abc");
  CHECK(file.size() == 3);
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a file that is not finished leaves what was there before, and nothing else", "[export]") {
  const TempFolder folder;
  const auto target = folder.path() / "out.txt";
  std::ofstream(target) << "before";
  {
    OutputFile file(target);
    file.write(std::string(1'000'000, 'x'));
  }
  CHECK(content_of(target) == "before");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a folder that is not there, and a device without room, are told by the file's name", "[export]") {
  const TempFolder folder;
  const auto target = folder.path() / "none" / "out.txt";
  CHECK_THROWS_WITH(OutputFile(target), target.string() + " cannot be written: No such file or directory");
  OutputFile full("/dev/full");
  full.write("x");
  CHECK_THROWS_AS(full.finish(), upline::eventstore::StoreUnwritable);
  OutputFile nowhere("/dev/null");
  nowhere.write("x");
  CHECK_NOTHROW(nowhere.finish());
}

TEST_CASE("what is sealed is not at its place before it is placed, and goes where it never is", "[export]") {
  const TempFolder folder;
  const auto target = folder.path() / "out.txt";
  std::ofstream(target) << "before";
  {
    OutputFile file(target);
    file.write("never placed");
    file.seal();
    CHECK(content_of(target) == "before");
  }
  CHECK(files_in(folder.path()) == 1);
  OutputFile file(target);
  file.write("after");
  file.seal();
  file.clear_place();
  CHECK_FALSE(fs::exists(target));
  file.place();
  CHECK(content_of(target) == "after");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a file for its owner is nobody else's, whatever was at its place; others are as the mask says", "[export]") {
  const TempFolder folder;
  const auto mask = ::umask(022);
  for (const auto* before : {"none", "open"}) {
    const auto target = folder.path() / before;
    if (before == std::string("open")) std::ofstream(target) << "for all";
    OutputFile file(target, Readers::owner);
    file.write("secret");
    for (const auto& entry : fs::directory_iterator(folder.path())) {
      if (entry.path().extension() == ".part") CHECK(mode_of(entry.path()) == 0600);
    }
    file.finish();
    CHECK(mode_of(target) == 0600);
  }
  OutputFile usual(folder.path() / "usual");
  usual.finish();
  CHECK(mode_of(folder.path() / "usual") == 0644);
  ::umask(mask);
}

TEST_CASE("what a killed run left beside the place is removed, and nothing else", "[export]") {
  const TempFolder folder;
  const auto beside = [&](const std::string& name) {
    std::ofstream(folder.path() / name) << "left";
    return folder.path() / name;
  };
  const auto target = folder.path() / "out.txt";
  const auto abandoned = beside(".out.txt.999999999.part");
  const auto of_this_number = beside(".out.txt." + std::to_string(::getpid()) + ".part");
  const std::vector<fs::path> others{beside(".out.txt.x1.part"), beside(".out.txt..part"), beside(".other.txt.1.part"),
                                     beside("out.txt.1.part")};
  const auto living = beside(".out.txt.1.part");
  const int lock = ::open(living.c_str(), O_WRONLY | O_CLOEXEC);
  REQUIRE(::flock(lock, LOCK_EX) == 0);
  {
    OutputFile file(target);
    CHECK_FALSE(fs::exists(abandoned));
    CHECK(content_of(of_this_number).empty());
    CHECK(fs::exists(living));
    remove_abandoned(target);
    CHECK(fs::exists(of_this_number));
    file.write("whole");
    file.finish();
  }
  ::close(lock);
  remove_abandoned(target);
  CHECK_FALSE(fs::exists(living));
  CHECK(content_of(target) == "whole");
  for (const auto& other : others) CHECK(fs::exists(other));
}

TEST_CASE("a pipe gets the bytes as they are, also one without a path, such as standard output", "[export]") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  OutputFile file("/proc/self/fd/" + std::to_string(ends[1]));
  file.write("abc");
  file.finish();
  char text[4]{};
  CHECK(::read(ends[0], text, 3) == 3);
  CHECK(text == std::string("abc"));
  for (const int end : ends) ::close(end);
}
