#include "projections/exports/output_file.hpp"

#include "eventstore/stored_event.hpp"

#include <cerrno>
#include <span>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace upline::projections {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t buffer_bytes = 256 * 1024;
constexpr std::string_view part_ending = ".part";

bool is_special(const fs::path& target) {
  std::error_code ignored;
  return fs::exists(target, ignored) && !fs::is_regular_file(target, ignored);
}

/// Links are followed, so that the rename replaces the file and not the link. A pipe behind /dev/stdout has no path.
fs::path place_of(const fs::path& target) {
  return is_special(target) ? target : fs::weakly_canonical(fs::absolute(target));
}

mode_t mode_for(Readers readers) {
  return readers == Readers::owner ? 0600 : 0666;  // less the user's mask
}

/// The process in the name keeps two that write to the same place apart.
fs::path beside(const fs::path& target) {
  return target.parent_path() / fmt::format(".{}.{}{}", target.filename().string(), ::getpid(), part_ending);
}

/// `.pay.csv.4711.part` is beside `pay.csv`.
bool is_beside(std::string_view name, std::string_view target) {
  const auto start = fmt::format(".{}.", target);
  if (!name.starts_with(start) || !name.ends_with(part_ending)) return false;
  if (name.size() <= start.size() + part_ending.size()) return false;
  const auto process = name.substr(start.size(), name.size() - start.size() - part_ending.size());
  return process.find_first_not_of("0123456789") == std::string_view::npos;
}

bool take_lock(int descriptor) { return ::flock(descriptor, LOCK_EX | LOCK_NB) == 0; }

bool has_name(int descriptor) {
  struct stat status{};
  return ::fstat(descriptor, &status) == 0 && status.st_nlink > 0;
}

/// The lock of a process ends with it, however it ends; a number would be another process's one day.
void remove_if_abandoned(const fs::path& part) {
  const int descriptor = ::open(part.c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return;
  if (take_lock(descriptor) && has_name(descriptor)) ::unlink(part.c_str());
  ::close(descriptor);
}

}  // namespace

bool sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool synced = ::fsync(descriptor) == 0;
  ::close(descriptor);
  return synced;
}

void remove_abandoned(const fs::path& target) {
  const auto place = place_of(target);
  std::error_code ignored;
  for (fs::directory_iterator entry(place.parent_path(), ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    if (is_beside(entry->path().filename().string(), place.filename().string())) remove_if_abandoned(entry->path());
  }
}

OutputFile::OutputFile(const fs::path& target, Readers readers) : target_(place_of(target)), readers_(readers) {
  if (is_special(target_)) {
    descriptor_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    remove_abandoned(target_);
    open_part();
  }
  if (descriptor_ < 0) fail();
  buffer_.reserve(buffer_bytes);
}

/// Once more where another process took it for abandoned before it was locked. A file system without locks has none
/// that are abandoned.
void OutputFile::open_part() {
  const auto part = beside(target_);
  for (;;) {
    descriptor_ = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_for(readers_));
    if (descriptor_ < 0) return;
    while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
    }
    if (has_name(descriptor_)) break;
    ::close(descriptor_);
  }
  part_ = part;
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

eventstore::Hash OutputFile::seal() {
  flush();
  if (!part_.empty() && ::fsync(descriptor_) != 0) fail();
  return hash_.finish();
}

void OutputFile::place() {
  if (part_.empty()) return;
  if (::rename(part_.c_str(), target_.c_str()) != 0) fail();
  part_.clear();
  if (!sync_folder(target_.parent_path())) fail();
}

void OutputFile::clear_place() {
  if (part_.empty()) return;
  if (::unlink(target_.c_str()) != 0 && errno != ENOENT) fail();
  if (!sync_folder(target_.parent_path())) fail();
}

eventstore::Hash OutputFile::finish() {
  const auto hash = seal();
  place();
  return hash;
}

void OutputFile::fail() const {
  throw eventstore::StoreUnwritable(
      fmt::format("{} cannot be written: {}", target_.string(), std::generic_category().message(errno)));
}

}  // namespace upline::projections
