#include "bench/burst/knee.hpp"

namespace upline::bench {

double find_knee(double first_rate, double last_rate, const std::function<bool(double rate)>& is_sustained) {
  is_sustained(first_rate);
  auto good = first_rate;
  auto bad = first_rate;
  while (is_sustained(bad)) {
    good = bad;
    bad *= 1.5;
    if (bad > last_rate) return good;
  }
  for (int i = 0; i < 2; ++i) {
    const auto middle = (good + bad) / 2;
    (is_sustained(middle) ? good : bad) = middle;
  }
  return good;
}

}  // namespace upline::bench
