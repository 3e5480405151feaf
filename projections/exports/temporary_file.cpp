#include "projections/exports/temporary_file.hpp"

#include "eventstore/stored_event.hpp"

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace upline::projections {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t piece_bytes = 65536;

/// The name goes before a byte is in it, so that a process that is killed leaves nothing. Not O_TMPFILE, which some
/// file systems do not have.
int open_without_name() {
  auto name = (fs::temp_directory_path() / "upline-XXXXXX").string();
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) throw eventstore::StoreUnwritable(name + ": no temporary file can be made there; set TMPDIR");
  if (::unlink(name.c_str()) == 0) return descriptor;
  ::close(descriptor);
  throw eventstore::StoreUnwritable(name + ": the temporary file cannot lose its name; set TMPDIR");
}

}  // namespace

TemporaryFile::TemporaryFile()
    : descriptor_(open_without_name()), path_(fmt::format("/proc/self/fd/{}", descriptor_)) {}

TemporaryFile::~TemporaryFile() { ::close(descriptor_); }

void TemporaryFile::read(const std::function<void(std::string_view)>& out) const {
  std::ifstream in(path_, std::ios::binary);
  std::vector<char> piece(piece_bytes);
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (in.gcount() > 0) out({piece.data(), static_cast<std::size_t>(in.gcount())});
  }
  if (!in.eof()) throw eventstore::StoreUnwritable("a temporary file cannot be read again");
}

}  // namespace upline::projections
