// Texts that are no words of the command line: from a file, or from standard input, which is named `-`.
#pragma once

#include "eventstore/import/byte_source.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace upline::cli {

/// The file, decompressed where its name ends in `.gz`, or standard input. Throws InputError.
std::unique_ptr<eventstore::import::ByteSource> open_input(const std::string& file);

/// The whole text without the line end behind it. Throws InputError where it is empty, longer than `bytes_max`, holds
/// a NUL or is not UTF-8.
std::string read_text(const std::string& file, std::size_t bytes_max);

struct KeyLine {
  std::uint64_t number{};  // of the line, from 1
  std::string secret{};
};

/// Card keys, one a line; line ends of any system, blank lines and a byte order mark are left out. Holds one line at a
/// time. An InputError names the line and never quotes it.
class KeyLines {
 public:
  explicit KeyLines(const std::string& file);

  /// Nothing at the end.
  std::optional<KeyLine> next();

 private:
  bool take_line(std::string& line);
  int take_byte();
  [[noreturn]] void refuse(const char* what) const;

  std::string name_;
  std::unique_ptr<eventstore::import::ByteSource> source_;
  std::array<char, 65536> block_{};
  std::size_t at_{};
  std::size_t end_{};
  std::uint64_t line_{};
};

}  // namespace upline::cli
