#include "domain/books_keys.hpp"

#include <algorithm>
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
  if (event.use_limit > use_limit_max) return "the keys' use limit is out of range";
  if (event.use_limit > 0 || !use_limits_.empty()) use_limits_.emplace(event.first, event.use_limit);
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

/// Takes keys from sale that no order holds; the caller says where they are then.
Finding BookedKeys::take_free(const KeyRange& range, const char* moved) {
  if (!is_imported(range)) return text(range) + moved + " without having been imported";
  if (!holds(for_sale_, range)) return text(range) + moved + " twice, or before the release";
  if (counts_.released < range.count) return text(range) + moved + " that open orders hold";
  take(for_sale_, range);
  counts_.released -= range.count;
  return std::nullopt;
}

Finding BookedKeys::withdraw(const KeysWithdrawn& event) {
  for (const auto& range : event.keys) {
    if (auto found = take_free(range, " withdrawn")) return found;
    add(unreleased_, range);
    counts_.unreleased += range.count;
  }
  return std::nullopt;
}

Finding BookedKeys::revoke(const KeysRevoked& event) {
  for (const auto& range : event.unreleased) {
    if (!is_imported(range)) return text(range) + " revoked without having been imported";
    if (!holds(unreleased_, range)) return text(range) + " revoked that are not waiting for their release";
    take(unreleased_, range);
    counts_.unreleased -= range.count;
    counts_.revoked += range.count;
  }
  for (const auto& range : event.released) {
    if (auto found = take_free(range, " revoked")) return found;
    counts_.revoked += range.count;
  }
  return std::nullopt;
}

Finding BookedKeys::reserve(std::uint64_t count) {
  if (counts_.released < count) {
    return std::to_string(count) + " keys are reserved where " + std::to_string(counts_.released) + " are free";
  }
  counts_.released -= count;
  counts_.reserved += count;
  return std::nullopt;
}

Finding BookedKeys::free_reserved(std::uint64_t count) {
  if (counts_.reserved < count) return "more keys are freed than orders hold";
  counts_.reserved -= count;
  counts_.released += count;
  return std::nullopt;
}

Finding BookedKeys::deliver(const KeyRange& range, KeySource source) {
  if (source == KeySource::reservation) {
    // They are free for as long as it takes to name them.
    if (auto found = free_reserved(range.count)) return found;
  }
  if (auto found = take_free(range, " delivered")) return found;
  counts_.delivered += range.count;
  return std::nullopt;
}

std::uint32_t BookedKeys::use_limit_of(std::uint64_t key) const {
  const auto next = use_limits_.upper_bound(key);
  return next == use_limits_.begin() ? 0 : std::prev(next)->second;
}

/// Answers how many of the units this key serves.
std::uint64_t BookedKeys::use(std::uint64_t key, std::uint64_t units) {
  const std::uint64_t limit = use_limit_of(key);
  if (limit == 0) return units;
  auto& used = used_[key];
  const auto served = std::min(units, limit - used);
  used += static_cast<std::uint32_t>(served);
  if (used < limit) return served;
  used_.erase(key);
  take(for_sale_, {key, 1});
  --counts_.released;
  ++counts_.delivered;
  return served;
}

Finding BookedKeys::share(const std::vector<KeyRange>& keys, std::uint64_t units) {
  for (const auto& range : keys) {
    if (!is_imported(range)) return text(range) + " delivered without having been imported";
    if (!holds(for_sale_, range)) return text(range) + " delivered before the release, or used up";
    if (range.count != 1 || units == 0) return "more shared keys are delivered than serve the order";
    units -= use(range.first, units);
  }
  if (units > 0) return "the shared keys serve " + std::to_string(units) + " units less than were sold";
  return std::nullopt;
}

Finding BookedKeys::replace(std::uint64_t new_key) {
  if (auto found = take_free({new_key, 1}, " delivered")) return found;
  ++counts_.revoked;  // the old one, whose place among the delivered ones the new one takes
  return std::nullopt;
}

void BookedKeys::revoke_delivered(std::uint64_t count) {
  counts_.delivered -= count;
  counts_.revoked += count;
}

}  // namespace upline::domain
