#include "bench/burst/knee.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace upline::bench {

double find_knee(double first_rate, double last_rate, const std::function<bool(double rate)>& is_sustained) {
  const auto is_good = [&](double rate) {
    if (is_sustained(rate)) return true;
    return is_sustained(rate);
  };
  is_sustained(first_rate);
  if (!is_good(first_rate)) {
    throw std::runtime_error(fmt::format("not even {} buyers a second are served in time; begin lower", first_rate));
  }
  auto good = first_rate;
  auto bad = first_rate * 1.5;
  for (; bad <= last_rate && is_good(bad); bad *= 1.5) good = bad;
  if (bad > last_rate) return good;
  for (int i = 0; i < 2; ++i) {
    const auto middle = (good + bad) / 2;
    (is_good(middle) ? good : bad) = middle;
  }
  return good;
}

}  // namespace upline::bench
