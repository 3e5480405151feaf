// A file is whole or not there.
#include "projections/exports/output_file.hpp"

#include "eventstore/stored_event.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>
#include <sys/stat.h>

using upline::projections::OutputFile;
using upline::tests::TempFolder;
namespace fs = std::filesystem;

namespace {

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

auto files_in(const fs::path& folder) { return std::distance(fs::directory_iterator(folder), {}); }

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
