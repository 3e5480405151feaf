#include "eventstore/import/lookahead_buffer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <string_view>
#include <utility>

namespace upline::eventstore::import {

LookaheadBuffer::LookaheadBuffer(std::unique_ptr<ByteSource> source, std::size_t capacity, std::size_t lookahead)
    : source_(std::move(source)), lookahead_(lookahead), bytes_(capacity) {
  assert(capacity > lookahead);
}

std::span<char> LookaheadBuffer::window() {
  if (end_ - begin_ < lookahead_ && !source_ended_) fill();
  return std::span(bytes_).subspan(begin_, std::min(end_ - begin_, lookahead_));
}

void LookaheadBuffer::drop(std::size_t bytes) {
  assert(bytes <= end_ - begin_);
  begin_ += bytes;
}

void LookaheadBuffer::drop_line() {
  while (true) {
    const auto rest = window();
    const auto end = std::string_view{rest.data(), rest.size()}.find('\n');
    if (end != std::string_view::npos) return drop(end + 1);
    if (rest.empty()) return;
    drop(rest.size());
  }
}

void LookaheadBuffer::fill() {
  std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  while (!source_ended_ && end_ < bytes_.size()) {
    const std::size_t count = source_->read(std::span(bytes_).subspan(end_));
    source_ended_ = count == 0;
    end_ += count;
  }
}

}  // namespace upline::eventstore::import
