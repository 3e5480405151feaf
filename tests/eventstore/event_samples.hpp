// One event of every kind, and more where a field may be absent or has shapes: what the golden files were written from.
#pragma once

#include "domain/event.hpp"

#include <string>
#include <vector>

namespace upline::tests {

struct Sample {
  std::string file{};  // in tests/golden/
  domain::Event event{};
};

/// Every field is filled, and no two fields of an event hold the same value.
std::vector<Sample> event_samples();

}  // namespace upline::tests
