#include "projections/exports/output_file.hpp"

#include "eventstore/stored_event.hpp"

#include <cerrno>
#include <span>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace upline::projections {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t buffer_bytes = 256 * 1024;
constexpr mode_t usual_mode = 0666;  // less the user's mask

fs::path beside(const fs::path& target) {
  return target.parent_path() / fmt::format(".{}.{}.part", target.filename().string(), ::getpid());
}

bool is_special(const fs::path& target) {
  std::error_code ignored;
  return fs::exists(target, ignored) && !fs::is_regular_file(target, ignored);
}

/// The rename lasts once its folder does.
bool sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool synced = ::fsync(descriptor) == 0;
  ::close(descriptor);
  return synced;
}

}  // namespace

OutputFile::OutputFile(const fs::path& target) : target_(fs::weakly_canonical(fs::absolute(target))) {
  if (is_special(target_)) {
    descriptor_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    part_ = beside(target_);
    descriptor_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, usual_mode);
  }
  if (descriptor_ < 0) fail();
  buffer_.reserve(buffer_bytes);
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!part_.empty()) ::unlink(part_.c_str());
}

void OutputFile::write(std::string_view bytes) {
  buffer_ += bytes;
  if (buffer_.size() >= buffer_bytes) flush();
}

void OutputFile::flush() {
  hash_.update({reinterpret_cast<const std::uint8_t*>(buffer_.data()), buffer_.size()});
  size_ += buffer_.size();
  for (std::string_view rest = buffer_; !rest.empty();) {
    const auto written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail();
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
}

eventstore::Hash OutputFile::finish() {
  flush();
  if (!part_.empty()) {
    if (::fsync(descriptor_) != 0) fail();
    if (::rename(part_.c_str(), target_.c_str()) != 0) fail();
    part_.clear();
    if (!sync_folder(target_.parent_path())) fail();
  }
  return hash_.finish();
}

void OutputFile::fail() const {
  throw eventstore::StoreUnwritable(
      fmt::format("{} cannot be written: {}", target_.string(), std::generic_category().message(errno)));
}

}  // namespace upline::projections
