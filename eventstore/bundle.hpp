// Events that follow each other, as they lie in one row of the log: what an event shares with the one in front of it
// is not said again. docs/format.md, "Bundle", has the exact bytes.
#pragma once

#include "eventstore/stored_event.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace upline::eventstore {

/// More than that only where one event alone is larger. Two bundles fill a page of the database, and one event is found
/// in its bundle within 2 microseconds.
constexpr std::size_t bundle_bytes_max = 2'000;

/// Makes bundles, one after the other.
class BundleWriter {
 public:
  /// False, and nothing is added, where the event makes the bundle too large: then it begins the next one. It has to
  /// stay where it is until another one is added.
  bool add(const StoredEvent& event, const Hash& leaf);
  bool add(const StoredEvent& event) { return add(event, event.leaf_hash); }

  bool is_empty() const { return count_ == 0; }
  domain::Position first() const { return first_; }
  std::uint32_t count() const { return count_; }
  std::span<const std::uint8_t> bytes() const { return bytes_; }

  void restart();

 private:
  void put(const StoredEvent& event, const Hash& leaf);

  std::vector<std::uint8_t> bytes_{};
  domain::Position first_{};
  std::uint32_t count_{};
  const StoredEvent* last_{};
};

/// The events of a bundle, in their order. Throws DamagedStore, naming the position, where the bytes are no bundle.
class BundleReader {
 public:
  BundleReader(domain::Position first, std::uint64_t count, std::span<const std::uint8_t> bytes);

  /// The next one, until it is asked again; null behind the last one. Its hash is not checked: decode() does.
  const StoredEvent* next();

 private:
  std::uint8_t byte();
  std::uint64_t number();
  std::int64_t signed_number();
  std::uint16_t number_16();
  std::span<const std::uint8_t> raw(std::size_t size);
  void read_stream(std::uint8_t marks);
  void read_origin(std::uint8_t marks);
  void read_times(std::uint8_t marks);
  [[noreturn]] void damaged() const;

  std::span<const std::uint8_t> rest_;
  domain::Position first_;
  domain::Position last_;
  StoredEvent event_{};
};

}  // namespace upline::eventstore
