#include "eventstore/bounded_cache.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

using upline::eventstore::BoundedCache;

TEST_CASE("a cache finds what was put, in its newest form", "[cache]") {
  BoundedCache<std::string, int> cache(4);
  CHECK(cache.find("a") == nullptr);
  CHECK(cache.put("a", 1) == 1);
  CHECK(cache.put("a", 2) == 2);
  REQUIRE(cache.find("a") != nullptr);
  CHECK(*cache.find("a") == 2);
  CHECK(cache.size() == 1);
  cache.clear();
  CHECK(cache.find("a") == nullptr);
  CHECK(cache.size() == 0);
}

TEST_CASE("what was found can be changed in place", "[cache]") {
  BoundedCache<int, std::string> cache(2);
  cache.put(1, "one");
  *cache.find(1) = "uno";
  cache.put(2, "two");
  cache.put(3, "three");  // 1 is of the older generation now
  CHECK(*cache.find(1) == "uno");
}

TEST_CASE("a cache never holds more than twice its limit", "[cache]") {
  BoundedCache<int, int> cache(100);
  for (int i = 0; i < 10'000; ++i) {
    cache.put(i, i);
    if (i % 3 == 0) cache.find(i / 2);
    REQUIRE(cache.size() <= 200);
  }
}

TEST_CASE("what is used again and again is never forgotten, what is not is", "[cache]") {
  BoundedCache<int, int> cache(100);
  cache.put(-1, 7);
  for (int i = 0; i < 10'000; ++i) {
    cache.put(i, i);
    REQUIRE(cache.find(-1) != nullptr);
    CHECK(*cache.find(-1) == 7);
  }
  CHECK(cache.find(0) == nullptr);
  CHECK(cache.find(9'999) != nullptr);
}

TEST_CASE("the newest entries up to the limit are always there", "[cache]") {
  BoundedCache<int, int> cache(50);
  for (int i = 0; i < 1'000; ++i) {
    cache.put(i, i);
    for (int back = 0; back < 50 && back <= i; back += 7) {
      BoundedCache<int, int> copy = cache;  // finding moves entries to the younger generation
      REQUIRE(copy.find(i - back) != nullptr);
    }
  }
}

TEST_CASE("a cache holds values that can only be moved", "[cache]") {
  BoundedCache<int, std::unique_ptr<int>> cache(1);
  cache.put(1, std::make_unique<int>(11));
  cache.put(2, std::make_unique<int>(22));
  REQUIRE(cache.find(1) != nullptr);
  CHECK(**cache.find(1) == 11);
}

TEST_CASE("what is added is found, and makes room as what is put does", "[cache]") {
  BoundedCache<int, int> cache(2);
  for (int i = 0; i < 100; ++i) {
    REQUIRE(cache.find(i) == nullptr);
    REQUIRE(cache.add(i, 10 * i) == 10 * i);
    REQUIRE(*cache.find(i) == 10 * i);
    REQUIRE(cache.size() <= 4);
  }
}

TEST_CASE("a cache never answers with an older value or another key's", "[cache]") {
  rc::prop("against a map that forgets nothing", [] {
    const auto limit = *rc::gen::inRange<std::size_t>(1, 8);
    BoundedCache<int, int> cache(limit);
    std::map<int, int> all;
    int value = 0;
    for (const auto key : *rc::gen::container<std::vector<int>>(rc::gen::inRange(-20, 20))) {
      if (key < 0) {
        const auto* found = cache.find(-key);
        if (found != nullptr) RC_ASSERT(*found == all.at(-key));
      } else {
        all[key] = ++value;
        RC_ASSERT(cache.put(key, value) == value);
      }
      RC_ASSERT(cache.size() <= 2 * limit);
    }
  });
}
