#include "tests/api/metrics_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace upline::tests {

namespace {

[[noreturn]] void fail(std::string_view what, std::string_view line) {
  throw std::runtime_error(fmt::format("{}: {}", what, line));
}

bool is_name(std::string_view text, bool may_have_colons) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  return std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (may_have_colons && c == ':');
  });
}

double number(std::string_view text, std::string_view line) {
  if (text == "+Inf") return std::numeric_limits<double>::infinity();
  double value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) fail("no number", line);
  return value;
}

/// Reads `name="value",…}` and leaves what follows.
std::map<std::string, std::string> take_labels(std::string_view& rest, std::string_view line) {
  std::map<std::string, std::string> labels;
  while (!rest.starts_with('}')) {
    const auto equals = rest.find("=\"");
    if (equals == std::string_view::npos) fail("no label", line);
    const std::string name(rest.substr(0, equals));
    if (!is_name(name, false)) fail("no name of a label", line);
    rest.remove_prefix(equals + 2);
    std::string value;
    while (!rest.starts_with('"')) {
      if (rest.empty()) fail("an open label", line);
      if (rest[0] == '\\') {
        rest.remove_prefix(1);
        constexpr std::string_view escapes = "\\\"n";
        if (rest.empty() || escapes.find(rest[0]) == std::string_view::npos) fail("no escape", line);
      }
      value += rest[0];
      rest.remove_prefix(1);
    }
    rest.remove_prefix(1);
    if (!labels.emplace(name, value).second) fail("a label twice", line);
    if (rest.starts_with(',')) rest.remove_prefix(1);
  }
  rest.remove_prefix(1);
  return labels;
}

bool has(const std::map<std::string, std::string>& labels, const std::map<std::string, std::string>& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& one) {
    const auto found = labels.find(one.first);
    return found != labels.end() && found->second == one.second;
  });
}

}  // namespace

MetricsText::MetricsText(std::string_view text) {
  if (!text.ends_with('\n')) fail("the last line has no end", text.substr(text.rfind('\n') + 1));
  while (!text.empty()) {
    const auto end = text.find('\n');
    read_line(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  std::set<std::pair<std::string, std::map<std::string, std::string>>> seen;
  for (const auto& sample : samples_) {
    if (!seen.emplace(sample.name, sample.labels).second) fail("a sample twice", sample.name);
  }
  check_histograms();
}

void MetricsText::read_line(std::string_view line) {
  if (line.starts_with("# ")) return read_comment(line);
  read_sample(line);
}

void MetricsText::read_comment(std::string_view line) {
  const bool is_help = line.starts_with("# HELP ");
  if (!is_help && !line.starts_with("# TYPE ")) fail("neither HELP nor TYPE", line);
  const auto rest = line.substr(7);
  const std::string name(rest.substr(0, rest.find(' ')));
  const std::string said(rest.substr(std::min(name.size() + 1, rest.size())));
  if (!is_name(name, true) || said.empty()) fail("says nothing", line);
  if (is_help) {
    if (!helped_.emplace(name, true).second) fail("HELP twice", line);
    return;
  }
  if (said != "counter" && said != "gauge" && said != "histogram") fail("no type that is used here", line);
  if (!helped_.contains(name)) fail("TYPE without HELP", line);
  if (!types_.emplace(name, said).second) fail("TYPE twice", line);
  family_ = name;
}

void MetricsText::read_sample(std::string_view line) {
  const auto name_end = line.find_first_of("{ ");
  if (name_end == std::string_view::npos) fail("no sample", line);
  Sample sample{std::string(line.substr(0, name_end)), {}, 0};
  auto rest = line.substr(name_end);
  if (rest.starts_with('{')) {
    rest.remove_prefix(1);
    sample.labels = take_labels(rest, line);
  }
  if (!rest.starts_with(' ')) fail("no value", line);
  sample.value = number(rest.substr(1), line);
  const bool is_histogram = types_.contains(family_) && types_.at(family_) == "histogram";
  const bool is_part = is_histogram && (sample.name == family_ + "_bucket" || sample.name == family_ + "_sum" ||
                                        sample.name == family_ + "_count");
  if (!is_name(sample.name, true) || (is_histogram ? !is_part : sample.name != family_)) fail("no such family", line);
  const bool is_counter = types_.at(family_) == "counter";
  if (is_counter != sample.name.ends_with("_total")) fail("counters end in _total, and only they", line);
  samples_.push_back(std::move(sample));
}

void MetricsText::check_histograms() const {
  std::map<std::pair<std::string, std::map<std::string, std::string>>, std::map<double, double>> buckets;
  for (const auto& sample : samples_) {
    if (!sample.name.ends_with("_bucket")) continue;
    auto labels = sample.labels;
    const auto bound = number(labels.at("le"), sample.name);
    labels.erase("le");
    buckets[{sample.name.substr(0, sample.name.size() - 7), labels}][bound] = sample.value;
  }
  for (const auto& [key, values] : buckets) {
    double before = 0;
    for (const auto& [bound, value] : values) {
      if (value < before) fail("buckets are cumulative", key.first);
      before = value;
    }
    if (!std::isinf(values.rbegin()->first)) fail("no bucket +Inf", key.first);
    // With these labels and no others: a series of one shop stands beside one of no shop.
    const auto of_this_one = [&](std::string_view part) {
      std::vector<double> values_of_part;
      for (const auto& sample : samples_) {
        if (sample.name == key.first + std::string(part) && sample.labels == key.second) {
          values_of_part.push_back(sample.value);
        }
      }
      return values_of_part;
    };
    const auto counts = of_this_one("_count");
    if (counts.size() != 1 || of_this_one("_sum").size() != 1) fail("_count and _sum belong to a histogram", key.first);
    if (counts.front() != before) fail("_count is the bucket +Inf", key.first);
  }
}

double MetricsText::sum(const std::string& name, const std::map<std::string, std::string>& labels) const {
  double all{};
  for (const auto& sample : samples_) {
    if (sample.name == name && has(sample.labels, labels)) all += sample.value;
  }
  return all;
}

std::size_t MetricsText::count(const std::string& name, const std::map<std::string, std::string>& labels) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      samples_, [&](const Sample& sample) { return sample.name == name && has(sample.labels, labels); }));
}

}  // namespace upline::tests
