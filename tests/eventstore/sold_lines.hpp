// What was appended behind a position, by name, and whether the whole shop is right.
#pragma once

#include "tests/eventstore/selling.hpp"
#include "tests/eventstore/whole_log.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace upline::tests {

struct Line {
  std::string event{};
  domain::Timestamp occurred_at{};
  eventstore::Actor actor{};
  bool operator==(const Line&) const = default;
};

inline std::vector<Line> lines_after(eventstore::EventStore& store, domain::Position position) {
  std::vector<Line> lines;
  store.read({position.value + 1}, store.head().position, [&](const eventstore::StoredEvent& stored) {
    const auto event = eventstore::decode(stored);
    lines.push_back(
        {stored.stream + ' ' + std::string(eventstore::format_of(event.event).name), stored.occurred_at, stored.actor});
    return true;
  });
  return lines;
}

inline std::vector<std::string> names_after(eventstore::EventStore& store, domain::Position position) {
  std::vector<std::string> names;
  for (auto& line : lines_after(store, position)) names.push_back(std::move(line.event));
  return names;
}

using Names = std::vector<std::string>;

inline void check_whole(SellingShop& shop) {
  auto process = shop.fresh();
  CHECK(what_is_wrong_with(process.store(), &process.vault()).empty());
}

}  // namespace upline::tests
