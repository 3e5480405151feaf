// The memory that the bodies and answers of all connections take together. Each connection is bounded by itself; this
// bounds sixteen thousand of them.
#pragma once

#include <atomic>
#include <cstddef>

namespace upline::api::transport {

/// From any thread, without a lock.
class BufferBudget {
 public:
  explicit BufferBudget(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// What is small finds room when the large have filled their part: orders and payments are a few hundred bytes, and
  /// whoever sends megabytes slowly must not keep them out.
  static constexpr std::size_t small_bytes = std::size_t{64} << 10U;

  /// The part of one exchange, given back at its end.
  class Hold {
   public:
    explicit Hold(BufferBudget& budget) : budget_(budget) {}
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold() { insist(0); }

    /// False where there is no room for so many bytes; then it has what it had.
    bool resize(std::size_t bytes) { return resize(bytes, bytes); }
    /// `judged` says whether it is small: a small body is, whatever it is read into.
    bool resize(std::size_t bytes, std::size_t judged);
    /// Whether there is room or not: for what cannot be refused any more.
    void insist(std::size_t bytes);

   private:
    BufferBudget& budget_;
    std::size_t bytes_{};
  };

  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  std::size_t room_for(std::size_t bytes) const { return bytes <= small_bytes ? bytes_max_ : bytes_max_ / 4 * 3; }

  std::size_t bytes_max_;
  std::atomic<std::size_t> bytes_{};
};

}  // namespace upline::api::transport
