#include "bench/burst/panel.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace upline::bench {

namespace {

/// 1, 2 or 5 times a power of ten.
double round_step(double most, int steps) {
  const auto decade = std::pow(10, std::floor(std::log10(most / steps)));
  for (const double times : {1.0, 2.0, 5.0}) {
    if (most / (times * decade) <= steps) return times * decade;
  }
  return 10 * decade;
}

}  // namespace

Scale Scale::linear(double most, int steps) {
  const auto step = round_step(std::max(most, 1.0), steps);
  return {.top = std::ceil(std::max(most, 1.0) / step) * step, .step = step};
}

Scale Scale::logarithmic(double least, double most) {
  const auto bottom = std::pow(10, std::floor(std::log10(std::max(least, 0.1))));
  const auto top = std::pow(10, std::ceil(std::log10(std::max(most, 1.0))));
  return {.bottom = bottom, .top = std::max(top, bottom * 10), .is_log = true};
}

double Scale::at(double value) const {
  const auto share =
      is_log ? std::log(std::max(value, bottom) / bottom) / std::log(top / bottom) : (value - bottom) / (top - bottom);
  return std::clamp(share, 0.0, 1.0);
}

std::vector<double> Scale::ticks() const {
  std::vector<double> all;
  for (double tick = bottom; tick <= top * 1.001; tick = is_log ? tick * 10 : tick + step) all.push_back(tick);
  return all;
}

std::string tick_text(double value) {
  if (value < 1 && value > 0) return fmt::format("{:g}", value);
  auto text = fmt::format("{:.0f}", value);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

Panel::Panel(double top, double height, double seconds, Scale scale)
    : top_(top), height_(height), seconds_(seconds), scale_(scale) {}

void Panel::frame(std::string_view title, std::string_view unit) {
  text_ += fmt::format("<text class=\"panel\" x=\"{}\" y=\"{}\">{} <tspan class=\"note\">{}</tspan></text>\n", left,
                       top_ - 10, title, unit);
  for (const auto tick : scale_.ticks()) {
    text_ +=
        fmt::format("<path class=\"grid\" d=\"M{} {:.1f}h{}\"/><text class=\"y\" x=\"{}\" y=\"{:.1f}\">{}</text>\n",
                    left, y(tick), width, left - 8, y(tick) + 4, tick_text(tick));
  }
}

std::string Panel::path(const Points& points) const {
  std::string path;
  for (const auto& [second, value] : points) {
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x(second), y(value));
  }
  return path;
}

void Panel::area(const Points& points, std::string_view color) {
  if (points.empty()) return;
  text_ += fmt::format("<path fill=\"{}\" d=\"{}L{:.1f} {:.1f}L{:.1f} {:.1f}Z\"/>\n", color, path(points),
                       x(points.back().first), bottom(), x(points.front().first), bottom());
}

void Panel::line(const Points& points, std::string_view color, double thickness) {
  if (points.empty()) return;
  text_ += fmt::format("<path fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\" d=\"{}\"/>\n",
                       color, thickness, path(points));
}

void Panel::level(double value, std::string_view name) {
  text_ +=
      fmt::format("<path class=\"level\" d=\"M{} {:.1f}h{}\"/><text class=\"note\" x=\"{}\" y=\"{:.1f}\">{}</text>\n",
                  left, y(value), width, left + 6, y(value) - 5, name);
}

void Panel::legend(std::string_view name, std::string_view color, bool is_area) {
  constexpr double letter = 6.6;  // of the legend's size, in the mean
  constexpr double swatch = 22;
  const auto begin = legend_end_ - swatch - letter * static_cast<double>(name.size());
  const auto middle = top_ - 14;
  text_ +=
      is_area ? fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"14\" height=\"10\" fill=\"{}\"/>", begin,
                            middle - 5, color)
              : fmt::format("<path stroke=\"{}\" stroke-width=\"2.5\" d=\"M{:.1f} {:.1f}h14\"/>", color, begin, middle);
  text_ += fmt::format("<text class=\"legend\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", begin + 19, middle + 4, name);
  legend_end_ = begin - 16;
}

}  // namespace upline::bench
