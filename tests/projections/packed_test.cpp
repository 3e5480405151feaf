// Numbers, durations, texts and ids in few bytes, and back.
#include "projections/packed.hpp"

#include "domain/ids.hpp"
#include "projections/packed_id.hpp"

#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

using namespace upline::projections;

namespace {

std::string packed_id(std::string_view id) { return std::string(PackedId(id).bytes()); }

std::string there_and_back(std::string_view id) { return unpacked_id(Blob{packed_id(id)}); }

constexpr std::int64_t day = 86'400'000'000;

std::size_t bytes_of_duration(std::int64_t microseconds) {
  Packer packer;
  packer.add_duration(microseconds);
  return packer.bytes().size();
}

}  // namespace

TEST_CASE("what was packed comes out in the same order", "[packed]") {
  rc::prop("any numbers and texts", [](const std::vector<std::uint64_t>& numbers,
                                       const std::vector<std::int64_t>& signs, const std::string& text) {
    Packer packer;
    for (const auto number : numbers) packer.add(number);
    for (const auto number : signs) packer.add_signed(number);
    packer.add_text(text);
    Unpacker unpacker(packer.bytes());
    for (const auto number : numbers) RC_ASSERT(unpacker.next() == number);
    for (const auto number : signs) RC_ASSERT(unpacker.next_signed() == number);
    RC_ASSERT(unpacker.next_text() == text);
    RC_ASSERT(unpacker.at_end());
  });
}

TEST_CASE("the largest and the smallest numbers are packed as well", "[packed]") {
  Packer packer;
  packer.add(std::numeric_limits<std::uint64_t>::max());
  packer.add_signed(std::numeric_limits<std::int64_t>::min());
  packer.add_signed(std::numeric_limits<std::int64_t>::max());
  Unpacker unpacker(packer.bytes());
  CHECK(unpacker.next() == std::numeric_limits<std::uint64_t>::max());
  CHECK(unpacker.next_signed() == std::numeric_limits<std::int64_t>::min());
  CHECK(unpacker.next_signed() == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("a hold of whole days takes a byte, and any other comes out to the microsecond", "[packed]") {
  CHECK(bytes_of_duration(14 * day) == 1);
  CHECK(bytes_of_duration(0) == 1);
  rc::prop("any duration", [] {
    const auto unit = *rc::gen::element<std::int64_t>(1, 1'000'000, 3'600'000'000, day);
    const auto duration = unit * *rc::gen::inRange<std::int64_t>(-1'000'000, 1'000'000);
    Packer packer;
    packer.add_duration(duration);
    RC_ASSERT(Unpacker(packer.bytes()).next_duration() == duration);
  });
}

TEST_CASE("a packed row that was cut short is no row", "[packed]") {
  Packer packer;
  packer.add(1'000'000);
  packer.add_text("refund");
  for (std::size_t left = 0; left < packer.bytes().size(); ++left) {
    const auto cut = packer.bytes().substr(0, left);
    Unpacker unpacker(cut);
    CHECK_THROWS_AS((unpacker.next(), unpacker.next_text()), UnusableView);
  }
}

TEST_CASE("a UUID takes 16 bytes, and every id comes out as it was", "[packed]") {
  const std::string uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
  CHECK(packed_id(uuid).size() == 16);
  for (const std::string id : {"01890a5d-ac96-774b-bcce-b302099a8057", "01890A5D-AC96-774B-BCCE-B302099A8057",
                               "01890a5d-ac96-774b-0cce-b302099a8057", "01890a5dac96-774b-bcce-b302099a8057-",
                               "ffffffff-ffff-ffff-bfff-ffffffffffff", "sixteen-letters.", "o1", "order-1003"}) {
    CHECK(there_and_back(id) == id);
  }
}

TEST_CASE("two ids are never packed alike", "[packed]") {
  const auto an_id =
      rc::gen::suchThat(rc::gen::container<std::string>(rc::gen::element('a', 'f', '0', '9', '-', 'Z', '_')),
                        [](const std::string& text) { return upline::domain::is_well_formed_id(text); });
  rc::prop("ids of any length", [&] {
    const auto id = *an_id;
    RC_ASSERT(there_and_back(id) == id);
  });
}
