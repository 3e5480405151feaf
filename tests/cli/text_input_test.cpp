#include "cli/text_input.hpp"

#include "eventstore/import/input_error.hpp"
#include "eventstore/vault.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <fstream>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline;
using eventstore::import::InputError;

namespace {

using Lines = std::vector<std::pair<std::uint64_t, std::string>>;

class File {
 public:
  explicit File(const std::string& content) { std::ofstream(path(), std::ios::binary) << content; }
  std::string path() const { return (folder_.path() / "keys.txt").string(); }

  Lines lines() const {
    Lines lines;
    cli::KeyLines keys(path());
    while (auto line = keys.next()) lines.emplace_back(line->number, line->secret);
    return lines;
  }

  std::string refusal() const {
    try {
      lines();
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

 private:
  tests::TempFolder folder_;
};

const std::string longest(eventstore::secret_bytes_max, 'k');

}  // namespace

TEST_CASE("card keys are lines, whatever ends them and whatever is blank", "[text_input]") {
  CHECK(File("").lines().empty());
  CHECK(File("\n\r\n \t\n").lines().empty());
  CHECK(File("a").lines() == Lines{{1, "a"}});
  CHECK(File("a\n").lines() == Lines{{1, "a"}});
  CHECK(File("a\r\n\r\nb\r").lines() == Lines{{1, "a"}, {3, "b"}});
  CHECK(File("user name\tpass word\n").lines() == Lines{{1, "user name\tpass word"}});
  CHECK(File("卡密-1\n").lines() == Lines{{1, "卡密-1"}});
}

TEST_CASE("a byte order mark is no part of the first key", "[text_input]") {
  CHECK(File("\xEF\xBB\xBF").lines().empty());
  CHECK(File("\xEF\xBB\xBF"
             "a\n\xEF\xBB\xBF"
             "b\n")
            .lines() == Lines{{1, "a"},
                              {2,
                               "\xEF\xBB\xBF"
                               "b"}});
}

TEST_CASE("the longest key passes with its line end, one byte more does not", "[text_input]") {
  CHECK(File("\xEF\xBB\xBF" + longest + "\r\na").lines() == Lines{{1, longest}, {2, "a"}});
  const File too_long("a\n" + longest + "x\n");
  CHECK(too_long.refusal() == too_long.path() + ":2: the key is longer than 4096 bytes.");
  const File endless("a\n" + std::string(10'000'000, 'x'));
  CHECK(endless.refusal() == endless.path() + ":2: the key is longer than 4096 bytes.");
}

TEST_CASE("a key that no text can be is named by its line", "[text_input]") {
  using namespace std::string_literals;
  const File with_nul("a\nb\0c\n"s);
  CHECK(with_nul.refusal() == with_nul.path() + ":2: the key holds a NUL byte.");
  const File no_text("a\n\n\xff\n");
  CHECK(no_text.refusal() == no_text.path() + ":3: the key is not UTF-8.");
}

TEST_CASE("keys come out whole where a block of the file ends within them", "[text_input]") {
  std::string content;
  Lines expected;
  for (std::uint64_t line = 1; line <= 20'000; ++line) {
    expected.emplace_back(line, "key-" + std::to_string(line * 7919));
    content += expected.back().second + "\r\n";
  }
  REQUIRE(content.size() > 3 * 65536);
  CHECK(File(content).lines() == expected);
}

TEST_CASE("a text is read whole, but for the line end behind it", "[text_input]") {
  CHECK(cli::read_text(File("one\r\ntwo\r\n").path(), 100) == "one\r\ntwo");
  CHECK(cli::read_text(File("one\n\n").path(), 100) == "one\n");
  CHECK(cli::read_text(File(std::string(100, 'x') + "\r\n").path(), 100) == std::string(100, 'x'));
  CHECK_THROWS_AS(cli::read_text(File(std::string(101, 'x')).path(), 100), InputError);
  CHECK_THROWS_AS(cli::read_text(File("\n").path(), 100), InputError);
  CHECK_THROWS_AS(cli::read_text(File("\xff").path(), 100), InputError);
}
