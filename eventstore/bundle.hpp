// Events that follow each other, as they lie in one row of the log: what an event shares with the one in front of it
// is not said again, what repeats otherwise is compressed, and of a hash that follows from the event there is as much
// as finds damage. docs/format.md, "Bundle", has the exact bytes.
#pragma once

#include "eventstore/stored_event.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace upline::eventstore {

/// What a bundle is stored in, more or less: two fill a page of the database.
constexpr std::size_t bundle_bytes_usual = 1'950;
/// What its events take before they are compressed, unless one event alone is larger. One is found by going through
/// those in front of it: 1.8 microseconds for the last of 41.
constexpr std::size_t bundle_entries_max = 6'000;

/// Makes bundles, one after the other.
class BundleWriter {
 public:
  /// False, and nothing is added, where the event makes the bundle too large: then it begins the next one. It has to
  /// stay where it is until another one is added.
  bool add(const StoredEvent& event, const Hash& leaf);

  bool is_empty() const { return count_ == 0; }
  domain::Position first() const { return first_; }
  std::uint32_t count() const { return count_; }

  /// What is stored of it, until the next one begins.
  std::span<const std::uint8_t> finish();

  void restart();

 private:
  void put(const StoredEvent& event, const Hash& leaf);

  std::vector<std::uint8_t> entries_{};
  std::vector<std::uint8_t> stored_{};
  std::size_t room_{3'000};  // for entries, so that the bundle is stored in the usual size
  domain::Position first_{};
  std::uint32_t count_{};
  const StoredEvent* last_{};
};

/// The events of a bundle, in their order. Throws, naming the position, NewerStore where a newer program has made the
/// bundle, and DamagedStore where the bytes are none.
class BundleReader {
 public:
  BundleReader(domain::Position first, std::uint64_t count, std::span<const std::uint8_t> bytes);
  BundleReader(const BundleReader&) = delete;
  BundleReader& operator=(const BundleReader&) = delete;

  /// The next one, until it is asked again; null behind the last one. Without a hash, and held to be damaged until
  /// whole() has looked.
  const StoredEvent* next();

  /// What is stored of that one's hash.
  std::span<const std::uint8_t> kept_of_hash() const { return kept_; }

  /// The one that next() has told, with its hash, and whether that is the one it was written with: 0.2 microseconds.
  const StoredEvent& whole();

 private:
  void check_format(std::uint8_t format) const;
  std::uint8_t byte();
  std::uint64_t number();
  std::int64_t signed_number();
  std::uint16_t number_16();
  std::span<const std::uint8_t> raw(std::size_t size);
  void read_stream(std::uint8_t marks);
  void read_origin(std::uint8_t marks);
  void read_times(std::uint8_t marks);
  [[noreturn]] void damaged() const;

  std::vector<std::uint8_t> entries_;
  std::span<const std::uint8_t> rest_;
  std::span<const std::uint8_t> kept_;  // of the hash of the event that next() has told
  domain::Position first_;
  domain::Position last_;
  StoredEvent event_{};
};

}  // namespace upline::eventstore
