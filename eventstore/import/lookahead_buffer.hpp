// A sliding window over a source of bytes: enough of what comes next is always in memory, and never much more.
#pragma once

#include "eventstore/import/byte_source.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace upline::eventstore::import {

class LookaheadBuffer {
 public:
  /// Needs capacity > lookahead; a capacity of several lookaheads keeps the copying small.
  LookaheadBuffer(std::unique_ptr<ByteSource> source, std::size_t capacity, std::size_t lookahead);

  /// The next bytes, `lookahead` of them or all that are left. May move what earlier views point to; throws what the
  /// source throws.
  std::span<char> window();

  /// Steps over bytes of the window. Views stay valid.
  void drop(std::size_t bytes);

  /// Steps over everything up to and with the next LF, however far it is.
  void drop_line();

  /// Whether nothing is left. Needs fewer than `lookahead` bytes dropped since the last window().
  bool is_at_end() const { return begin_ == end_ && source_ended_; }

 private:
  void fill();

  std::unique_ptr<ByteSource> source_;
  std::size_t lookahead_;
  std::vector<char> bytes_;  // what was read and not dropped stands from begin_ to end_
  std::size_t begin_{};
  std::size_t end_{};
  bool source_ended_{};
};

}  // namespace upline::eventstore::import
