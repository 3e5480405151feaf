// Whatever bytes stand for a bundle, as a row of the log and as what is compressed in one: they are refused, or their
// events go into bundles and come out of them as they are.
#include "eventstore/bundle.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/varint.hpp"

#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

using namespace upline::eventstore;

namespace {

using Bytes = std::vector<std::uint8_t>;

std::vector<StoredEvent> events_of(std::uint64_t first, std::uint64_t count, std::span<const std::uint8_t> bytes) {
  std::vector<StoredEvent> events;
  BundleReader reader({first}, count, bytes);
  while (reader.next() != nullptr) events.push_back(reader.whole());
  return events;
}

void expect(const StoredEvent& found, const StoredEvent& event) {
  const bool is_same = leaf_bytes(found) == leaf_bytes(event) && found.previous == event.previous &&
                       found.leaf_hash == event.leaf_hash && !found.is_damaged;
  if (!is_same) std::abort();
}

void bundle_again(const std::vector<StoredEvent>& events) {
  BundleWriter writer;
  auto expected = events.begin();
  const auto end = [&] {
    for (const auto& found : events_of(writer.first().value, writer.count(), writer.finish())) {
      expect(found, *expected++);
    }
    writer.restart();
  };
  for (const auto& event : events) {
    if (writer.add(event, event.leaf_hash)) continue;
    end();
    if (!writer.add(event, event.leaf_hash)) std::abort();
  }
  end();
  if (expected != events.end()) std::abort();
}

void try_to_read(std::uint64_t count, std::span<const std::uint8_t> bytes) {
  try {
    bundle_again(events_of(300, count, bytes));
  } catch (const DamagedStore&) {
    return;
  } catch (const NewerStore&) {
    return;
  }
}

/// A block that says everything as it is.
Bytes without_matches(std::span<const std::uint8_t> entries) {
  constexpr std::size_t in_the_token = 15;
  constexpr std::size_t in_a_byte = 255;
  Bytes bytes{2};
  put_varint(bytes, entries.size());
  bytes.push_back(in_the_token << 4U);
  std::size_t more = entries.size() - in_the_token;
  for (; more >= in_a_byte; more -= in_a_byte) bytes.push_back(in_a_byte);
  bytes.push_back(static_cast<std::uint8_t>(more));
  bytes.insert(bytes.end(), entries.begin(), entries.end());
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t entry_bytes_min = 16;
  if (size < entry_bytes_min) return 0;
  const std::uint64_t count = data[0];
  const std::span rest(data + 1, size - 1);
  try_to_read(count, rest);
  try_to_read(count, without_matches(rest));
  return 0;
}
