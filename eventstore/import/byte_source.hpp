// Where the bytes of an imported file come from: a plain file, a gzip file, or a test's memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace upline::eventstore::import {

class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  /// Writes to the front of `into`, which must have room, and answers how many bytes; 0 at the end and only there.
  /// Throws InputError when the bytes cannot be had.
  virtual std::size_t read(std::span<char> into) = 0;
};

/// Opens a file for reading from its start. A name that ends in `.gz` is decompressed (RFC 1952, several members are
/// one file); bytes cut off, damaged, or left over behind the last member are an InputError with the place among the
/// compressed bytes. Holds 64 KiB and zlib's window, whatever the size of the file.
std::unique_ptr<ByteSource> open_file(const std::filesystem::path& file);

}  // namespace upline::eventstore::import
