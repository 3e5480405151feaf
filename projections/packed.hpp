// Numbers in as few bytes as they need, one behind the other, in rows that are read as a whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace upline::projections {

/// Seven bits a byte, the lowest first. What may be below 0 is written with its sign as the lowest bit.
class Packer {
 public:
  void add(std::uint64_t number);
  void add_signed(std::int64_t number);
  /// Microseconds, less than 2^59 of them. A whole number of days, hours or seconds is written as that.
  void add_duration(std::int64_t microseconds);
  void add_text(std::string_view text);

  const std::string& bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

 private:
  std::string bytes_{};
};

/// In the order in which they were added. Throws UnusableView where the bytes end too soon.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : bytes_(bytes) {}

  bool at_end() const { return bytes_.empty(); }
  std::uint64_t next();
  std::int64_t next_signed();
  std::int64_t next_duration();
  std::string_view next_text();
  /// What is not read yet.
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

}  // namespace upline::projections
