#include "domain/utf8.hpp"

#include <string>

#include <catch2/catch.hpp>

using upline::domain::is_utf8;

TEST_CASE("the first and last code point of every length are UTF-8", "[utf8]") {
  for (const auto* text : {"", "plain", "\x01", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                           "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    INFO(text);
    CHECK(is_utf8(text));
  }
  CHECK(is_utf8(std::string_view{"\0", 1}));
}

TEST_CASE("overlong forms, surrogates and what lies beyond U+10FFFF are not UTF-8", "[utf8]") {
  for (const auto* text :
       {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xED\xA0\x80",
        "\xED\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF"}) {
    INFO(text);
    CHECK(!is_utf8(text));
  }
}

TEST_CASE("sequences that are cut short or start in the middle are not UTF-8", "[utf8]") {
  for (const auto* text :
       {"\x80", "\xBF", "\xC2", "\xE5\x8D", "\xF0\x9F\x92", "\xC2x", "\xE5\x8Dx", "\xF0\x9F\x92x", "\xE5x\xA1"}) {
    INFO(text);
    CHECK(!is_utf8(text));
  }
}

TEST_CASE("a bad byte is found at every distance from the start and the end", "[utf8]") {
  for (std::size_t length = 1; length < 40; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      std::string text(length, 'x');
      text[at] = '\x80';
      CHECK(!is_utf8(text));
      if (at > 0) text[at - 1] = '\xC3';
      CHECK(is_utf8(text) == (at > 0));
    }
  }
}
