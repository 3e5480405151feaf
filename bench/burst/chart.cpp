#include "bench/burst/chart.hpp"

#include "bench/burst/panel.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace upline::bench {

namespace {

constexpr std::size_t columns = 240;
constexpr double promise_ms = 250;

constexpr std::string_view ink = "#1f2937";
constexpr std::string_view blue = "#3b82c4";
constexpr std::string_view orange = "#f59e0b";
constexpr std::string_view violet = "#7c5cc4";
constexpr std::string_view green = "#3f9c6b";

constexpr std::string_view head = R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 {0}" role="img">
<title>{1}</title>
<style>
text{{font-family:system-ui,-apple-system,"Segoe UI","Noto Sans",sans-serif;font-size:12px;fill:#374151}}
.title{{font-size:19px;font-weight:600;fill:#111827}}
.panel{{font-size:13px;font-weight:600;fill:#111827}}
.note{{font-size:11.5px;font-weight:400;fill:#6b7280}}
.y{{text-anchor:end;fill:#6b7280}}
.x{{text-anchor:middle;fill:#6b7280}}
.grid{{stroke:#e5e7eb;fill:none}}
.level{{stroke:#b91c1c;stroke-dasharray:5 4;fill:none}}
</style>
<rect width="960" height="{0}" rx="8" fill="#fff"/>
<text class="title" x="24" y="36">{1}</text>
)";

class Chart {
 public:
  explicit Chart(const Replay& replay) : replay_(replay), steps_(steps_of(replay.samples, replay.seconds, columns)) {}

  std::string draw() {
    text_ = fmt::format(fmt::runtime(head), height,
                        fmt::format("{} in {:.0f} seconds: a shop under its burst", replay_.day, replay_.seconds));
    double at = 60;
    for (const auto& line : summary(replay_)) {
      text_ += fmt::format("<text class=\"note\" x=\"24\" y=\"{}\">{}</text>\n", at, line);
      at += 18;
    }
    rates();
    latencies();
    waiting();
    lag();
    return text_ + "</svg>\n";
  }

 private:
  static constexpr double height = 1010;

  /// Of each column, at its middle.
  template <class Value>
  Points points(Value value) const {
    Points all;
    for (const auto& step : steps_) all.emplace_back(step.begin + step.seconds / 2, value(step));
    return all;
  }

  static double highest(const Points& points) {
    double most = 0;
    for (const auto& [second, value] : points) most = std::max(most, value);
    return most;
  }

  void rates() {
    const auto offered = points([](const Step& step) { return step.per_second(step.offered()); });
    const auto sold = points([](const Step& step) { return step.per_second(step.sold.count()); });
    Panel panel(130, 270, replay_.seconds, Scale::linear(std::max(highest(offered), replay_.knee)));
    panel.frame("Buyers", "a second; each places an order and pays it");
    // Shed above sold: together they are what was offered.
    panel.area(offered, orange);
    panel.area(sold, blue);
    panel.line(offered, ink, 1.2);
    if (replay_.knee > 0) panel.level(replay_.knee, "the knee");
    panel.legend("shed", orange, true);
    panel.legend("sold", blue, true);
    panel.legend("offered", ink, false);
    add(panel);
  }

  void latencies() {
    struct Line {
      double percent;
      std::string_view name;
      std::string_view color;
      double thickness;
    };
    constexpr std::array lines{Line{99.9, "p99.9", "#d5c0ee", 4}, Line{99, "p99", "#8e5bb5", 1.6},
                               Line{90, "p90", "#4f86c6", 1.6}, Line{50, "p50", "#123a6b", 1.6}};
    const auto of = [&](double percent) {
      Points all;
      for (const auto& step : steps_) {
        if (step.sold.count() > 0) all.emplace_back(step.begin + step.seconds / 2, step.sold.percentile(percent));
      }
      return all;
    };
    double least = promise_ms;
    for (const auto& [second, value] : of(50)) least = std::min(least, value);
    Panel panel(450, 230, replay_.seconds, Scale::logarithmic(least, std::max(promise_ms, highest(of(99.9)))));
    panel.frame("Until the key is there", "ms from the moment the buyer came, of those who were sold to");
    for (const auto& line : lines) {
      panel.line(of(line.percent), line.color, line.thickness);
      panel.legend(line.name, line.color, false);
    }
    panel.level(promise_ms, "promised for p99");
    add(panel);
  }

  void waiting() {
    const auto most = points([](const Step& step) { return static_cast<double>(step.waiting_max); });
    Panel panel(730, 90, replay_.seconds, Scale::linear(highest(most), 3));
    panel.frame("Waiting for an answer", "buyers, at most");
    panel.area(most, violet);
    add(panel);
  }

  void lag() {
    Points lag;
    for (const auto& reading : replay_.readings) {
      if (reading.second <= replay_.seconds) lag.emplace_back(reading.second, reading.lag_ms);
    }
    Panel panel(870, 80, replay_.seconds, Scale::linear(highest(lag), 3));
    panel.frame("Read models behind the log", "ms");
    panel.area(lag, green);
    add(panel);
    seconds(panel);
  }

  void add(Panel& panel) {
    for (int hour = 0; hour <= 24; hour += 3) {
      const auto x = panel.x(replay_.seconds * hour / 24);
      text_ += fmt::format(
          "<path class=\"grid\" d=\"M{:.1f} {:.1f}V{:.1f}\"/><text class=\"x\" x=\"{:.1f}\" "
          "y=\"{:.1f}\">{:02}:00</text>\n",
          x, panel.top(), panel.bottom(), x, panel.bottom() + 16, hour);
    }
    text_ += panel.take();
  }

  void seconds(const Panel& panel) {
    text_ += fmt::format(
        "<text class=\"note\" x=\"{}\" y=\"{}\">The time of the day (UTC); an hour takes {:.1f} seconds."
        "</text>\n",
        Panel::left, panel.bottom() + 40, replay_.seconds / 24);
  }

  const Replay& replay_;
  std::vector<Step> steps_;
  std::string text_;
};

}  // namespace

std::string chart(const Replay& replay) { return Chart(replay).draw(); }

}  // namespace upline::bench
