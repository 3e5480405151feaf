// A temporary file is read again, and leaves nothing behind, however the process ends.
#include "projections/exports/temporary_file.hpp"

#include "tests/eventstore/temp_folder.hpp"

#include <cstdlib>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>
#include <sys/stat.h>

using upline::projections::TemporaryFile;
using upline::tests::TempFolder;
namespace fs = std::filesystem;

namespace {

/// TMPDIR, for one test.
class TemporaryFilesIn {
 public:
  explicit TemporaryFilesIn(const fs::path& folder) {
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", folder.c_str(), 1);
  }
  ~TemporaryFilesIn() { before_.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", before_.c_str(), 1); }
  TemporaryFilesIn(const TemporaryFilesIn&) = delete;
  TemporaryFilesIn& operator=(const TemporaryFilesIn&) = delete;

 private:
  std::string before_;
};

}  // namespace

TEST_CASE("a temporary file has no name while it is written and read, and is its owner's", "[export]") {
  const TempFolder folder;
  const TemporaryFilesIn there(folder.path());
  const TemporaryFile file;
  const std::string text(200'000, 'x');
  std::ofstream(file.path(), std::ios::binary) << text;
  CHECK(fs::is_empty(folder.path()));
  struct stat status{};
  REQUIRE(::stat(file.path().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  struct stat of_folder{};
  REQUIRE(::stat(folder.path().c_str(), &of_folder) == 0);
  CHECK(status.st_dev == of_folder.st_dev);
  std::string again;
  file.read([&](std::string_view piece) { again += piece; });
  CHECK(again == text);
}

TEST_CASE("a folder that takes no temporary files is told", "[export]") {
  const TempFolder folder;
  const auto file = folder.path() / "file";
  std::ofstream(file) << "no folder";
  const TemporaryFilesIn there(file);
  CHECK_THROWS(TemporaryFile());
}
