#include "domain/books_keys.hpp"

#include <iterator>

namespace upline::domain {

namespace {

using Finding = std::optional<std::string>;

std::string text(const KeyRange& range) {
  if (range.count == 1) return "key " + std::to_string(range.first);
  return std::to_string(range.count) + " keys from " + std::to_string(range.first) + " on";
}

}  // namespace

bool BookedKeys::holds(const Ranges& ranges, const KeyRange& range) {
  const auto next = ranges.upper_bound(range.first);
  return next != ranges.begin() && std::prev(next)->second >= range.first + range.count;
}

void BookedKeys::add(Ranges& ranges, const KeyRange& range) {
  auto first = range.first;
  auto end = range.first + range.count;
  auto next = ranges.upper_bound(first);
  if (next != ranges.end() && next->first == end) {
    end = next->second;
    next = ranges.erase(next);
  }
  if (next != ranges.begin() && std::prev(next)->second == first) {
    std::prev(next)->second = end;
    return;
  }
  ranges.emplace(first, end);
}

/// Needs holds(ranges, range).
void BookedKeys::take(Ranges& ranges, const KeyRange& range) {
  const auto holder = std::prev(ranges.upper_bound(range.first));
  const auto [first, end] = *holder;
  ranges.erase(holder);
  if (first < range.first) ranges.emplace(first, range.first);
  if (range.first + range.count < end) ranges.emplace(range.first + range.count, end);
}

bool BookedKeys::is_imported(const KeyRange& range) const {
  return range.first >= 1 && range.first <= counts_.imported && range.count >= 1 &&
         range.count <= counts_.imported - (range.first - 1);
}

Finding BookedKeys::import(const KeysImported& event) {
  if (event.first != counts_.imported + 1) {
    return "keys are imported from " + std::to_string(event.first) + " on, after " + std::to_string(counts_.imported);
  }
  if (event.keys.empty()) return "no key is imported";
  counts_.imported += event.keys.size();
  counts_.unreleased += event.keys.size();
  add(unreleased_, {event.first, event.keys.size()});
  return std::nullopt;
}

Finding BookedKeys::release(const KeyRange& range) {
  if (!is_imported(range)) return text(range) + " released without having been imported";
  if (!holds(unreleased_, range)) return text(range) + " released twice";
  take(unreleased_, range);
  add(for_sale_, range);
  counts_.unreleased -= range.count;
  counts_.released += range.count;
  return std::nullopt;
}

Finding BookedKeys::deliver(const KeyRange& range, bool shared) {
  if (!is_imported(range)) return text(range) + " delivered without having been imported";
  if (!holds(for_sale_, range)) return text(range) + " delivered twice, or before the release";
  if (shared) return std::nullopt;
  take(for_sale_, range);
  counts_.released -= range.count;
  counts_.delivered += range.count;
  return std::nullopt;
}

}  // namespace upline::domain
