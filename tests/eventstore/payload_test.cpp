// A payload's bytes are those of cereal's own portable archive, whatever memory they are written into.
#include "eventstore/payload.hpp"

#include <cstdint>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <cereal/archives/portable_binary.hpp>

using namespace upline::eventstore;
using namespace upline::domain;

namespace {

/// Numbers of every width and sign, a wrapped one, and texts.
template <class Write>
void write_all(const Write& write) {
  write(std::uint8_t{200});
  write(std::uint16_t{0x1234});
  write(std::uint32_t{0x12345678});
  write(std::uint64_t{0x123456789abcdef0});
  write(std::numeric_limits<std::int64_t>::min());
  write(std::int64_t{-1});
  write(true);
}

}  // namespace

TEST_CASE("a payload is what cereal's portable binary archive writes in little-endian mode", "[codec]") {
  std::ostringstream out;
  {
    cereal::PortableBinaryOutputArchive archive(out, cereal::PortableBinaryOutputArchive::Options::LittleEndian());
    write_all([&](auto number) { archive(number); });
    const std::string text = "a text";
    archive(static_cast<std::uint8_t>(text.size()));
    archive(cereal::binary_data(text.data(), text.size()));
  }
  PayloadWriter writer;
  write_all([&](auto number) { writer.write(number); });
  writer.write(MemberId{"a text"});
  CHECK(std::string(writer.bytes().begin(), writer.bytes().end()) == out.str());
}

TEST_CASE("a writer that starts again has forgotten what it wrote", "[codec]") {
  PayloadWriter writer;
  writer.write(std::uint64_t{7});
  writer.restart();
  writer.write(Minor{5});
  CHECK(std::vector<std::uint8_t>(writer.bytes().begin(), writer.bytes().end()) ==
        std::vector<std::uint8_t>{1, 5, 0, 0, 0, 0, 0, 0, 0});
}
