#include "eventstore/hex.hpp"
#include "eventstore/vault.hpp"

#include <cerrno>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

namespace upline::eventstore {

namespace {

/// A descriptor that closes itself.
class File {
 public:
  File(const std::filesystem::path& path, int flags, mode_t mode = 0)
      : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

[[noreturn]] void fail(const std::filesystem::path& file, const char* what) {
  throw VaultKeyError(fmt::format("the vault key {} {}", file.string(), what));
}

}  // namespace

SecretKey read_master_key(const std::filesystem::path& file) {
  const File opened(file, O_RDONLY);
  if (opened.descriptor() < 0) fail(file, "cannot be read; put it back, or name another by UPLINE_VAULT_KEY");
  struct stat status{};
  if (::fstat(opened.descriptor(), &status) != 0) fail(file, "cannot be read");
  if ((status.st_mode & 077) != 0) fail(file, "may be read by others; run chmod 600 on it");
  std::array<char, 65> text{};
  const auto length = ::read(opened.descriptor(), text.data(), text.size());
  SecretKey key{};
  std::size_t decoded{};
  if (length < 64 || sodium_hex2bin(key.data(), key.size(), text.data(), 64, nullptr, &decoded, nullptr) != 0 ||
      decoded != key.size()) {
    fail(file, "does not hold 64 hexadecimal digits");
  }
  sodium_memzero(text.data(), text.size());
  return key;
}

void ensure_master_key(const std::filesystem::path& file) {
  if (std::filesystem::exists(file)) return;
  SecretKey key{};
  randombytes_buf(key.data(), key.size());
  const auto text = hex(key) + "\n";
  // Written aside and linked into place, so that nobody ever reads half a key and the first of two makers wins. The
  // name is random: another thread, or a crashed process of the same number, may have one of its own there.
  auto aside = file;
  aside += fmt::format(".new-{:08x}{:08x}", randombytes_random(), randombytes_random());
  {
    const File made(aside, O_WRONLY | O_CREAT | O_EXCL, 0600);
    const auto size = static_cast<ssize_t>(text.size());
    if (made.descriptor() < 0 || ::write(made.descriptor(), text.data(), text.size()) != size ||
        ::fsync(made.descriptor()) != 0) {
      fail(file, "cannot be written");
    }
  }
  if (::link(aside.c_str(), file.c_str()) != 0 && errno != EEXIST) fail(file, "cannot be written");
  ::unlink(aside.c_str());
}

}  // namespace upline::eventstore
