#include "eventstore/bundle.hpp"

#include "eventstore/event_codec.hpp"
#include "eventstore/varint.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>
#include <lz4.h>

namespace upline::eventstore {

using domain::Position;

namespace {

/// No version 1 was ever released.
constexpr std::uint8_t bundle_format = 2;

/// What an entry's first byte says.
enum Mark : std::uint8_t {
  goes_on = 1,        // the next version of the same stream
  begins_stream = 2,  // version 1, with nothing before it
  same_command = 4,   // id and digest
  no_command = 8,
  same_actor = 16,
  same_recorded = 32,
  same_occurred = 64,
};
constexpr std::uint8_t all_marks = 127;

bool could_be_marks(std::uint8_t marks) {
  const auto has_both = [&](Mark one, Mark other) { return (marks & one) != 0 && (marks & other) != 0; };
  return marks <= all_marks && !has_both(goes_on, begins_stream) && !has_both(same_command, no_command);
}

std::uint8_t marks_of(const StoredEvent& event, const StoredEvent& before) {
  std::uint8_t marks = 0;
  const auto mark = [&](bool holds, Mark what) {
    if (holds) marks |= what;
  };
  const bool continues = event.stream == before.stream && event.version.value == before.version.value + 1 &&
                         event.previous.value + 1 == event.position.value;
  mark(continues, goes_on);
  mark(!continues && event.version.value == 1 && event.previous == Position{0}, begins_stream);
  mark(!event.command, no_command);
  mark(event.command && event.command == before.command, same_command);
  mark(event.actor == before.actor, same_actor);
  mark(event.recorded_at == before.recorded_at, same_recorded);
  mark(event.occurred_at == before.occurred_at, same_occurred);
  return marks;
}

/// As two's complement has it: no difference overflows.
std::int64_t distance(std::uint64_t from, std::uint64_t to) { return static_cast<std::int64_t>(to - from); }
std::int64_t distance(domain::Timestamp from, domain::Timestamp to) {
  return distance(static_cast<std::uint64_t>(from.microseconds), static_cast<std::uint64_t>(to.microseconds));
}
domain::Timestamp later(domain::Timestamp time, std::int64_t microseconds) {
  return {static_cast<std::int64_t>(static_cast<std::uint64_t>(time.microseconds) +
                                    static_cast<std::uint64_t>(microseconds))};
}

/// In front of a bundle's first event.
const StoredEvent nothing;

/// Of a leaf hash: an event that was damaged has these of another hash, but for one time in 2^64.
constexpr std::size_t hash_bytes_kept = 8;

using Bytes = std::span<const std::uint8_t>;

const char* characters(Bytes bytes) { return reinterpret_cast<const char*>(bytes.data()); }
char* characters(std::vector<std::uint8_t>& bytes, std::size_t from) {
  return reinterpret_cast<char*>(bytes.data() + from);
}

/// As one block behind what `to` holds: 3 microseconds for 4,000 bytes of orders.
void compress(Bytes entries, std::vector<std::uint8_t>& to) {
  const auto size = static_cast<int>(entries.size());
  const auto from = to.size();
  const auto room = LZ4_compressBound(size);
  to.resize(from + static_cast<std::size_t>(room));
  const auto taken = LZ4_compress_default(characters(entries), characters(to, from), size, room);
  if (taken == 0) throw std::length_error("a bundle's events are too large to be compressed");
  to.resize(from + static_cast<std::size_t>(taken));
}

/// Nothing where the bytes are no block of that size.
std::optional<std::vector<std::uint8_t>> decompress(Bytes block, std::uint64_t size) {
  constexpr std::size_t most_of_a_byte = 255;
  if (size > block.size() * most_of_a_byte || size > LZ4_MAX_INPUT_SIZE) return std::nullopt;
  std::vector<std::uint8_t> entries(size);
  const auto expected = static_cast<int>(size);
  const auto found =
      LZ4_decompress_safe(characters(block), characters(entries, 0), static_cast<int>(block.size()), expected);
  if (found != expected) return std::nullopt;
  return entries;
}

class EntryWriter {
 public:
  explicit EntryWriter(std::vector<std::uint8_t>& bytes) : bytes_(bytes) {}

  EntryWriter& number(std::uint64_t value) {
    put_varint(bytes_, value);
    return *this;
  }
  EntryWriter& signed_number(std::int64_t value) { return number(with_sign_last(value)); }
  EntryWriter& raw(std::span<const std::uint8_t> data) {
    bytes_.insert(bytes_.end(), data.begin(), data.end());
    return *this;
  }
  EntryWriter& text(std::string_view text) {
    number(text.size());
    return raw({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }

 private:
  std::vector<std::uint8_t>& bytes_;
};

}  // namespace

bool BundleWriter::add(const StoredEvent& event, const Hash& leaf) {
  const auto size_before = entries_.size();
  if (is_empty()) {
    first_ = event.position;
    last_ = &nothing;
  }
  put(event, leaf);
  if (!is_empty() && entries_.size() > room_) {
    entries_.resize(size_before);
    return false;
  }
  ++count_;
  last_ = &event;
  return true;
}

void BundleWriter::put(const StoredEvent& event, const Hash& leaf) {
  const auto marks = marks_of(event, *last_);
  entries_.push_back(marks);
  EntryWriter entry(entries_);
  if ((marks & goes_on) == 0) entry.text(event.stream);
  if ((marks & (goes_on | begins_stream)) == 0) {
    entry.number(event.version.value).signed_number(distance(event.position.value, event.previous.value));
  }
  if ((marks & (same_command | no_command)) == 0) entry.text(event.command->id).raw(event.command->digest.bytes);
  if ((marks & same_actor) == 0) entry.text(event.actor);
  if ((marks & same_recorded) == 0) entry.signed_number(distance(last_->recorded_at, event.recorded_at));
  if ((marks & same_occurred) == 0) entry.signed_number(distance(event.recorded_at, event.occurred_at));
  entry.number(event.type).number(event.schema).raw(event.salt);
  entry.number(event.payload.size()).raw(event.payload);
  entry.raw(Bytes(leaf.bytes).first(hash_bytes_kept));
}

/// The next one will mostly be compressed as well as this one.
std::span<const std::uint8_t> BundleWriter::finish() {
  stored_.assign(1, bundle_format);
  put_varint(stored_, entries_.size());
  compress(entries_, stored_);
  room_ = std::clamp(entries_.size() * bundle_bytes_usual / stored_.size(), bundle_bytes_usual, bundle_entries_max);
  return stored_;
}

void BundleWriter::restart() {
  entries_.clear();
  count_ = 0;
}

BundleReader::BundleReader(Position first, std::uint64_t count, std::span<const std::uint8_t> bytes)
    : rest_(bytes), first_(first), last_{first.value - 1 + count} {
  if (count == 0 || rest_.empty()) damaged();
  check_format(byte());
  const auto size = number();
  auto entries = decompress(rest_, size);
  if (!entries) damaged();
  entries_ = std::move(*entries);
  rest_ = entries_;
  event_.position = {first.value - 1};
}

void BundleReader::check_format(std::uint8_t format) const {
  const auto at = first_.value;
  if (format > bundle_format) {
    throw NewerStore(
        fmt::format("position {}: the bundle that begins here has format {}, this program knows up to {}; "
                    "update Upline",
                    at, format, bundle_format));
  }
  if (format < bundle_format) {
    throw DamagedStore(
        fmt::format("position {}: the bundle that begins here has format {}, which no released Upline "
                    "has written",
                    at, format));
  }
}

const StoredEvent* BundleReader::next() {
  if (event_.position == last_ && rest_.empty()) return nullptr;
  ++event_.position.value;
  if (event_.position > last_) damaged();
  const auto marks = byte();
  if (!could_be_marks(marks)) damaged();
  read_stream(marks);
  read_origin(marks);
  read_times(marks);
  event_.type = number_16();
  event_.schema = number_16();
  std::ranges::copy(raw(event_.salt.size()), event_.salt.begin());
  const auto payload = raw(number());
  event_.payload.assign(payload.begin(), payload.end());
  event_.leaf_hash = {};
  event_.is_damaged = true;  // for all that is known yet
  kept_ = raw(hash_bytes_kept);
  return &event_;
}

const StoredEvent& BundleReader::whole() {
  event_.leaf_hash = hash_of(event_);
  event_.is_damaged = !std::ranges::equal(kept_, Bytes(event_.leaf_hash.bytes).first(hash_bytes_kept));
  return event_;
}

/// Here and in the next two, `event_` is the one before still, but for its position.
void BundleReader::read_stream(std::uint8_t marks) {
  if ((marks & goes_on) != 0) {
    event_.previous = {event_.position.value - 1};
    ++event_.version.value;
    return;
  }
  const auto stream = raw(number());
  event_.stream.assign(stream.begin(), stream.end());
  event_.version = {1};
  event_.previous = {};
  if ((marks & begins_stream) != 0) return;
  event_.version = {number()};
  event_.previous = {event_.position.value + static_cast<std::uint64_t>(signed_number())};
}

void BundleReader::read_origin(std::uint8_t marks) {
  if ((marks & no_command) != 0) {
    event_.command.reset();
  } else if ((marks & same_command) == 0) {
    if (!event_.command) event_.command.emplace();
    const auto id = raw(number());
    event_.command->id.assign(id.begin(), id.end());
    std::ranges::copy(raw(event_.command->digest.bytes.size()), event_.command->digest.bytes.begin());
  }
  if ((marks & same_actor) != 0) return;
  const auto actor = raw(number());
  event_.actor.assign(actor.begin(), actor.end());
}

void BundleReader::read_times(std::uint8_t marks) {
  if ((marks & same_recorded) == 0) event_.recorded_at = later(event_.recorded_at, signed_number());
  if ((marks & same_occurred) == 0) event_.occurred_at = later(event_.recorded_at, signed_number());
}

std::uint8_t BundleReader::byte() { return raw(1).front(); }

std::uint64_t BundleReader::number() {
  const auto value = take_varint(rest_);
  if (!value) damaged();
  return *value;
}

std::int64_t BundleReader::signed_number() { return from_sign_last(number()); }

/// The leaf hash covers 16 bits, so nothing may hide above them.
std::uint16_t BundleReader::number_16() {
  const auto value = number();
  if (value > std::numeric_limits<std::uint16_t>::max()) damaged();
  return static_cast<std::uint16_t>(value);
}

std::span<const std::uint8_t> BundleReader::raw(std::size_t size) {
  if (size > rest_.size()) damaged();
  const auto data = rest_.first(size);
  rest_ = rest_.subspan(size);
  return data;
}

void BundleReader::damaged() const {
  throw DamagedStore(fmt::format("position {}: the bundle that begins here cannot be read", first_.value));
}

}  // namespace upline::eventstore
