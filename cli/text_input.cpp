#include "cli/text_input.hpp"

#include "domain/utf8.hpp"
#include "eventstore/import/input_error.hpp"
#include "eventstore/vault.hpp"

#include <cerrno>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

namespace upline::cli {

namespace {

using eventstore::import::ByteSource;
using eventstore::import::InputError;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr int end_of_input = -1;

class StandardInput : public ByteSource {
 public:
  std::size_t read(std::span<char> into) override {
    ::ssize_t count{};
    do {
      count = ::read(STDIN_FILENO, into.data(), into.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
      throw InputError(fmt::format("the standard input cannot be read ({}).", std::generic_category().message(errno)));
    }
    return static_cast<std::size_t>(count);
  }
};

std::string name_of(const std::string& file) { return file == "-" ? "standard input" : file; }

}  // namespace

std::unique_ptr<ByteSource> open_input(const std::string& file) {
  if (file == "-") return std::make_unique<StandardInput>();
  return eventstore::import::open_file(file);
}

std::string read_text(const std::string& file, std::size_t bytes_max) {
  const auto source = open_input(file);
  std::string text;
  std::array<char, 4096> block{};
  // One line end may follow the text.
  for (std::size_t count = 0; text.size() <= bytes_max + 2 && (count = source->read(block)) > 0;) {
    text.append(block.data(), count);
  }
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  const auto refuse = [&](const char* what) { throw InputError(fmt::format("{}: {}.", name_of(file), what)); };
  if (text.size() > bytes_max) refuse(fmt::format("the text is longer than {} bytes", bytes_max).c_str());
  if (text.empty()) refuse("there is no text");
  if (text.contains('\0')) refuse("the text holds a NUL byte");
  if (!domain::is_utf8(text)) refuse("the text is not UTF-8");
  return text;
}

KeyLines::KeyLines(const std::string& file) : name_(name_of(file)), source_(open_input(file)) {}

std::optional<KeyLine> KeyLines::next() {
  std::string line;
  while (take_line(line)) {
    if (line_ == 1 && line.starts_with(byte_order_mark)) line.erase(0, byte_order_mark.size());
    if (line.ends_with('\r')) line.pop_back();
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    if (line.size() > eventstore::secret_bytes_max) refuse("the key is longer than 4096 bytes");
    if (line.contains('\0')) refuse("the key holds a NUL byte");
    if (!domain::is_utf8(line)) refuse("the key is not UTF-8");
    return KeyLine{line_, std::move(line)};
  }
  return std::nullopt;
}

bool KeyLines::take_line(std::string& line) {
  // A byte order mark and a carriage return are not the key's.
  constexpr auto bytes_max = eventstore::secret_bytes_max + byte_order_mark.size() + 1;
  static_assert(eventstore::secret_bytes_max == 4096, "a message says it");
  line.clear();
  auto byte = take_byte();
  if (byte == end_of_input) return false;
  ++line_;
  for (; byte != end_of_input && byte != '\n'; byte = take_byte()) {
    if (line.size() == bytes_max) refuse("the key is longer than 4096 bytes");
    line.push_back(static_cast<char>(byte));
  }
  return true;
}

int KeyLines::take_byte() {
  if (at_ == end_) {
    at_ = 0;
    end_ = source_->read(block_);
    if (end_ == 0) return end_of_input;
  }
  return static_cast<unsigned char>(block_[at_++]);
}

void KeyLines::refuse(const char* what) const { throw InputError(fmt::format("{}:{}: {}.", name_, line_, what)); }

}  // namespace upline::cli
