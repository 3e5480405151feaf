// The books of a whole log, which must be in order.
#pragma once

#include "domain/books.hpp"
#include "tests/domain/shop.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace upline::tests {

/// What is broken in a log, or an empty text.
inline std::string broken_identity(const std::vector<domain::RecordedEvent>& log) {
  domain::Books books;
  for (const auto& recorded : log) {
    if (auto found = books.apply(recorded)) return *found;
  }
  return books.unfinished().value_or("");
}

/// The log may end anywhere, but must not be broken.
inline domain::Books books_of(const std::vector<domain::RecordedEvent>& log) {
  domain::Books books;
  for (const auto& recorded : log) {
    if (const auto found = books.apply(recorded)) throw std::runtime_error(*found);
  }
  return books;
}
inline domain::Books books_of(const Shop& shop) { return books_of(shop.log()); }

}  // namespace upline::tests
