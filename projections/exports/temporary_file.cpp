#include "projections/exports/temporary_file.hpp"

#include "eventstore/stored_event.hpp"

#include <cstdlib>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include <unistd.h>

namespace upline::projections {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t piece_bytes = 65536;

fs::path make_file() {
  auto name = (fs::temp_directory_path() / "upline-XXXXXX").string();
  const int descriptor = ::mkstemp(name.data());
  if (descriptor < 0) throw eventstore::StoreUnwritable(name + ": no temporary file can be made there; set TMPDIR");
  ::close(descriptor);
  return name;
}

}  // namespace

TemporaryFile::TemporaryFile() : path_(make_file()) {}

TemporaryFile::~TemporaryFile() {
  std::error_code ignored;
  fs::remove(path_, ignored);
}

void TemporaryFile::read(const std::function<void(std::string_view)>& out) const {
  std::ifstream in(path_, std::ios::binary);
  std::vector<char> piece(piece_bytes);
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (in.gcount() > 0) out({piece.data(), static_cast<std::size_t>(in.gcount())});
  }
  if (!in.eof()) throw eventstore::StoreUnwritable(path_.string() + ": the temporary file cannot be read");
}

}  // namespace upline::projections
