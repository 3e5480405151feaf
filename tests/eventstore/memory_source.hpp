// A file that stands in memory and comes in pieces, as pipes and decompressors deliver it.
#pragma once

#include "eventstore/import/byte_source.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace upline::tests {

class MemorySource : public eventstore::import::ByteSource {
 public:
  explicit MemorySource(std::string bytes, std::size_t piece_bytes = SIZE_MAX)
      : bytes_(std::move(bytes)), piece_bytes_(piece_bytes) {}

  std::size_t read(std::span<char> into) override {
    const std::size_t count = std::min({into.size(), bytes_.size() - position_, piece_bytes_});
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(position_), count, into.begin());
    position_ += count;
    return count;
  }

 private:
  std::string bytes_;
  std::size_t piece_bytes_;
  std::size_t position_{};
};

}  // namespace upline::tests
