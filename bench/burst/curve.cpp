#include "bench/burst/curve.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace upline::bench {

namespace {

constexpr std::chrono::milliseconds shortest{50};  // or a phase of few buyers is mostly rounding

double requests_in(std::string_view row) {
  const auto comma = row.find(',');
  const auto number = comma == std::string_view::npos ? std::string_view() : row.substr(comma + 1);
  unsigned requests{};
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), requests);
  if (number.empty() || error != std::errc() || end != number.data() + number.size()) {
    throw std::runtime_error(fmt::format("'{}' is no row of minute,requests", row));
  }
  return requests;
}

}  // namespace

Curve read_curve(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string row;
  if (!std::getline(in, row)) throw std::runtime_error(fmt::format("{}: there is no curve to read", file.string()));
  Curve curve;
  while (std::getline(in, row)) curve.push_back(requests_in(row));
  if (std::ranges::none_of(curve, [](double requests) { return requests > 0; })) {
    throw std::runtime_error(fmt::format("{}: there is no request in it", file.string()));
  }
  return curve;
}

std::vector<Phase> compressed(const Curve& curve, std::chrono::duration<double> lasts, double peak_per_second) {
  const auto minutes = static_cast<double>(curve.size());
  const auto together = static_cast<std::size_t>(std::ceil(shortest * minutes / lasts));
  std::vector<Phase> phases;
  for (std::size_t first = 0; first < curve.size(); first += together) {
    const auto count = static_cast<double>(std::min(together, curve.size() - first));
    const auto begin = curve.begin() + static_cast<std::ptrdiff_t>(first);
    const auto requests = std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(count), 0.0);
    phases.push_back({.per_second = requests / count, .lasts = lasts * (count / minutes)});
  }
  const auto busiest = std::ranges::max(phases, {}, &Phase::per_second).per_second;
  for (auto& phase : phases) phase.per_second *= peak_per_second / busiest;
  return phases;
}

double buyers_in(const std::vector<Phase>& phases) {
  return std::accumulate(phases.begin(), phases.end(), 0.0,
                         [](double sum, const Phase& phase) { return sum + phase.per_second * phase.lasts.count(); });
}

}  // namespace upline::bench
