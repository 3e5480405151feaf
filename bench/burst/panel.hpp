// One panel of a chart: a plot with a time axis that all panels share and a scale of its own.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace upline::bench {

using Points = std::vector<std::pair<double, double>>;  // second and value, in order of time

/// From the bottom of a panel to its top.
struct Scale {
  double bottom{};
  double top{1};
  double step{1};  // from tick to tick
  bool is_log{};

  /// Ends at a round number above `most`, in at most so many steps.
  static Scale linear(double most, int steps = 5);
  /// Whole decades.
  static Scale logarithmic(double least, double most);

  /// 0 at the bottom, 1 at the top; what lies outside is put on the edge.
  double at(double value) const;
  /// Where lines are drawn and numbers written.
  std::vector<double> ticks() const;
};

class Panel {
 public:
  static constexpr double left = 72;
  static constexpr double width = 860;

  Panel(double top, double height, double seconds, Scale scale);

  /// The title stands above at the left; the unit belongs to the axis.
  void frame(std::string_view title, std::string_view unit);
  void area(const Points& points, std::string_view color);
  void line(const Points& points, std::string_view color, double thickness);
  /// Across the whole panel, with its name at the left end.
  void level(double value, std::string_view name);
  /// At the upper right end, beside those that were added before.
  void legend(std::string_view name, std::string_view color, bool is_area);

  double top() const { return top_; }
  double bottom() const { return top_ + height_; }
  double x(double second) const { return left + second / seconds_ * width; }
  std::string take() { return std::exchange(text_, {}); }

 private:
  double y(double value) const { return top_ + height_ * (1 - scale_.at(value)); }
  std::string path(const Points& points) const;

  double top_;
  double height_;
  double seconds_;
  Scale scale_;
  double legend_end_{left + width};
  std::string text_;
};

/// `1,500`, `0.5`
std::string tick_text(double value);

}  // namespace upline::bench
