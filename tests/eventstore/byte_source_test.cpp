#include "eventstore/import/byte_source.hpp"

#include "eventstore/import/csv_reader.hpp"
#include "eventstore/import/input_error.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <zlib.h>

namespace {

using namespace upline::eventstore::import;
namespace fs = std::filesystem;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    auto name = (fs::temp_directory_path() / "upline-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { fs::remove_all(path_); }

  fs::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string gzip(const std::string& text) {
  std::string bytes(text.size() + 1'000, '\0');
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  std::string input = text;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::logic_error("deflate");
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  return bytes;
}

/// Half a megabyte that does not compress to nothing.
std::string large_text() {
  std::string text = "a,b\n";
  std::uint32_t random = 1;
  for (int row = 0; row < 40'000; ++row) {
    random = random * 1'664'525 + 1'013'904'223;
    text += fmt::format("{},{}\n", row, random);
  }
  return text;
}

std::string read_all(const fs::path& file) {
  const auto source = open_file(file);
  std::string text;
  std::string piece(10'000, '\0');
  while (const std::size_t count = source->read(piece)) text.append(piece, 0, count);
  return text;
}

std::string error_of(const fs::path& file) {
  try {
    read_all(file);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a file is read whole, plain or compressed", "[input]") {
  const TemporaryFolder folder;
  for (const auto& text : {std::string{}, std::string{"a,b\n1,2\n"}, std::string{"\0\xFF\r\n", 4}, large_text()}) {
    CHECK(read_all(folder.write("rows.csv", text)) == text);
    CHECK(read_all(folder.write("rows.csv.gz", gzip(text))) == text);
  }
}

TEST_CASE("gzip members one after the other are one file", "[input]") {
  const TemporaryFolder folder;
  const auto text = large_text();
  CHECK(read_all(folder.write("rows.csv.gz", gzip("a,b\n") + gzip("") + gzip(text))) == "a,b\n" + text);
}

TEST_CASE("a gzip file that is cut short anywhere is refused", "[input]") {
  const TemporaryFolder folder;
  const auto whole = gzip(large_text());
  REQUIRE(whole.size() > 3 * 64 * 1024);
  for (const auto kept : {std::size_t{0}, std::size_t{1}, std::size_t{9}, std::size_t{64 * 1024}, whole.size() / 2,
                          whole.size() - 8, whole.size() - 1}) {
    const auto file = folder.write("rows.csv.gz", whole.substr(0, kept));
    CHECK(error_of(file) == fmt::format("{}: the gzip data ends too early, after byte {}; fetch or compress the file "
                                        "again.",
                                        file.string(), kept));
  }
}

TEST_CASE("a gzip file with a damaged byte is refused with its place", "[input]") {
  const TemporaryFolder folder;
  auto bytes = gzip(large_text());
  bytes[bytes.size() - 6] ^= 1;  // the checksum
  const auto file = folder.write("rows.csv.gz", bytes);
  const auto place = fmt::format("{}: the gzip data is damaged near byte {} (", file.string(), bytes.size() - 4);
  CHECK(error_of(file).starts_with(place));
}

TEST_CASE("a damaged byte in the middle of gzip data never passes", "[input]") {
  const TemporaryFolder folder;
  const auto whole = gzip(large_text());
  for (std::size_t at = 10; at < whole.size(); at += whole.size() / 20) {
    auto bytes = whole;
    bytes[at] = static_cast<char>(~bytes[at]);
    CHECK(error_of(folder.write("rows.csv.gz", bytes)) != "no error");
  }
}

TEST_CASE("what follows the last gzip member is refused, not dropped in silence", "[input]") {
  const TemporaryFolder folder;
  const auto first = gzip("a,b\n");
  auto second = gzip("1,2\n");
  second[0] = '\x1e';
  for (const auto& tail : {second, std::string{"\x1f"}, std::string(512, '\0'), std::string{"1,2\n"}}) {
    CHECK(error_of(folder.write("rows.csv.gz", first + tail)) != "no error");
  }
}

TEST_CASE("plain text under a gzip name is refused", "[input]") {
  const TemporaryFolder folder;
  CHECK(error_of(folder.write("rows.csv.gz", "a,b\n1,2\n")).find("damaged near byte 2 (incorrect header check)") !=
        std::string::npos);
}

TEST_CASE("a file that cannot be opened or read is refused by name", "[input]") {
  const TemporaryFolder folder;
  const auto missing = folder.path() / "missing.csv";
  CHECK(error_of(missing) ==
        missing.string() + ": cannot be opened (No such file or directory); check its name and permissions.");
  CHECK(error_of(folder.path()) ==
        folder.path().string() + ": cannot be read after byte 0 (Is a directory); check the file and its disk.");
}

TEST_CASE("rows are read from a compressed file until its damage", "[input]") {
  const TemporaryFolder folder;
  const auto whole = gzip(large_text());
  const Columns columns{{"a", "b"}, {}};
  CsvReader good(folder.write("good.csv.gz", whole), columns);
  CsvRow row;
  while (good.next(row)) REQUIRE(!row.fault);
  CHECK(row.line == 40'002);
  CsvReader bad(folder.write("bad.csv.gz", whole.substr(0, whole.size() - 20)), columns);
  CHECK_THROWS_AS(
      [&] {
        while (bad.next(row)) REQUIRE(!row.fault);
      }(),
      InputError);
}
