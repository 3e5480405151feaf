// Whatever plan.toml holds: it is read as a plan with an id and commands of one date, or refused with its line.
#include "eventstore/import/input_error.hpp"
#include "eventstore/import/plan_file.hpp"

#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

namespace {

using namespace upline::domain;
using upline::eventstore::import::InputError;
using upline::eventstore::import::read_plan_file;

constexpr Timestamp at{1'777'593'600'000'000};

void require(bool holds) {
  if (!holds) std::abort();
}

/// A file in memory, since a plan is read by its path.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size) : descriptor_(::memfd_create("plan.toml", MFD_CLOEXEC)) {
    require(descriptor_ >= 0);
    require(::write(descriptor_, data, size) == static_cast<ssize_t>(size));
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(descriptor_); }

  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// `/proc/self/fd/3:7: 'hold' is missing`
void check_error(const std::string& file, std::string_view said) {
  require(said.starts_with(file + ":"));
  said.remove_prefix(file.size() + 1);
  require(!said.empty() && std::isdigit(static_cast<unsigned char>(said.front())) != 0 && said.front() != '0');
  require(said.find(": ") != std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile file(data, size);
  try {
    const auto plan = read_plan_file(file.path(), at);
    require(!plan.before_products.empty());
    for (const auto& command : plan.before_products) require(occurred_at(command) == at);
    for (const auto& product : plan.after_products) require(product.command.occurred_at == at && product.line > 0);
  } catch (const InputError& error) {
    check_error(file.path().string(), error.what());
  }
  return 0;
}
