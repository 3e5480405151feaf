// A reader of Prometheus' text format 0.0.4 that forgives nothing, for tests.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace upline::tests {

struct Sample {
  std::string name{};
  std::map<std::string, std::string> labels{};
  double value{};
};

class MetricsText {
 public:
  /// Throws std::runtime_error that names the line which is no line of the format, or stands at the wrong place.
  explicit MetricsText(std::string_view text);

  const std::vector<Sample>& samples() const { return samples_; }
  const std::map<std::string, std::string>& types() const { return types_; }

  /// The sum of all samples of that name that have these labels, among others; 0 where there is none.
  double sum(const std::string& name, const std::map<std::string, std::string>& labels = {}) const;
  /// How many they are.
  std::size_t count(const std::string& name, const std::map<std::string, std::string>& labels = {}) const;

 private:
  void read_line(std::string_view line);
  void read_comment(std::string_view line);
  void read_sample(std::string_view line);
  void check_histograms() const;

  std::string family_;
  std::map<std::string, std::string> types_;
  std::map<std::string, bool> helped_;
  std::vector<Sample> samples_;
};

}  // namespace upline::tests
