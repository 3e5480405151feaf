// Sums in the place of look-ups: they agree with what was written, however the log is cut into parts, and with nothing
// else.
#include "eventstore/log_sums.hpp"

#include "eventstore/event_codec.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// Commands of several events under ids of their own, so that some part begins inside of one.
void make_shop(const std::filesystem::path& folder) {
  ShopProcess shop(folder);
  set_up_worked_example(shop);
  must_append(shop.run(purchase({.order = "o1", .quantity = 2}), "sale"));
  must_append(shop.run(refund("r1", "o1", 500), "refund"));
  must_append(shop.run(purchase({.order = "o2"}), "another"));
}

LogSums sums_of(EventStore& store, std::uint64_t events_a_part) {
  const auto key = random_sum_key();
  const auto head = store.head().position.value;
  LogSums all(key);
  for (std::uint64_t first = 1; first <= head; first += events_a_part) {
    LogSums part(key);
    store.read({first}, {std::min(head, first + events_a_part - 1)}, [&](const StoredEvent& stored) {
      part.add(stored, decode(stored));
      return true;
    });
    all.join(part);
  }
  return all;
}

bool agrees_after(const std::string& sql) {
  const TempFolder folder;
  make_shop(folder.path());
  tamper(folder.path(), sql);
  ShopProcess shop(folder.path());
  return sums_of(shop.store(), 4).agree_with(shop.store());
}

}  // namespace

TEST_CASE("a log's sums agree with its tables, however it is cut into parts", "[check][sums]") {
  const TempFolder folder;
  make_shop(folder.path());
  ShopProcess shop(folder.path());
  for (const std::uint64_t events_a_part : {1U, 2U, 3U, 5U, 7U, 1000U}) {
    INFO(events_a_part);
    CHECK(sums_of(shop.store(), events_a_part).agree_with(shop.store()));
  }
}

TEST_CASE("an empty log's sums agree with empty tables", "[check][sums]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  CHECK(LogSums(random_sum_key()).agree_with(*store));
}

TEST_CASE("a wrong row of streams or claims, or a wrong link, disagrees with the sums", "[check][sums]") {
  REQUIRE(agrees_after("UPDATE head SET recorded_at = recorded_at"));
  for (const auto* sql :
       {"UPDATE streams SET version = version + 1 WHERE stream = 'order/o1'",
        "UPDATE streams SET position = 1 WHERE stream = 'order/o1'", "DELETE FROM streams WHERE stream = 'order/o1'",
        "INSERT INTO streams VALUES ('member/ghost', 1, 1)",
        "UPDATE events SET previous = 1 WHERE stream = 'order/o1' AND version = 3",
        "UPDATE events SET previous = 0 WHERE stream = 'order/o1' AND version = 2",
        "UPDATE events SET previous = 1 WHERE stream = 'order/o1' AND version = 1", "DELETE FROM claims WHERE kind = 1",
        "UPDATE claims SET position = position + 1 WHERE kind = 3",
        "INSERT INTO claims VALUES (1, x'67686f7374', 1)"}) {
    INFO(sql);
    CHECK_FALSE(agrees_after(sql));
  }
}

TEST_CASE("sums under different keys are different", "[check][sums]") {
  const std::uint8_t element[]{1, 2, 3};
  CollectionSum one;
  one.add(random_sum_key(), element);
  CollectionSum other;
  other.add(random_sum_key(), element);
  CHECK_FALSE(one == other);
}
